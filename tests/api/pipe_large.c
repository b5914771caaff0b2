/* SPDX-License-Identifier: MIT */
/* Messages that are larger than the ring: they stream, and come as one. */
#include "child.h"
#include "pipes.h"

#include <stdlib.h>

enum { RING = 4096, MEBI = 1 << 20 };

/* One message that a child sends: `size` bytes of pattern `seed`. */
struct large {
	struct weir_pipe *ends[2];
	size_t size;
	uint64_t seed;
};

static void send_large(void *argument)
{
	struct large *large = argument;
	unsigned char *buffer = malloc(large->size);

	must(buffer);
	weir_pipe_close(large->ends[0]);
	send_pattern(large->ends[1], buffer, large->size, large->seed);
	free(buffer);
}

/* The parent keeps ends[0] only. */
static pid_t large_begin(struct large *large)
{
	pid_t child;

	pair(large->ends, RING, true);
	child = child_start(send_large, large);
	weir_pipe_close(large->ends[1]);
	return child;
}

static void large_end(struct large *large, pid_t child)
{
	hear_the_end(large->ends[0]);
	child_join(child);
	weir_pipe_close(large->ends[0]);
}

static void test_p5_16_mib_go_through_a_ring_of_4_kib(void **state)
{
	struct large large = { .size = 16 * MEBI, .seed = 1 };
	unsigned char *buffer = malloc(large.size);
	pid_t child = large_begin(&large);

	must(buffer);
	recv_pattern(large.ends[0], buffer, large.size, large.seed);
	large_end(&large, child);
	free(buffer);
}

static void send_every_size(void *argument)
{
	static unsigned char buffer[3 * RING];
	struct large *large = argument;

	weir_pipe_close(large->ends[0]);
	for (size_t size = RING / 2 - 64; size < 3 * RING; size++)
		send_pattern(large->ends[1], buffer, size, size);
}

static void test_p5_sizes_around_the_rings_all_arrive(void **state)
{
	static unsigned char buffer[3 * RING];
	struct large large;
	pid_t child;

	pair(large.ends, RING, true);
	child = child_start(send_every_size, &large);
	weir_pipe_close(large.ends[1]);
	for (size_t size = RING / 2 - 64; size < 3 * RING; size++) {
		must_be(weir_pipe_next_size(large.ends[0], WEIR_FOREVER), size);
		recv_pattern(large.ends[0], buffer, size, size);
	}
	large_end(&large, child);
}

static void send_large_and_small(void *argument)
{
	struct large *large = argument;
	unsigned char *buffer = malloc(MEBI);

	must(buffer);
	weir_pipe_close(large->ends[0]);
	for (uint64_t i = 0; i < 200; i++)
		send_pattern(large->ends[1], buffer,
		             i % 3 ? (size_t)i % 50 : 50000, i);
	free(buffer);
}

static void test_p3_large_and_small_ones_keep_their_order(void **state)
{
	static unsigned char buffer[50000];
	struct large large;
	pid_t child;

	pair(large.ends, RING, true);
	child = child_start(send_large_and_small, &large);
	weir_pipe_close(large.ends[1]);
	for (uint64_t i = 0; i < 200; i++)
		recv_pattern(large.ends[0], buffer,
		             i % 3 ? (size_t)i % 50 : 50000, i);
	large_end(&large, child);
}

static void test_p6_too_small_a_buffer_leaves_a_large_message(void **state)
{
	struct large large = { .size = 100000, .seed = 2 };
	unsigned char *buffer = malloc(large.size);
	const void *message = NULL;
	pid_t child = large_begin(&large);

	must(buffer);
	must_be(weir_pipe_recv(large.ends[0], NULL, 0, WEIR_FOREVER),
	        -EMSGSIZE);
	must_be(weir_pipe_recv(large.ends[0], buffer, 99999, WEIR_FOREVER),
	        -EMSGSIZE);
	must_be(weir_pipe_next_size(large.ends[0], WEIR_FOREVER), 100000);
	must_be(weir_pipe_peek(large.ends[0], WEIR_FOREVER, &message),
	        -EMSGSIZE);
	must(message == NULL);
	must_be(weir_pipe_release(large.ends[0]), -EPERM);
	recv_pattern(large.ends[0], buffer, large.size, large.seed);
	large_end(&large, child);
	free(buffer);
}

static void test_p7_bytes_beyond_a_large_message_are_untouched(void **state)
{
	struct large large = { .size = 100000, .seed = 3 };
	unsigned char *buffer = malloc(large.size + 4096);
	pid_t child = large_begin(&large);

	must(buffer);
	memset(buffer, 0xa5, large.size + 4096);
	must_be(weir_pipe_recv(large.ends[0], buffer, large.size + 4096,
	                       WEIR_FOREVER),
	        (ssize_t)large.size);
	must(pattern_holds(buffer, large.size, large.seed));
	for (size_t i = 0; i < 4096; i++)
		must_be(buffer[large.size + i], 0xa5);
	large_end(&large, child);
	free(buffer);
}

