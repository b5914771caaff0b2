/* SPDX-License-Identifier: MIT */
/* Reserve and commit, peek and release: messages written and read in place. */
#include "pipes.h"

#include <limits.h>

enum { RING = 4096, LARGEST = RING / 2 - 16 };

static void commit_pattern(struct weir_pipe *end, size_t reserved, size_t size,
                           uint64_t seed)
{
	void *space;

	must_be(weir_pipe_reserve(end, reserved, WEIR_FOREVER, &space), 0);
	must((uintptr_t)space % 8 == 0);
	pattern_fill(space, size, seed);
	must_be(weir_pipe_commit(end, size), 0);
}

static void release_pattern(struct weir_pipe *end, size_t size, uint64_t seed)
{
	const void *message;

	must_be(weir_pipe_peek(end, WEIR_FOREVER, &message), (ssize_t)size);
	must(pattern_holds(message, size, seed));
	must_be(weir_pipe_release(end), 0);
}

static void test_what_is_committed_is_what_is_peeked(void **state)
{
	struct weir_pipe *ends[2];
	uint64_t seed = 0;

	pair(ends, RING, true);
	for (size_t size = 0; size <= LARGEST; size += 7) {
		for (int i = 0; i < 5; i++, seed++) {
			commit_pattern(ends[1], size, size, seed);
			release_pattern(ends[0], size, seed);
		}
	}
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_reserve_goes_with_recv_and_send_with_peek(void **state)
{
	static unsigned char buffer[LARGEST];
	struct weir_pipe *ends[2];

	pair(ends, RING, true);
	for (size_t size = 0; size <= LARGEST; size += 13) {
		commit_pattern(ends[1], size, size, size);
		recv_pattern(ends[0], buffer, size, size);
		send_pattern(ends[1], buffer, size, size);
		release_pattern(ends[0], size, size);
	}
	unpair(ends);
}

static void test_commit_of_less_than_reserved_sends_that(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, RING, true);
	for (size_t size = 0; size <= 1000; size++) {
		commit_pattern(ends[1], 1000, size, size);
		release_pattern(ends[0], size, size);
	}
	/* What was not committed is room again. */
	for (int i = 0; i < 64; i++)
		commit_pattern(ends[1], 1000, 8, 1);
	must_be(drain(ends[0]), 64);
	unpair(ends);
}

static void test_commit_of_no_bytes_is_a_message(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, RING, true);
	commit_pattern(ends[1], 100, 0, 0);
	commit_pattern(ends[1], 0, 0, 0);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	hear(ends[0], "");
	release_pattern(ends[0], 0, 0);
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_commit_of_more_than_reserved_leaves_it_open(void **state)
{
	struct weir_pipe *ends[2];
	void *space;

	pair(ends, RING, true);
	must_be(weir_pipe_reserve(ends[1], 9, WEIR_FOREVER, &space), 0);
	memcpy(space, "untouched", 9);
	must_be(weir_pipe_commit(ends[1], 10), -EINVAL);
	must_be(weir_pipe_commit(ends[1], SIZE_MAX), -EINVAL);
	hear_nothing(ends[0]);
	must_be(weir_pipe_commit(ends[1], 9), 0);
	hear(ends[0], "untouched");
	must_be(weir_pipe_commit(ends[1], 0), -EPERM);
	unpair(ends);
}

static void test_what_is_abandoned_was_never_there(void **state)
{
	struct weir_pipe *ends[2];
	void *space;

	pair(ends, RING, true);
	weir_pipe_abandon(ends[1]);
	say(ends[1], "before");
	for (int i = 0; i < 100; i++) {
		must_be(weir_pipe_reserve(ends[1], LARGEST, WEIR_NOWAIT,
		                          &space),
		        0);
		memset(space, 0xff, LARGEST);
		weir_pipe_abandon(ends[1]);
		weir_pipe_abandon(ends[1]);
		must_be(weir_pipe_commit(ends[1], 0), -EPERM);
	}
	say(ends[1], "after");
	hear(ends[0], "before");
	hear(ends[0], "after");
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_nothing_is_seen_before_commit(void **state)
{
	struct weir_pipe *ends[2];
	void *space;

	pair(ends, RING, true);
	must_be(weir_pipe_reserve(ends[1], 100, WEIR_FOREVER, &space), 0);
	memset(space, 0xff, 100);
	hear_nothing(ends[0]);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 0);
	must_be(weir_pipe_commit(ends[1], 100), 0);
	must_be(weir_pipe_next_size(ends[0], WEIR_NOWAIT), 100);
	unpair(ends);
}

