/* SPDX-License-Identifier: MIT */
/* A receiver that is killed at each instruction of each call it has. */
#include "crash/explore.h"
#include "names.h"
#include "pipes.h"

enum { ENDS_WITH_24 = WORLD_RING - 24 };

static unsigned char buffer[WORLD_BROKEN];

static void three_of_8(struct world *world)
{
	for (int i = 0; i < 3; i++)
		world_give(world, 8);
}

static void one_of_8(struct world *world)
{
	world_give(world, 8);
}

static void one_of_0(struct world *world)
{
	world_give(world, 0);
	world_give(world, 8);
}

static void two_of_100(struct world *world)
{
	world_give(world, 100);
	world_give(world, 100);
}

static void a_stream(struct world *world)
{
	world_give(world, WORLD_STREAM);
	world_give(world, 8);
}

/* The next receive frees an eighth that a sleeping sender waits for. */
static void full_and_sleeping(struct world *world)
{
	struct ring_layout *ring = world->ends[RECEIVER]->in.shared;

	world_fill(world);
	while (load64_relaxed(&ring->head) + 16 !=
	       load64_relaxed(&ring->published) + WORLD_RING / 8)
		world_take(world);
	must_be(weir_pipe_send(world->ends[SENDER], buffer, 1000, 1),
	        -ETIMEDOUT);
}

/* What comes behind it fits all the same. */
static void given_up_stream(struct world *world)
{
	world_give_up_stream(world);
	world_give(world, 100);
}

static void gone_with_a_stream(struct world *world)
{
	a_stream(world);
	world_close(world, RECEIVER);
	world_close(world, SENDER);
}

/* The end was opened again after all who had it were dead. */
static void an_heir(struct world *world)
{
	two_of_100(world);
	a_stream(world);
	world_close(world, RECEIVER);
	world_close(world, SENDER);
	must_be(weir_pipe_open(&world->ends[RECEIVER], world->name), 0);
}

/* The same, and it has come to the stream. */
static void an_heir_of_a_stream(struct world *world)
{
	an_heir(world);
	world_take(world);
	world_take(world);
}

static void gone_without_a_word(struct world *world)
{
	world_close(world, SENDER);
}

static void gone_with_two_words(struct world *world)
{
	two_of_100(world);
	world_close(world, SENDER);
}

static void both_gone(struct world *world)
{
	two_of_100(world);
	world_close(world, RECEIVER);
	world_close(world, SENDER);
}

static void only_sender_left(struct world *world)
{
	two_of_100(world);
	world_close(world, RECEIVER);
}

static int receive_in(struct world *world, size_t capacity, int64_t timeout)
{
	return (int)weir_pipe_recv(world->ends[RECEIVER], buffer, capacity,
	                           timeout);
}

static int receive(struct world *world)
{
	return receive_in(world, sizeof(buffer), WEIR_NOWAIT);
}

static int receive_in_time(struct world *world)
{
	return receive_in(world, sizeof(buffer), WEIR_US(1));
}

static int receive_7(struct world *world)
{
	return receive_in(world, 7, WEIR_NOWAIT);
}

static int next_size(struct world *world)
{
	return (int)weir_pipe_next_size(world->ends[RECEIVER], WEIR_NOWAIT);
}

static int poll_now(struct world *world)
{
	return weir_pipe_poll(world->ends[RECEIVER], WEIR_NOWAIT);
}

static int peek(struct world *world)
{
	const void *message;

	return (int)weir_pipe_peek(world->ends[RECEIVER], WEIR_NOWAIT,
	                           &message);
}

static int peek_and_release(struct world *world)
{
	int length = peek(world);

	return length < 0 ? length : weir_pipe_release(world->ends[RECEIVER]);
}

static int close_receiver(struct world *world)
{
	weir_pipe_close(world->ends[RECEIVER]);
	return 0;
}

static int open_and_receive(struct world *world)
{
	struct weir_pipe *heir;
	int code = weir_pipe_open(&heir, world->name);

	if (code < 0)
		return code;
	return (int)weir_pipe_recv(heir, buffer, sizeof(buffer), WEIR_NOWAIT);
}