static void test_a_large_send_that_gave_up_was_never_there(void **state)
{
	static unsigned char message[20 * RING];
	struct weir_pipe *ends[2];
	int64_t began;

	pair(ends, RING, true);
	say(ends[1], "before");
	for (int i = 0; i < 20; i++) {
		must_be(weir_pipe_send(ends[1], message, sizeof(message),
		                       WEIR_NOWAIT),
		        -EAGAIN);
		began = now();
		must_be(weir_pipe_send(ends[1], message, sizeof(message),
		                       WEIR_MS(15)),
		        -ETIMEDOUT);
		must(now() - began >= WEIR_MS(15));
	}
	say(ends[1], "after");
	hear(ends[0], "before");
	hear(ends[0], "after");
	hear_nothing(ends[0]);
	must(fill(ends[1], 24) >= RING / 32 - 1);
	unpair(ends);
}

static void test_p12_poll_does_not_see_a_send_that_gave_up(void **state)
{
	static unsigned char message[20 * RING];
	struct weir_pipe *ends[2];

	pair(ends, RING, true);
	must_be(weir_pipe_send(ends[1], message, sizeof(message), WEIR_NOWAIT),
	        -EAGAIN);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 0);
	must_be(weir_pipe_poll(ends[0], WEIR_MS(20)), 0);
	must_be(weir_pipe_next_size(ends[0], WEIR_NOWAIT), -EAGAIN);
	/* Nor does it stand in the way of the next. */
	must(fill(ends[1], 24) >= RING / 32 - 1);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	unpair(ends);
}

static void test_impatient_receivers_get_a_large_message_whole(void **state)
{
	static const int64_t timeouts[] = { WEIR_NOWAIT, WEIR_US(30),
		                            WEIR_US(300), WEIR_MS(3) };
	struct large large = { .size = 300000 };
	unsigned char *buffer = malloc(large.size);
	ssize_t got;

	must(buffer);
	for (; large.seed < 40; large.seed++) {
		int64_t timeout = timeouts[large.seed % 4];
		pid_t child = large_begin(&large);

		do
			got = weir_pipe_recv(large.ends[0], buffer, large.size,
			                     timeout);
		while (got == -EAGAIN || got == -ETIMEDOUT);
		must_be(got, (ssize_t)large.size);
		must(pattern_holds(buffer, large.size, large.seed));
		large_end(&large, child);
	}
	free(buffer);
}

enum { PARTS = 300 };

static struct iovec parts[PARTS];

static void send_parts(void *argument)
{
	struct large *large = argument;

	weir_pipe_close(large->ends[0]);
	must_be(weir_pipe_sendv(large->ends[1], parts, PARTS, WEIR_FOREVER), 0);
}

static void test_the_parts_of_a_large_sendv_are_one_message(void **state)
{
	struct large large = { .seed = 9 };
	unsigned char *buffer;
	pid_t child;

	for (size_t i = 0; i < PARTS; i++)
		large.size += parts[i].iov_len = i * 37 % 2500;
	buffer = malloc(large.size);
	must(buffer);
	pair(large.ends, RING, true);
	pattern_fill(buffer, large.size, 9);
	for (size_t i = 0, at = 0; i < PARTS; at += parts[i++].iov_len)
		parts[i].iov_base = buffer + at;
	child = child_start(send_parts, &large);
	weir_pipe_close(large.ends[1]);
	memset(buffer, 0, large.size);
	recv_pattern(large.ends[0], buffer, large.size, 9);
	large_end(&large, child);
	free(buffer);
}

static void both_ways(struct weir_pipe *mine, uint64_t sends, uint64_t receives)
{
	struct large out = { .ends = { NULL, mine }, .size = 4 * MEBI };
	unsigned char *buffer = malloc(out.size);
	pid_t child;

	must(buffer);
	out.seed = sends;
	child = child_start(send_large, &out);
	recv_pattern(mine, buffer, out.size, receives);
	child_join(child);
	free(buffer);
}

static void other_side(void *argument)
{
	struct weir_pipe **ends = argument;

	weir_pipe_close(ends[0]);
	both_ways(ends[1], 21, 20);
}

static void test_large_messages_go_both_ways_at_once(void **state)
{
	struct weir_pipe *ends[2];
	pid_t child;

	pair(ends, RING, false);
	child = child_start(other_side, ends);
	weir_pipe_close(ends[1]);
	both_ways(ends[0], 20, 21);
	hear_the_end(ends[0]);
	child_join(child);
	weir_pipe_close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p5_16_mib_go_through_a_ring_of_4_kib),
		sentence(test_p5_sizes_around_the_rings_all_arrive),
		sentence(test_p3_large_and_small_ones_keep_their_order),
		sentence(test_p6_too_small_a_buffer_leaves_a_large_message),
		sentence(test_p7_bytes_beyond_a_large_message_are_untouched),
		sentence(test_a_large_send_that_gave_up_was_never_there),
		sentence(test_p12_poll_does_not_see_a_send_that_gave_up),
		sentence(test_impatient_receivers_get_a_large_message_whole),
		sentence(test_the_parts_of_a_large_sendv_are_one_message),
		sentence(test_large_messages_go_both_ways_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
