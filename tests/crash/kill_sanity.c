/* SPDX-License-Identifier: MIT */
/*
 * Would the tests here see a defect?  A sender and a receiver of our own, first
 * right, then wrong in one step each, and every wrong one must be noticed.
 */
#include "crash/explore.h"
#include "crash/victim.h"
#include "names.h"
#include "pipes.h"

enum { LENGTH = 48, WORD = LENGTH << RECORD_KIND_BITS | RECORD_MESSAGE };

static const struct ring *sender_ring(struct world *world)
{
	return &world->ends[SENDER]->out;
}

static uint64_t tail_of(const struct ring *ring)
{
	return load64_relaxed(&ring->shared->tail);
}

static void put_payload(const struct ring *ring, uint64_t tail)
{
	memcpy(ring_payload(ring, tail), in_flight, LENGTH);
}

static void put_header(const struct ring *ring, uint64_t tail)
{
	store64_release(ring_header(ring, tail), WORD);
}

static void put_tail(const struct ring *ring, uint64_t tail)
{
	store64_relaxed(&ring->shared->tail, tail + record_size(LENGTH));
}

static int right_send(struct world *world)
{
	const struct ring *ring = sender_ring(world);
	uint64_t tail = tail_of(ring);

	ring_clear_next(ring, tail, LENGTH);
	put_payload(ring, tail);
	put_header(ring, tail);
	put_tail(ring, tail);
	return 0;
}

static int send_before_the_copy(struct world *world)
{
	const struct ring *ring = sender_ring(world);
	uint64_t tail = tail_of(ring);

	ring_clear_next(ring, tail, LENGTH);
	put_header(ring, tail);
	put_payload(ring, tail);
	put_tail(ring, tail);
	return 0;
}

static int send_tail_first(struct world *world)
{
	const struct ring *ring = sender_ring(world);
	uint64_t tail = tail_of(ring);

	ring_clear_next(ring, tail, LENGTH);
	put_payload(ring, tail);
	put_tail(ring, tail);
	put_header(ring, tail);
	return 0;
}

static int send_without_clearing(struct world *world)
{
	const struct ring *ring = sender_ring(world);
	uint64_t tail = tail_of(ring);

	put_payload(ring, tail);
	put_header(ring, tail);
	put_tail(ring, tail);
	return 0;
}

static int send_clearing_late(struct world *world)
{
	const struct ring *ring = sender_ring(world);
	uint64_t tail = tail_of(ring);

	put_payload(ring, tail);
	put_header(ring, tail);
	ring_clear_next(ring, tail, LENGTH);
	put_tail(ring, tail);
	return 0;
}

static void two_of_48(struct world *world)
{
	world_give(world, LENGTH);
	world_give(world, LENGTH);
}

static int right_receive(struct world *world)
{
	const struct ring *ring = &world->ends[RECEIVER]->in;

	ring_consume(ring, ring_head(ring) + record_size(LENGTH));
	return LENGTH;
}

/* Half a step, then the rest. */
static int receive_in_two_steps(struct world *world)
{
	const struct ring *ring = &world->ends[RECEIVER]->in;

	ring_consume(ring, ring_head(ring) + RECORD_HEADER);
	ring_consume(ring,
	             ring_head(ring) + record_size(LENGTH) - RECORD_HEADER);
	return LENGTH;
}

static int receive_without_taking(struct world *world)
{
	return LENGTH;
}

static int receive_and_lose(struct world *world)
{
	const struct ring *ring = &world->ends[RECEIVER]->in;

	ring_consume(ring, ring_head(ring) + 2 * record_size(LENGTH));
	return LENGTH;
}

#define SEND    .side = SENDER, .offset = 64, .sends = true, .size = LENGTH
#define RECEIVE .offset = 64, .takes = 1, .prepare = two_of_48, .result = LENGTH

static const struct operation right[] = {
	{ "right send", SEND, .call = right_send },
	{ "right receive", RECEIVE, .call = right_receive },
};

static const struct operation wrong[] = {
	{ "send before the copy", SEND, .call = send_before_the_copy },
	{ "send, tail first", SEND, .call = send_tail_first },
	{ "send without clearing", SEND, .call = send_without_clearing },
	{ "send, clearing late", SEND, .call = send_clearing_late },
	{ "receive in two steps", RECEIVE, .call = receive_in_two_steps },
	{ "receive without taking", RECEIVE, .call = receive_without_taking },
	{ "receive and lose one", RECEIVE, .call = receive_and_lose },
};

static void test_what_is_right_passes(void **state)
{
	explore_these(right);
}

static void test_each_seeded_defect_is_found(void **state)
{
	const char *name = name_new("kill");

	victims_share_one_cpu();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct tally tally = { .steps = 0 };
		const char *found = explore(&wrong[i], name, &tally);

		if (!found)
			print_error("not found: %s\n", wrong[i].name);
		must(found);
		print_message("found: %s\n", found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_what_is_right_passes),
		sentence(test_each_seeded_defect_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
