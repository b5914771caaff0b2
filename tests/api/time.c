/* SPDX-License-Identifier: MIT */
/* Timeouts, deadlines, signals, and what waiting costs. */
#include "child.h"
#include "pipes.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { RING = 4096 };

/* Every call that waits, once, on an empty and on a full pipe. */
static void nothing_comes(struct weir_pipe *ends[2], int64_t timeout, int code)
{
	static const char large[20 * RING];
	struct iovec part = { (void *)(uintptr_t)large, 100 };
	const void *message;
	void *space;
	char byte;

	must_be(weir_pipe_recv(ends[0], &byte, 1, timeout), code);
	must_be(weir_pipe_next_size(ends[0], timeout), code);
	must_be(weir_pipe_peek(ends[0], timeout, &message), code);
	must_be(weir_pipe_poll(ends[0], timeout), 0);
	fill(ends[1], 100);
	must_be(weir_pipe_send(ends[1], large, 100, timeout), code);
	must_be(weir_pipe_send(ends[1], large, sizeof(large), timeout), code);
	must_be(weir_pipe_sendv(ends[1], &part, 1, timeout), code);
	must_be(weir_pipe_reserve(ends[1], 100, timeout, &space), code);
	must(drain(ends[0]) > 0);
}

static void test_t1_a_call_that_may_not_wait_fails_at_once(void **state)
{
	struct weir_pipe *ends[2];
	int64_t began;

	pair(ends, RING, true);
	began = now();
	nothing_comes(ends, WEIR_NOWAIT, -EAGAIN);
	must(now() - began < SOON);
	unpair(ends);
}

static void test_t1_a_timed_call_fails_after_its_time_never_early(void **state)
{
	static const int64_t timeouts[] = {
		1, WEIR_US(1), WEIR_US(100), WEIR_MS(1), WEIR_MS(7), WEIR_MS(60)
	};
	struct weir_pipe *ends[2];
	char buffer[100] = "";
	int64_t began;

	pair(ends, RING, true);
	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		nothing_comes(ends, timeouts[i], -ETIMEDOUT);
		for (int repeat = 0; repeat < 3; repeat++) {
			began = now();
			must_be(weir_pipe_recv(ends[0], buffer, 1, timeouts[i]),
			        -ETIMEDOUT);
			must(now() - began >= timeouts[i]);
			fill(ends[1], 100);
			began = now();
			must_be(weir_pipe_send(ends[1], buffer, 100,
			                       timeouts[i]),
			        -ETIMEDOUT);
			must(now() - began >= timeouts[i]);
			must(now() - began < SOON);
			drain(ends[0]);
		}
	}
	unpair(ends);
}

static void test_t1_a_timed_call_need_not_use_its_time_up(void **state)
{
	struct weir_pipe *ends[2];
	char byte;

	pair(ends, RING, true);
	/* The alarm would end these. */
	must_be(weir_pipe_send(ends[1], "x", 1, WEIR_SECONDS(1000)), 0);
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_SECONDS(1000)), 1);
	/* A time that ends after the end of time. */
	must_be(weir_pipe_send(ends[1], "x", 1, INT64_MAX - 1), 0);
	must_be(weir_pipe_poll(ends[0], INT64_MAX - 1), 1);
	must_be(weir_pipe_recv(ends[0], &byte, 1, INT64_MAX - 1), 1);
	unpair(ends);
}

static void test_t2_a_negative_timeout_acts_as_none(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, RING, true);
	nothing_comes(ends, -1, -EAGAIN);
	nothing_comes(ends, WEIR_SECONDS(-1), -EAGAIN);
	nothing_comes(ends, INT64_MIN, -EAGAIN);
	must_be(weir_pipe_send(ends[1], "x", 1, -1), 0);
	must_be(weir_pipe_poll(ends[0], -1), 1);
	unpair(ends);
}

/* What a waiting child shares with its parent. */
struct waiting {
	struct weir_pipe *ends[2];
	atomic_ulong *handled; /* signals that its handler saw; shared */
	int ready;
};

static atomic_ulong *handled;

static void count_signal(int signal)
{
	atomic_fetch_add(handled, 1);
}

/* A signal every 200 microseconds, without SA_RESTART. */
static void storm_begin(void)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct itimerval often = { { 0, 200 }, { 0, 200 } };

	must_be(sigaction(SIGALRM, &action, NULL), 0);
	must_be(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void storm_end(void)
{
	must_be(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL), 0);
}

static void waiting_begin(struct waiting *waiting, bool simplex)
{
	pair(waiting->ends, RING, simplex);
	waiting->handled = shared_new(sizeof(*waiting->handled));
	waiting->ready = step_new();
	handled = waiting->handled;
}

static void waiting_end(struct waiting *waiting)
{
	unpair(waiting->ends);
	shared_free(waiting->handled, sizeof(*waiting->handled));
	step_free(waiting->ready);
}

/* The child is inside its call while these signals come. */
static void until_handled(struct waiting *waiting, unsigned long more)
{
	unsigned long seen = atomic_load(waiting->handled);
	struct timespec pause = { .tv_nsec = 100000 };

	while (atomic_load(waiting->handled) < seen + more)
		nanosleep(&pause, NULL);
}