static const struct operation receives[] = {
	{ "recv 8 bytes", .offset = 64, .takes = 1, .prepare = three_of_8,
	  .call = receive, .result = 8 },
	{ "recv 8 bytes, the last", .offset = 64, .takes = 1,
	  .prepare = one_of_8, .call = receive, .result = 8 },
	{ "recv 0 bytes", .offset = 64, .takes = 1, .prepare = one_of_0,
	  .call = receive },
	{ "recv 100 bytes", .offset = 64, .takes = 1, .prepare = two_of_100,
	  .call = receive, .result = 100 },
	{ "recv behind a PAD", .offset = ENDS_WITH_24, .takes = 1,
	  .prepare = two_of_100, .call = receive, .result = 100 },
	{ "recv, a sender sleeps", .offset = 64, .takes = 1,
	  .prepare = full_and_sleeping, .call = receive, .result = 8 },
	{ "recv, nothing there", .offset = 64, .call = receive,
	  .result = -EAGAIN },
	{ "recv, nothing in time", .offset = 64, .call = receive_in_time,
	  .result = -ETIMEDOUT },
	{ "recv, small buffer", .offset = 64, .prepare = three_of_8,
	  .call = receive_7, .result = -EMSGSIZE },
	{ "recv in parts", .offset = 64, .takes = 1, .prepare = a_stream,
	  .call = receive, .result = WORLD_STREAM },
	{ "recv in parts, PADs", .offset = ENDS_WITH_24, .takes = 1,
	  .prepare = a_stream, .call = receive, .result = WORLD_STREAM },
	{ "recv in parts, the rest is missing", .offset = 64,
	  .prepare = world_break_stream, .call = receive, .result = -EAGAIN },
	{ "recv in parts, not in time", .offset = 64,
	  .prepare = world_break_stream, .call = receive_in_time,
	  .result = -ETIMEDOUT },
	{ "recv behind a given up stream", .offset = 64, .takes = 1,
	  .prepare = given_up_stream, .call = receive, .result = 100 },
	{ "recv from a full ring", .offset = 64, .takes = 1,
	  .prepare = world_fill, .call = receive, .result = 8 },
	{ "recv in parts, small buffer", .offset = 64, .prepare = a_stream,
	  .call = receive_7, .result = -EMSGSIZE },
};

static const struct operation looks[] = {
	{ "next_size", .offset = 64, .prepare = three_of_8, .call = next_size,
	  .result = 8 },
	{ "next_size behind a PAD", .offset = ENDS_WITH_24,
	  .prepare = two_of_100, .call = next_size, .result = 100 },
	{ "poll", .offset = 64, .prepare = three_of_8, .call = poll_now,
	  .result = 1 },
	{ "peek", .offset = 64, .prepare = two_of_100, .call = peek,
	  .result = 100 },
	{ "peek, release", .offset = 64, .takes = 1, .prepare = two_of_100,
	  .call = peek_and_release },
	{ "poll behind a given up stream", .offset = 64,
	  .prepare = given_up_stream, .call = poll_now, .result = 1 },
	{ "peek behind a given up stream", .offset = 64, .takes = 1,
	  .prepare = given_up_stream, .call = peek_and_release },
	{ "peek, release behind a PAD", .offset = ENDS_WITH_24, .takes = 1,
	  .prepare = two_of_100, .call = peek_and_release },
};

static const struct operation ends[] = {
	{ "recv at end of file", .offset = 64, .prepare = gone_without_a_word,
	  .call = receive, .result = -EPIPE },
	{ "recv before end of file", .offset = 64, .takes = 1,
	  .prepare = gone_with_two_words, .call = receive, .result = 100 },
	{ "close of the receiver", .offset = 64, .prepare = two_of_100,
	  .call = close_receiver },
	{ "open what is left", .offset = 64, .takes = 1, .prepare = both_gone,
	  .call = open_and_receive, .result = 100 },
	{ "open what is left of a stream", .offset = 64, .takes = 1,
	  .prepare = gone_with_a_stream, .call = open_and_receive,
	  .result = WORLD_STREAM },
	{ "recv by an heir", .offset = 64, .takes = 1, .prepare = an_heir,
	  .call = receive, .result = 100 },
	{ "recv in parts by an heir", .offset = 64, .takes = 1,
	  .prepare = an_heir_of_a_stream, .call = receive,
	  .result = WORLD_STREAM },
	{ "peek, release by an heir", .offset = 64, .takes = 1,
	  .prepare = an_heir, .call = peek_and_release },
	{ "close by an heir", .offset = 64, .prepare = an_heir,
	  .call = close_receiver },
	{ "open while the sender lives", .offset = 64, .takes = 1,
	  .prepare = only_sender_left, .call = open_and_receive, .result = 100,
	  .tries = true },
};

static void test_receive_killed_at_every_instruction(void **state)
{
	explore_these(receives);
}

static void test_looking_killed_at_every_instruction(void **state)
{
	explore_these(looks);
}

static void test_the_end_killed_at_every_instruction(void **state)
{
	explore_these(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_receive_killed_at_every_instruction),
		sentence(test_looking_killed_at_every_instruction),
		sentence(test_the_end_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