static void test_one_reserve_at_a_time(void **state)
{
	struct weir_pipe *ends[2];
	void *space, *second = NULL;

	pair(ends, RING, false);
	must_be(weir_pipe_reserve(ends[1], 4, WEIR_FOREVER, &space), 0);
	must_be(weir_pipe_reserve(ends[1], 4, WEIR_FOREVER, &second), -EBUSY);
	must(second == NULL);
	must_be(weir_pipe_send(ends[1], "x", 1, WEIR_FOREVER), -EBUSY);
	must_be(weir_pipe_sendv(ends[1], NULL, 0, WEIR_FOREVER), -EBUSY);
	/* The other direction does not mind. */
	say(ends[0], "x");
	hear(ends[1], "x");
	memcpy(space, "mine", 4);
	must_be(weir_pipe_commit(ends[1], 4), 0);
	hear(ends[0], "mine");
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_a_reserve_is_at_most_half_of_the_ring(void **state)
{
	struct weir_pipe *ends[2];
	void *space = NULL;

	pair(ends, RING, true);
	must_be(weir_pipe_reserve(ends[1], LARGEST + 1, WEIR_FOREVER, &space),
	        -EMSGSIZE);
	must_be(weir_pipe_reserve(ends[1], SSIZE_MAX, WEIR_NOWAIT, &space),
	        -EMSGSIZE);
	must(space == NULL);
	commit_pattern(ends[1], LARGEST, LARGEST, 3);
	release_pattern(ends[0], LARGEST, 3);
	unpair(ends);
}

static void test_reserve_waits_for_room(void **state)
{
	struct weir_pipe *ends[2];
	void *space = NULL;
	int64_t began;

	pair(ends, RING, true);
	fill(ends[1], 100);
	must_be(weir_pipe_reserve(ends[1], 1000, WEIR_NOWAIT, &space), -EAGAIN);
	began = now();
	must_be(weir_pipe_reserve(ends[1], 1000, WEIR_MS(50), &space),
	        -ETIMEDOUT);
	must(now() - began >= WEIR_MS(50));
	must(space == NULL);
	must_be(weir_pipe_commit(ends[1], 0), -EPERM);
	drain(ends[0]);
	commit_pattern(ends[1], 1000, 1000, 1);
	release_pattern(ends[0], 1000, 1);
	unpair(ends);
}

static void test_peeking_again_gives_the_same_message(void **state)
{
	struct weir_pipe *ends[2];
	const void *first, *again;
	char buffer[8];

	pair(ends, RING, true);
	say(ends[1], "first");
	say(ends[1], "second");
	must_be(weir_pipe_peek(ends[0], WEIR_FOREVER, &first), 5);
	must_be(weir_pipe_peek(ends[0], WEIR_NOWAIT, &again), 5);
	must(again == first);
	must(memcmp(again, "first", 5) == 0);
	must_be(weir_pipe_recv(ends[0], buffer, 8, WEIR_FOREVER), -EBUSY);
	must_be(weir_pipe_next_size(ends[0], WEIR_FOREVER), -EBUSY);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	must_be(weir_pipe_release(ends[0]), 0);
	must_be(weir_pipe_release(ends[0]), -EPERM);
	hear(ends[0], "second");
	must_be(weir_pipe_peek(ends[0], WEIR_NOWAIT, &again), -EAGAIN);
	must_be(weir_pipe_peek(ends[0], WEIR_MS(20), &again), -ETIMEDOUT);
	must_be(weir_pipe_release(ends[0]), -EPERM);
	unpair(ends);
}

static void test_a_peeked_message_stays_while_more_is_sent(void **state)
{
	struct weir_pipe *ends[2];
	const void *message;
	int count;

	pair(ends, RING, true);
	for (uint64_t lap = 0; lap < 100; lap++) {
		commit_pattern(ends[1], 600, 600, lap);
		must_be(weir_pipe_peek(ends[0], WEIR_FOREVER, &message), 600);
		count = fill(ends[1], 24);
		must(pattern_holds(message, 600, lap));
		must_be(weir_pipe_release(ends[0]), 0);
		must_be(drain(ends[0]), count);
	}
	unpair(ends);
}

static void test_peek_at_the_end_of_file(void **state)
{
	struct weir_pipe *ends[2];
	const void *message = NULL;

	pair(ends, RING, true);
	say(ends[1], "last");
	weir_pipe_close(ends[1]);
	must_be(weir_pipe_peek(ends[0], WEIR_NOWAIT, &message), 4);
	must(memcmp(message, "last", 4) == 0);
	must_be(weir_pipe_release(ends[0]), 0);
	message = NULL;
	must_be(weir_pipe_peek(ends[0], WEIR_FOREVER, &message), -EPIPE);
	must(message == NULL);
	must_be(weir_pipe_release(ends[0]), -EPERM);
	weir_pipe_close(ends[0]);
}

static void test_commit_to_a_gone_end_closes_the_reserve(void **state)
{
	struct weir_pipe *ends[2];
	void *space;

	pair(ends, RING, true);
	must_be(weir_pipe_reserve(ends[1], 8, WEIR_FOREVER, &space), 0);
	weir_pipe_close(ends[0]);
	memset(space, 'x', 8);
	must_be(weir_pipe_commit(ends[1], 8), -EPIPE);
	must_be(weir_pipe_commit(ends[1], 8), -EPERM);
	must_be(weir_pipe_send(ends[1], "x", 1, WEIR_FOREVER), -EPIPE);
	must_be(weir_pipe_reserve(ends[1], 8, WEIR_FOREVER, &space), -EPIPE);
	weir_pipe_close(ends[1]);
}

static void test_close_abandons_an_open_reserve(void **state)
{
	struct weir_pipe *ends[2];
	void *space;

	pair(ends, RING, true);
	say(ends[1], "before");
	must_be(weir_pipe_reserve(ends[1], 8, WEIR_FOREVER, &space), 0);
	memset(space, 'x', 8);
	weir_pipe_close(ends[1]);
	hear(ends[0], "before");
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
}

static void test_close_does_not_release_an_open_peek(void **state)
{
	struct weir_pipe *ends[2], *again;
	const void *message;

	pair(ends, RING, true);
	say(ends[1], "kept");
	must_be(weir_pipe_open_fd(&again, weir_pipe_fd(ends[0])), 0);
	must_be(weir_pipe_peek(ends[0], WEIR_FOREVER, &message), 4);
	weir_pipe_close(ends[0]);
	hear(again, "kept");
	weir_pipe_close(again);
	weir_pipe_close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_what_is_committed_is_what_is_peeked),
		sentence(test_reserve_goes_with_recv_and_send_with_peek),
		sentence(test_commit_of_less_than_reserved_sends_that),
		sentence(test_commit_of_no_bytes_is_a_message),
		sentence(test_commit_of_more_than_reserved_leaves_it_open),
		sentence(test_what_is_abandoned_was_never_there),
		sentence(test_nothing_is_seen_before_commit),
		sentence(test_one_reserve_at_a_time),
		sentence(test_a_reserve_is_at_most_half_of_the_ring),
		sentence(test_reserve_waits_for_room),
		sentence(test_peeking_again_gives_the_same_message),
		sentence(test_a_peeked_message_stays_while_more_is_sent),
		sentence(test_peek_at_the_end_of_file),
		sentence(test_commit_to_a_gone_end_closes_the_reserve),
		sentence(test_close_abandons_an_open_reserve),
		sentence(test_close_does_not_release_an_open_peek),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
