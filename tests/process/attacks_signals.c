/* SPDX-License-Identifier: MIT */
/*
 * Attacks on whoever waits or wakes (41, 44, 45, 47): a wake that is never
 * sent, a handler that jumps out of the middle or comes back in, a thread that
 * is cancelled there, and times from the edge.
 */
#include "attacks.h"
#include "interrupt.h"
#include "tracer.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- 44: who would have woken is killed before it does */

static void *receive_one(void *argument)
{
	struct weir_pipe *end = argument;

	hear(end, "last words");
	return NULL;
}

struct sleeper {
	struct weir_pipe *ends[2];
	pthread_t thread;
	int withheld;
};

/* Every wake that it wants to make is not made. */
static int withhold_wakes(void *intruder, int ordinal, long number)
{
	struct sleeper *sleeper = intruder;

	if (number != SYS_futex)
		return 0;
	sleeper->withheld++;
	return EPERM;
}

static void speak_and_die(void *argument)
{
	struct sleeper *sleeper = argument;

	trace_begin();
	say(sleeper->ends[1], "last words");
	_exit(0);
}

static void test_44_a_wake_that_was_never_sent_delays_and_no_more(void **state)
{
	struct sleeper sleeper = { .withheld = 0 };
	const char *refused = trace_refused();
	int64_t begun;

	if (refused)
		case_skip(refused);
	/* In case the thread looks just then, and needs no wake. */
	for (int i = 0; i < 20 && sleeper.withheld == 0; i++) {
		pair(sleeper.ends, 0, false);
		must_be(pthread_create(&sleeper.thread, NULL, receive_one,
		                       sleeper.ends[0]),
		        0);
		usleep(2000);
		begun = now();
		trace(speak_and_die, &sleeper, withhold_wakes, &sleeper);
		pthread_join(sleeper.thread, NULL);
		must(now() - begun < SOON);
		unpair(sleeper.ends);
	}
	must(sleeper.withheld > 0);
}

/* ---- 47: handlers that jump out, come back in, cancel */

static sigjmp_buf way_out;
static struct weir_pipe *other[2];

static void jump_out(int number)
{
	siglongjmp(way_out, 1);
}

static void come_back_in(int number)
{
	char byte;

	must_be(weir_pipe_send(other[1], "x", 1, WEIR_NOWAIT), 0);
	must_be(weir_pipe_recv(other[0], &byte, 1, WEIR_NOWAIT), 1);
}

/* From spinning, from sleeping, and from whatever lies between. */
static void test_47_a_jump_out_of_a_wait_leaves_the_pipe_whole(void **state)
{
	static char large[10 * ATTACKED_RING];
	struct weir_pipe *ends[2];
	char byte;

	pair(ends, ATTACKED_RING, false);
	for (volatile int i = 1; i < 100; i++) {
		if (sigsetjmp(way_out, 1) == 0) {
			interrupt_in(jump_out, i * 7);
			weir_pipe_recv(ends[0], &byte, 1, WEIR_FOREVER);
			must(!"nothing was sent");
		}
		say(ends[1], "after the jump");
		hear(ends[0], "after the jump");
	}
	for (volatile int i = 1; i < 40; i++) {
		if (sigsetjmp(way_out, 1) == 0) {
			interrupt_in(jump_out, i * 7);
			weir_pipe_send(ends[1], large, sizeof(large),
			               WEIR_FOREVER);
			must(!"nobody receives it");
		}
		/* It seems to be under way, and is never continued. */
		must_be(weir_pipe_recv(ends[0], large, sizeof(large),
		                       WEIR_NOWAIT),
		        -EAGAIN);
		say(ends[1], "after the jump");
		hear(ends[0], "after the jump");
	}
	interrupt_end();
	unpair(ends);
}

static void test_47_a_handler_may_come_back_in_by_another_pipe(void **state)
{
	struct weir_pipe *ends[2];
	char byte;

	pair(other, 0, false);
	pair(ends, 0, false);
	for (int i = 1; i < 100; i++) {
		interrupt_in(come_back_in, i * 7);
		must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_MS(1)),
		        -ETIMEDOUT);
	}
	interrupt_end();
	unpair(ends);
	unpair(other);
}

static void *receive_cancelled(void *argument)
{
	struct weir_pipe *end = argument;
	char byte;
	int before;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
	weir_pipe_recv(end, &byte, 1, WEIR_FOREVER);
	must(!"nothing was sent");
	return NULL;
}

static void test_47_a_cancelled_thread_leaves_the_pipe_whole(void **state)
{
	struct weir_pipe *ends[2];
	pthread_t thread;

	if (SANITIZED)
		case_skip("a sanitizer does not know of such an end");
	pair(ends, 0, false);
	for (int i = 0; i < 50; i++) {
		must_be(pthread_create(&thread, NULL, receive_cancelled,
		                       ends[0]),
		        0);
		usleep((useconds_t)i * 10);
		must_be(pthread_cancel(thread), 0);
		/* What it says is not looked at: glibc 2.36 says NULL where the
		   thread changed its type or state in that moment. */
		must_be(pthread_join(thread, NULL), 0);
		say(ends[1], "after the thread");
		hear(ends[0], "after the thread");
	}
	unpair(ends);
}

/* ---- 45: times from the edge */

static void *speak_later(void *argument)
{
	usleep(1000);
	say(argument, "in time");
	return NULL;
}

static void test_45_no_time_is_too_long_or_too_negative(void **state)
{
	static const int64_t long_ones[] = {
		INT64_MAX,
		INT64_MAX - 1,
		INT64_MAX / 2,
		WEIR_SECONDS(1 << 30),
	};
	static const int64_t short_ones[] = { INT64_MIN, INT64_MIN + 1, -1 };
	struct weir_pipe *ends[2];
	pthread_t thread;
	char buffer[8];

	pair(ends, 0, false);
	for (int i = 0; i < 4; i++) {
		must_be(pthread_create(&thread, NULL, speak_later, ends[1]), 0);
		must_be(weir_pipe_recv(ends[0], buffer, 8, long_ones[i]), 7);
		pthread_join(thread, NULL);
	}
	for (int i = 0; i < 3; i++) {
		must_be(weir_pipe_recv(ends[0], buffer, 8, short_ones[i]),
		        -EAGAIN);
		must_be(weir_pipe_poll(ends[0], short_ones[i]), 0);
	}
	unpair(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_44_a_wake_that_was_never_sent_delays_and_no_more),
		sentence(test_45_no_time_is_too_long_or_too_negative),
		sentence(test_47_a_jump_out_of_a_wait_leaves_the_pipe_whole),
		sentence(test_47_a_handler_may_come_back_in_by_another_pipe),
		sentence(test_47_a_cancelled_thread_leaves_the_pipe_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