static void time_out_in_a_storm(void *argument)
{
	struct waiting *waiting = argument;
	int64_t began;
	char byte;

	storm_begin();
	for (int i = 0; i < 3; i++) {
		began = now();
		must_be(weir_pipe_recv(waiting->ends[0], &byte, 1,
		                       WEIR_MS(300)),
		        -ETIMEDOUT);
		must(now() - began >= WEIR_MS(300));
		must(now() - began < SOON);
	}
	must_be(weir_pipe_poll(waiting->ends[0], WEIR_MS(50)), 0);
	must_be(weir_pipe_next_size(waiting->ends[0], WEIR_MS(50)), -ETIMEDOUT);
	storm_end();
	must(atomic_load(handled) > 100);
}

static void test_t3_interrupted_waits_keep_their_deadline(void **state)
{
	struct waiting waiting;

	waiting_begin(&waiting, true);
	child_join(child_start(time_out_in_a_storm, &waiting));
	waiting_end(&waiting);
}

static void wait_for_much_room(void *argument)
{
	struct waiting *waiting = argument;
	static const char message[RING / 2 - 16];
	int64_t began = now();

	step_post(waiting->ready);
	must_be(weir_pipe_send(waiting->ends[1], message, sizeof(message),
	                       WEIR_MS(300)),
	        -ETIMEDOUT);
	must(now() - began >= WEIR_MS(300));
	must(now() - began < SOON);
	atomic_store(waiting->handled, 1);
}

/* Every message taken is room for the sender, but never enough. */
static void test_t3_all_waits_of_one_call_share_a_deadline(void **state)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	struct waiting waiting;
	char byte;
	pid_t child;

	waiting_begin(&waiting, true);
	fill(waiting.ends[1], 1);
	child = child_start(wait_for_much_room, &waiting);
	step_await(waiting.ready);
	for (int i = 0; !atomic_load(waiting.handled); i++) {
		if (i < RING / 16 / 4)
			must_be(weir_pipe_recv(waiting.ends[0], &byte, 1,
			                       WEIR_NOWAIT),
			        1);
		nanosleep(&pause, NULL);
	}
	child_join(child);
	waiting_end(&waiting);
}

static void recv_in_a_storm(void *argument)
{
	struct waiting *waiting = argument;

	storm_begin();
	step_post(waiting->ready);
	must_be(weir_pipe_poll(waiting->ends[0], WEIR_FOREVER), 1);
	hear(waiting->ends[0], "one");
	step_post(waiting->ready);
	hear(waiting->ends[0], "two");
	storm_end();
}

static void test_t4_a_signal_does_not_end_a_waiting_receive(void **state)
{
	struct waiting waiting;
	pid_t child;

	waiting_begin(&waiting, true);
	child = child_start(recv_in_a_storm, &waiting);
	step_await(waiting.ready);
	until_handled(&waiting, 100);
	say(waiting.ends[1], "one");
	step_await(waiting.ready);
	until_handled(&waiting, 100);
	say(waiting.ends[1], "two");
	child_join(child);
	waiting_end(&waiting);
}

enum { LARGE = 16 << 20 };

static void send_in_a_storm(void *argument)
{
	struct waiting *waiting = argument;
	unsigned char *buffer = malloc(LARGE);

	must(buffer);
	pattern_fill(buffer, LARGE, 4);
	storm_begin();
	must_be(weir_pipe_send(waiting->ends[1], buffer, LARGE, WEIR_FOREVER),
	        0);
	storm_end();
	free(buffer);
}

static void test_p13_a_large_send_goes_on_through_signals(void **state)
{
	unsigned char *buffer = malloc(LARGE);
	struct waiting waiting;
	pid_t child;

	must(buffer);
	waiting_begin(&waiting, true);
	child = child_start(send_in_a_storm, &waiting);
	until_handled(&waiting, 100);
	recv_pattern(waiting.ends[0], buffer, LARGE, 4);
	hear_nothing(waiting.ends[0]);
	child_join(child);
	waiting_end(&waiting);
	free(buffer);
}

static void test_t5_waiting_costs_no_processor_time(void **state)
{
	struct weir_pipe *ends[2];
	static const char large[20 * RING];
	int64_t before;
	char byte;

	pair(ends, RING, true);
	before = thread_time();
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_SECONDS(1)), -ETIMEDOUT);
	must(thread_time() - before < WEIR_MS(50));
	before = thread_time();
	must_be(weir_pipe_poll(ends[0], WEIR_SECONDS(1)), 0);
	must(thread_time() - before < WEIR_MS(50));
	fill(ends[1], 100);
	before = thread_time();
	must_be(weir_pipe_send(ends[1], large, 100, WEIR_SECONDS(1)),
	        -ETIMEDOUT);
	must(thread_time() - before < WEIR_MS(50));
	before = thread_time();
	must_be(weir_pipe_send(ends[1], large, sizeof(large), WEIR_SECONDS(1)),
	        -ETIMEDOUT);
	must(thread_time() - before < WEIR_MS(50));
	unpair(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_t1_a_call_that_may_not_wait_fails_at_once),
		sentence(test_t1_a_timed_call_fails_after_its_time_never_early),
		sentence(test_t1_a_timed_call_need_not_use_its_time_up),
		sentence(test_t2_a_negative_timeout_acts_as_none),
		sentence(test_t3_interrupted_waits_keep_their_deadline),
		sentence(test_t3_all_waits_of_one_call_share_a_deadline),
		sentence(test_t4_a_signal_does_not_end_a_waiting_receive),
		sentence(test_p13_a_large_send_goes_on_through_signals),
		sentence(test_t5_waiting_costs_no_processor_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
