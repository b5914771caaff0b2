/* SPDX-License-Identifier: MIT */
/* What an event promises. */
#include "case.h"
#include "child.h"

#include <errno.h>
#include <pthread.h>
#include <weir/event.h>

enum { WAITERS = 5 };

static struct weir_event *event_new(void)
{
	struct weir_event *event;

	must_be(weir_event_create(&event, NULL, NULL), 0);
	return event;
}

static void test_e1_a_new_event_is_not_set(void **state)
{
	struct weir_event *event = event_new();

	must_be(weir_event_is_set(event), 0);
	must_be(weir_event_wait(event, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_event_wait(event, -1), -EAGAIN);
	must_be(weir_event_wait(event, WEIR_MS(3)), -ETIMEDOUT);
	must_be(weir_event_is_set(event), 0);
	weir_event_close(event);
}

static void wait_once(void *event)
{
	must_be(weir_event_wait(event, WEIR_SECONDS(20)), 0);
}

static void *wait_in_thread(void *event)
{
	wait_once(event);
	return NULL;
}

static void test_e2_set_wakes_all(void **state)
{
	struct weir_event *event = event_new();
	pid_t waiters[WAITERS];
	pthread_t threads[WAITERS];

	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(wait_once, event);
	for (int i = 0; i < WAITERS; i++)
		must_be(pthread_create(&threads[i], NULL, wait_in_thread,
		                       event),
		        0);
	for (int i = 0; i < WAITERS; i++)
		until_asleep(waiters[i]);
	must_be(weir_event_set(event), 0);
	for (int i = 0; i < WAITERS; i++) {
		child_join(waiters[i]);
		must_be(pthread_join(threads[i], NULL), 0);
	}
	weir_event_close(event);
}

static void test_e2_set_wakes_all_though_it_is_cleared_at_once(void **state)
{
	struct weir_event *event = event_new();
	pid_t waiters[WAITERS];

	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(wait_once, event);
	for (int i = 0; i < WAITERS; i++)
		until_asleep(waiters[i]);
	must_be(weir_event_set(event), 0);
	must_be(weir_event_clear(event), 0);
	for (int i = 0; i < WAITERS; i++)
		child_join(waiters[i]);
	must_be(weir_event_is_set(event), 0);
	weir_event_close(event);
}

static void test_e2_a_set_event_is_waited_for_by_nobody(void **state)
{
	struct weir_event *event = event_new();

	for (int i = 0; i < 3; i++) {
		must_be(weir_event_set(event), 0);
		must_be(weir_event_is_set(event), 1);
		must_be(weir_event_wait(event, WEIR_NOWAIT), 0);
		must_be(weir_event_wait(event, WEIR_FOREVER), 0);
	}
	child_join(child_start(wait_once, event));
	weir_event_close(event);
}

static void set(void *event)
{
	must_be(weir_event_set(event), 0);
}

static void test_e3_clear_resets_and_a_later_set_wakes(void **state)
{
	struct weir_event *event = event_new();
	pid_t waiter;

	for (int i = 0; i < 3; i++) {
		must_be(weir_event_set(event), 0);
		must_be(weir_event_clear(event), 0);
		must_be(weir_event_clear(event), 0);
		must_be(weir_event_is_set(event), 0);
		must_be(weir_event_wait(event, WEIR_NOWAIT), -EAGAIN);
		waiter = child_start(wait_once, event);
		until_asleep(waiter);
		child_join(child_start(set, event));
		child_join(waiter);
		must_be(weir_event_is_set(event), 1);
	}
	weir_event_close(event);
}

static void test_a_killed_waiter_leaves_nothing_behind(void **state)
{
	struct weir_event *event = event_new();
	pid_t dies = child_start(wait_once, event);
	pid_t lives = child_start(wait_once, event);

	until_asleep(dies);
	until_asleep(lives);
	child_kill(dies);
	must_be(weir_event_set(event), 0);
	child_join(lives);
	weir_event_close(event);
}

static void test_no_handle_is_einval(void **state)
{
	must_be(weir_event_set(NULL), -EINVAL);
	must_be(weir_event_clear(NULL), -EINVAL);
	must_be(weir_event_is_set(NULL), -EINVAL);
	must_be(weir_event_wait(NULL, WEIR_FOREVER), -EINVAL);
	weir_event_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_e1_a_new_event_is_not_set),
		sentence(test_e2_set_wakes_all),
		sentence(test_e2_set_wakes_all_though_it_is_cleared_at_once),
		sentence(test_e2_a_set_event_is_waited_for_by_nobody),
		sentence(test_e3_clear_resets_and_a_later_set_wakes),
		sentence(test_a_killed_waiter_leaves_nothing_behind),
		sentence(test_no_handle_is_einval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
