/* SPDX-License-Identifier: MIT */
/*
 * Attacks on whoever waits at a queue or wakes others there (41, 42, 44 to 46):
 * events that lie, processes that are killed or stopped at the wrong moment, and
 * times from the edge.
 */
#include "queue_target.h"
#include "tracer.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- 41, 42: the words that are slept on */

struct rewriter {
	struct queue_target *target;
	uint32_t value;
};

/* Both events are what the attacker wants, as good as always. */
static void rewrite_for_ever(void *argument)
{
	struct rewriter *rewriter = argument;
	uint32_t *events = (void *)target_at(rewriter->target, AT_DATA);

	for (;;) {
		__atomic_store_n(&events[0], rewriter->value, __ATOMIC_RELAXED);
		__atomic_store_n(&events[1], rewriter->value, __ATOMIC_RELAXED);
	}
}

static void *get_one(void *argument)
{
	get_text(argument, "at last");
	return NULL;
}

static void *put_one(void *argument)
{
	put_text(argument, "there is room");
	return NULL;
}

static void rewrite_events(void *argument)
{
	struct queue_target *target = argument;
	struct rewriter rewriter = { .target = target };
	pthread_t thread;
	int64_t begun;
	pid_t child;

	for (int i = 0; i < 6; i++) {
		rewriter.value = i & 1 ? 0 : UINT32_MAX - (uint32_t)i / 2;
		queue_target_new(target);
		child = child_start(rewrite_for_ever, &rewriter);
		must_be(pthread_create(&thread, NULL, get_one,
		                       target->queue[0]),
		        0);
		usleep(80000);
		begun = now();
		put_text(target->queue[1], "at last");
		pthread_join(thread, NULL);
		fill_up(target->queue[1], 13);
		must_be(pthread_create(&thread, NULL, put_one,
		                       target->queue[0]),
		        0);
		usleep(80000);
		must(drain(target->queue[1]) >= TARGET_CAPACITY);
		pthread_join(thread, NULL);
		must(now() - begun < SOON);
		child_kill(child);
		queue_target_end(target);
	}
}

static void test_41_who_is_not_woken_wakes_by_itself(void **state)
{
	queue_attack(rewrite_events);
}

static void sleep_in_a_storm(void *argument)
{
	struct queue_target *target = argument;
	struct queue_flip storm = { .target = target,
		                    .at = AT_DATA,
		                    .step = UINT64_C(0x200000002) };
	pid_t child;
	char byte;

	queue_target_new(target);
	*target_at(target, AT_DATA) |= UINT64_C(0x100000001);
	child = queue_flip_start(&storm);
	for (int i = 0; i < 20; i++) {
		must_be(weir_queue_get(target->queue[0], &byte, 1, WEIR_MS(5)),
		        -ETIMEDOUT);
		must_be(weir_queue_join(target->queue[0], WEIR_MS(1)),
		        i ? -ETIMEDOUT : 0);
		put_text(target->queue[1], "through the storm");
		get_text(target->queue[0], "through the storm");
		fill_up(target->queue[0], 8);
		must_be(weir_queue_put(target->queue[0], "x", 1, WEIR_MS(5)),
		        -ETIMEDOUT);
		must_be(drain(target->queue[1]), TARGET_CAPACITY);
	}
	child_kill(child);
	queue_target_end(target);
}

static void test_42_a_storm_of_events_ends_no_wait_and_begins_none(void **state)
{
	queue_attack(sleep_in_a_storm);
}

/* ---- 44: the woken one, or who would wake, is killed */

static void get_for_ever(void *argument)
{
	char buffer[64];

	weir_queue_get(argument, buffer, sizeof(buffer), WEIR_FOREVER);
}

/* One of two sleepers is woken and killed at once: the other gets on. */
static void test_44_a_woken_one_that_is_killed_takes_no_wake_along(void **state)
{
	for (int i = 0; i < 20; i++) {
		struct weir_queue *queue = queue_of(4);
		pid_t doomed = child_start(get_for_ever, queue), other;
		char buffer[64];
		int64_t begun;

		until_asleep(doomed);
		other = child_start(get_for_ever, queue);
		until_asleep(other);
		begun = now();
		put_text(queue, "for whoever comes first");
		child_kill(doomed);
		put_text(queue, "for the other one");
		child_join(other);
		must(now() - begun < SOON);
		/* The doomed one had got one, or did not. */
		weir_queue_get(queue, buffer, sizeof(buffer), WEIR_MS(1));
		weir_queue_close(queue);
	}
}

struct sleeper {
	struct weir_queue *queue;
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
	put_text(sleeper->queue, "at last");
	_exit(0);
}

static void test_44_a_wake_that_was_never_sent_delays_and_no_more(void **state)
{
	struct sleeper sleeper = { .withheld = 0 };
	const char *refused = trace_refused();
	int64_t begun;

	if (refused)
		case_skip(refused);
	/* In case the thread looks just then, and needs no wake, or was not
	   asleep yet. */
	for (int i = 0; i < 20 && sleeper.withheld == 0; i++) {
		sleeper.queue = queue_of(4);
		must_be(pthread_create(&sleeper.thread, NULL, get_one,
		                       sleeper.queue),
		        0);
		usleep(2000 + i * 2000);
		begun = now();
		trace(speak_and_die, &sleeper, withhold_wakes, &sleeper);
		pthread_join(sleeper.thread, NULL);
		must(now() - begun < SOON);
		weir_queue_close(sleeper.queue);
	}
	must(sleeper.withheld > 0);
}

