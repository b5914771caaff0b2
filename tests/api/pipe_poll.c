/* SPDX-License-Identifier: MIT */
/* Poll tells whether there is something to receive, and takes nothing. */
#include "child.h"
#include "pipes.h"

#include <stdlib.h>

static void test_p12_poll_never_consumes(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, 0, false);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 0);
	say(ends[1], "one");
	say(ends[1], "two");
	for (int i = 0; i < 3; i++) {
		must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
		must_be(weir_pipe_poll(ends[0], WEIR_FOREVER), 1);
	}
	must_be(weir_pipe_poll(ends[1], WEIR_NOWAIT), 0);
	hear(ends[0], "one");
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	hear(ends[0], "two");
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 0);
	unpair(ends);
}

static void test_p12_poll_sees_a_message_of_no_bytes(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, 0, true);
	say(ends[1], "");
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	must_be(weir_pipe_poll(ends[0], WEIR_FOREVER), 1);
	hear(ends[0], "");
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 0);
	unpair(ends);
}

static void test_p12_poll_is_true_at_end_of_file(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, 0, true);
	say(ends[1], "last");
	weir_pipe_close(ends[1]);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	hear(ends[0], "last");
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	must_be(weir_pipe_poll(ends[0], WEIR_FOREVER), 1);
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
}

static void test_p12_poll_waits_its_time_and_not_less(void **state)
{
	struct weir_pipe *ends[2];
	int64_t began;

	pair(ends, 0, true);
	began = now();
	must_be(weir_pipe_poll(ends[0], WEIR_MS(80)), 0);
	must(now() - began >= WEIR_MS(80));
	must(now() - began < SOON);
	unpair(ends);
}

struct waiter {
	struct weir_pipe *ends[2];
	int ready;
};

static void poll_for_a_message(void *argument)
{
	struct waiter *waiter = argument;

	weir_pipe_close(waiter->ends[1]);
	step_post(waiter->ready);
	must_be(weir_pipe_poll(waiter->ends[0], WEIR_FOREVER), 1);
	hear(waiter->ends[0], "wake up");
	step_post(waiter->ready);
	must_be(weir_pipe_poll(waiter->ends[0], WEIR_FOREVER), 1);
	hear_the_end(waiter->ends[0]);
}

static void test_p12_a_sleeping_poll_wakes_for_message_and_end(void **state)
{
	struct waiter waiter = { .ready = step_new() };
	pid_t child;

	pair(waiter.ends, 0, true);
	child = child_start(poll_for_a_message, &waiter);
	step_await(waiter.ready);
	until_asleep(child);
	say(waiter.ends[1], "wake up");
	step_await(waiter.ready);
	until_asleep(child);
	weir_pipe_close(waiter.ends[1]);
	child_join(child);
	weir_pipe_close(waiter.ends[0]);
	step_free(waiter.ready);
}

static void send_a_large_one(void *argument)
{
	struct waiter *waiter = argument;
	size_t size = 1 << 20;
	unsigned char *buffer = malloc(size);

	must(buffer);
	weir_pipe_close(waiter->ends[0]);
	send_pattern(waiter->ends[1], buffer, size, 5);
	free(buffer);
}

static void test_p12_poll_and_next_size_see_a_large_message(void **state)
{
	struct waiter waiter = { .ready = step_new() };
	size_t size = 1 << 20;
	unsigned char *buffer = malloc(size);
	pid_t child;

	must(buffer);
	pair(waiter.ends, 4096, true);
	child = child_start(send_a_large_one, &waiter);
	weir_pipe_close(waiter.ends[1]);
	must_be(weir_pipe_poll(waiter.ends[0], WEIR_FOREVER), 1);
	must_be(weir_pipe_next_size(waiter.ends[0], WEIR_FOREVER), size);
	must_be(weir_pipe_poll(waiter.ends[0], WEIR_NOWAIT), 1);
	recv_pattern(waiter.ends[0], buffer, size, 5);
	hear_the_end(waiter.ends[0]);
	child_join(child);
	weir_pipe_close(waiter.ends[0]);
	step_free(waiter.ready);
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p12_poll_never_consumes),
		sentence(test_p12_poll_sees_a_message_of_no_bytes),
		sentence(test_p12_poll_is_true_at_end_of_file),
		sentence(test_p12_poll_waits_its_time_and_not_less),
		sentence(test_p12_a_sleeping_poll_wakes_for_message_and_end),
		sentence(test_p12_poll_and_next_size_see_a_large_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
