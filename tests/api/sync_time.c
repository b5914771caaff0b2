/* SPDX-License-Identifier: MIT */
/* Timeouts, signals, and what waiting costs, at all that is waited for. */
#include "case.h"
#include "child.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <weir/weir.h>

/* One of each, which nobody gets. */
struct things {
	struct weir_lock *lock;
	struct weir_rlock *rlock; /* another thread has it */
	struct weir_semaphore *semaphore, *owned;
	struct weir_event *event;
	struct weir_condition *condition;
	struct weir_barrier *barrier;
};

static void *take_rlock(void *lock)
{
	must_be(weir_rlock_acquire(lock, WEIR_NOWAIT), 0);
	return NULL;
}

static void things_begin(struct things *things)
{
	struct weir_semaphore_options owned = { .owned = true };
	pthread_t thread;

	must_be(weir_lock_create(&things->lock, NULL, NULL), 0);
	must_be(weir_lock_acquire(things->lock, WEIR_NOWAIT), 0);
	must_be(weir_rlock_create(&things->rlock, NULL, NULL), 0);
	must_be(pthread_create(&thread, NULL, take_rlock, things->rlock), 0);
	must_be(pthread_join(thread, NULL), 0);
	must_be(weir_semaphore_create(&things->semaphore, NULL, 0, NULL), 0);
	must_be(weir_semaphore_create(&things->owned, NULL, 1, &owned), 0);
	must_be(weir_semaphore_acquire(things->owned, WEIR_NOWAIT), 0);
	must_be(weir_event_create(&things->event, NULL, NULL), 0);
	must_be(weir_condition_create(&things->condition, NULL, NULL, NULL), 0);
	must_be(weir_condition_acquire(things->condition, WEIR_NOWAIT), 0);
	must_be(weir_barrier_create(&things->barrier, NULL, 2, NULL), 0);
}

static void things_end(struct things *things)
{
	weir_lock_close(things->lock);
	weir_rlock_close(things->rlock);
	weir_semaphore_close(things->semaphore);
	weir_semaphore_close(things->owned);
	weir_event_close(things->event);
	weir_condition_close(things->condition);
	weir_barrier_close(things->barrier);
}

static bool never(void *argument)
{
	return false;
}

enum { CALLS = 8 };

/* Call number `which`, which has to wait. */
static int call(struct things *things, int which, int64_t timeout)
{
	switch (which) {
	case 0:
		return weir_lock_acquire(things->lock, timeout);
	case 1:
		return weir_rlock_acquire(things->rlock, timeout);
	case 2:
		return weir_semaphore_acquire(things->semaphore, timeout);
	case 3:
		return weir_semaphore_acquire(things->owned, timeout);
	case 4:
		return weir_event_wait(things->event, timeout);
	case 5:
		return weir_condition_wait(things->condition, timeout);
	case 6:
		return weir_condition_wait_for(things->condition, never, NULL,
		                               timeout);
	default:
		must_be(weir_barrier_reset(things->barrier), 0);
		return (int)weir_barrier_wait(things->barrier, timeout);
	}
}

static void test_t1_a_call_that_may_not_wait_fails_at_once(void **state)
{
	static const int64_t timeouts[] = { WEIR_NOWAIT, -1, INT64_MIN };
	struct things things;
	int64_t began;

	things_begin(&things);
	began = now();
	for (int which = 0; which < CALLS; which++) {
		for (int i = 0; i < 3; i++)
			must_be(call(&things, which, timeouts[i]), -EAGAIN);
	}
	must(now() - began < SOON);
	things_end(&things);
}

static void test_t1_a_timed_call_fails_after_its_time_never_early(void **state)
{
	static const int64_t timeouts[] = { 1, WEIR_US(100), WEIR_MS(7),
		                            WEIR_MS(70) };
	struct things things;

	things_begin(&things);
	for (int which = 0; which < CALLS; which++) {
		for (int i = 0; i < 4; i++) {
			int64_t began = now();

			must_be(call(&things, which, timeouts[i]), -ETIMEDOUT);
			must(now() - began >= timeouts[i]);
			must(now() - began < SOON);
		}
	}
	things_end(&things);
}

static atomic_int alarms;

static void on_alarm(int number)
{
	atomic_fetch_add(&alarms, 1);
}

static void test_t4_a_signal_with_a_handler_never_shows(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm }, before;
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct itimerval never_more = { { 0, 0 }, { 0, 0 } };
	struct things things;

	things_begin(&things);
	must_be(sigaction(SIGALRM, &action, &before), 0);
	must_be(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int which = 0; which < CALLS; which++) {
		int64_t began = now();

		must_be(call(&things, which, WEIR_MS(20)), -ETIMEDOUT);
		must(now() - began >= WEIR_MS(20));
	}
	must_be(setitimer(ITIMER_REAL, &never_more, NULL), 0);
	must_be(sigaction(SIGALRM, &before, NULL), 0);
	must(atomic_load(&alarms) > CALLS);
	things_end(&things);
}

static void test_t5_waiting_costs_no_cpu(void **state)
{
	struct things things;

	if (SANITIZED)
		case_skip("a sanitizer takes its own time");
	things_begin(&things);
	for (int which = 0; which < CALLS; which++) {
		int64_t before = thread_time();

		must_be(call(&things, which, WEIR_MS(300)), -ETIMEDOUT);
		must(thread_time() - before < WEIR_MS(15));
	}
	things_end(&things);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_t1_a_call_that_may_not_wait_fails_at_once),
		sentence(test_t1_a_timed_call_fails_after_its_time_never_early),
		sentence(test_t4_a_signal_with_a_handler_never_shows),
		sentence(test_t5_waiting_costs_no_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