/* ---- 45: times from the edge */

static void *put_later(void *argument)
{
	usleep(1000);
	put_text(argument, "in time");
	return NULL;
}

static void test_45_no_time_is_too_long_or_too_negative(void **state)
{
	static const int64_t long_ones[] = { INT64_MAX, INT64_MAX - 1,
		                             INT64_MAX / 2,
		                             WEIR_SECONDS(1 << 30) };
	static const int64_t short_ones[] = { INT64_MIN, INT64_MIN + 1, -1, 0 };
	struct weir_queue *queue = queue_of(1);
	struct weir_lease lease;
	pthread_t thread;
	char buffer[8];

	for (int i = 0; i < 4; i++) {
		must_be(pthread_create(&thread, NULL, put_later, queue), 0);
		must_be(weir_queue_get(queue, buffer, 8, long_ones[i]), 7);
		pthread_join(thread, NULL);
		must_be(weir_queue_task_done(queue), 0);
		must_be(weir_queue_join(queue, long_ones[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		must_be(weir_queue_get(queue, buffer, 8, short_ones[i]),
		        -EAGAIN);
		must_be(weir_queue_lease(queue, short_ones[i], &lease),
		        -EAGAIN);
		must_be(weir_queue_put(queue, "x", 1, short_ones[i]), 0);
		must_be(weir_queue_put(queue, "x", 1, short_ones[i]), -EAGAIN);
		must_be(weir_queue_join(queue, short_ones[i]), -EAGAIN);
		must_be(weir_queue_get(queue, buffer, 8, short_ones[i]), 1);
		must_be(weir_queue_task_done(queue), 0);
	}
	weir_queue_close(queue);
}

/* ---- 46: stopped for longer than any time-out */

struct stopped {
	struct weir_queue *queue;
	int begins, timed_out;
};

static void wait_in_parts(void *argument)
{
	struct stopped *stopped = argument;
	char byte;

	step_post(stopped->begins);
	must_be(weir_queue_get(stopped->queue, &byte, 1, WEIR_MS(100)),
	        -ETIMEDOUT);
	step_post(stopped->timed_out);
	get_text(stopped->queue, "after all");
}

static void test_46_a_wait_that_was_stopped_ends_afterwards(void **state)
{
	struct stopped stopped = { queue_of(4), step_new(), step_new() };
	pid_t child = child_start(wait_in_parts, &stopped);

	step_await(stopped.begins);
	kill(child, SIGSTOP);
	until_stopped(child);
	usleep(300000);
	put_text(stopped.queue, "for others");
	get_text(stopped.queue, "for others");
	kill(child, SIGCONT);
	step_await(stopped.timed_out);
	put_text(stopped.queue, "after all");
	child_join(child);
	weir_queue_close(stopped.queue);
	step_free(stopped.begins);
	step_free(stopped.timed_out);
}

static void lease_and_stop(void *argument)
{
	struct stopped *stopped = argument;
	struct weir_lease lease;

	lease_text(stopped->queue, &lease, "held all the time", 1);
	raise(SIGSTOP);
	must(memcmp(lease.data, "held all the time", lease.size) == 0);
	must_be(weir_queue_done(stopped->queue, &lease), 0);
}

/* What it holds stays its own, and nothing is written over it. */
static void test_46_a_lease_outlives_any_stop(void **state)
{
	struct weir_queue_options options = { .capacity = 4,
		                              .block_size = 24,
		                              .memory = 24 * 8 };
	struct stopped stopped = { .queue = queue_with(&options) };
	pid_t child;

	put_text(stopped.queue, "held all the time");
	child = child_start(lease_and_stop, &stopped);
	until_stopped(child);
	for (int i = 0; i < 300; i++) {
		put_text(stopped.queue, "in another block");
		get_text(stopped.queue, "in another block");
		get_nothing(stopped.queue);
		must_be(weir_queue_task_done(stopped.queue), 0);
		usleep(1000);
	}
	must_be(weir_queue_join(stopped.queue, WEIR_NOWAIT), -EAGAIN);
	kill(child, SIGCONT);
	child_join(child);
	must_be(weir_queue_join(stopped.queue, WEIR_NOWAIT), 0);
	get_nothing(stopped.queue);
	weir_queue_close(stopped.queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_41_who_is_not_woken_wakes_by_itself),
		sentence(
			test_42_a_storm_of_events_ends_no_wait_and_begins_none),
		sentence(
			test_44_a_woken_one_that_is_killed_takes_no_wake_along),
		sentence(test_44_a_wake_that_was_never_sent_delays_and_no_more),
		sentence(test_45_no_time_is_too_long_or_too_negative),
		sentence(test_46_a_wait_that_was_stopped_ends_afterwards),
		sentence(test_46_a_lease_outlives_any_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
