/* SPDX-License-Identifier: MIT */
/*
 * Whoever waits is woken, and does not find out by himself when a slice of his
 * sleep is over.
 */
#include "case.h"
#include "child.h"

#include <errno.h>
#include <stdatomic.h>
#include <weir/weir.h>

enum { TRIES = 20 };

/* A slice is 60 ms long. */
#define AT_ONCE WEIR_MS(20)

struct things {
	struct weir_lock *lock;
	struct weir_rlock *rlock;
	struct weir_semaphore *semaphore, *owned;
	struct weir_event *event;
	struct weir_condition *condition;
	struct weir_barrier *barrier;
	_Atomic int64_t *through; /* when the waiter was */
};

static void things_begin(struct things *things)
{
	struct weir_semaphore_options owned = { .owned = true };

	must_be(weir_lock_create(&things->lock, NULL, NULL), 0);
	must_be(weir_rlock_create(&things->rlock, NULL, NULL), 0);
	must_be(weir_semaphore_create(&things->semaphore, NULL, 0, NULL), 0);
	must_be(weir_semaphore_create(&things->owned, NULL, 1, &owned), 0);
	must_be(weir_event_create(&things->event, NULL, NULL), 0);
	must_be(weir_condition_create(&things->condition, NULL, NULL, NULL), 0);
	must_be(weir_barrier_create(&things->barrier, NULL, 2, NULL), 0);
	things->through = shared_new(sizeof(*things->through));
}

static void things_end(struct things *things)
{
	shared_free(things->through, sizeof(*things->through));
	weir_lock_close(things->lock);
	weir_rlock_close(things->rlock);
	weir_semaphore_close(things->semaphore);
	weir_semaphore_close(things->owned);
	weir_event_close(things->event);
	weir_condition_close(things->condition);
	weir_barrier_close(things->barrier);
}

/* What is waited for: a waiter, and what is done before, and then. */
struct way {
	void (*wait)(void *things);
	void (*before)(struct things *things);
	void (*then)(struct things *things);
};

static void went_through(struct things *things)
{
	atomic_store(things->through, now());
}

static void wait_lock(void *argument)
{
	struct things *things = argument;

	must_be(weir_lock_acquire(things->lock, WEIR_FOREVER), 0);
	went_through(things);
	must_be(weir_lock_release(things->lock), 0);
}

static void take_lock(struct things *things)
{
	must_be(weir_lock_acquire(things->lock, WEIR_FOREVER), 0);
}

static void give_lock(struct things *things)
{
	must_be(weir_lock_release(things->lock), 0);
}

static void wait_rlock(void *argument)
{
	struct things *things = argument;

	must_be(weir_rlock_acquire(things->rlock, WEIR_FOREVER), 0);
	went_through(things);
	must_be(weir_rlock_release(things->rlock), 0);
}

static void take_rlock(struct things *things)
{
	must_be(weir_rlock_acquire(things->rlock, WEIR_FOREVER), 0);
}

static void give_rlock(struct things *things)
{
	must_be(weir_rlock_release(things->rlock), 0);
}

static void wait_semaphore(void *argument)
{
	struct things *things = argument;

	must_be(weir_semaphore_acquire(things->semaphore, WEIR_FOREVER), 0);
	went_through(things);
}

static void nothing(struct things *things)
{
}

static void give_semaphore(struct things *things)
{
	must_be(weir_semaphore_release(things->semaphore, 1), 0);
}

static void wait_owned(void *argument)
{
	struct things *things = argument;

	must_be(weir_semaphore_acquire(things->owned, WEIR_FOREVER), 0);
	went_through(things);
	must_be(weir_semaphore_release(things->owned, 1), 0);
}

static void take_owned(struct things *things)
{
	must_be(weir_semaphore_acquire(things->owned, WEIR_FOREVER), 0);
}

static void give_owned(struct things *things)
{
	must_be(weir_semaphore_release(things->owned, 1), 0);
}

static void wait_event(void *argument)
{
	struct things *things = argument;

	must_be(weir_event_wait(things->event, WEIR_FOREVER), 0);
	went_through(things);
}

static void set_event(struct things *things)
{
	must_be(weir_event_set(things->event), 0);
	must_be(weir_event_clear(things->event), 0);
}

static void wait_condition(void *argument)
{
	struct things *things = argument;

	must_be(weir_condition_acquire(things->condition, WEIR_FOREVER), 0);
	must_be(weir_condition_wait(things->condition, WEIR_FOREVER), 0);
	went_through(things);
	must_be(weir_condition_release(things->condition), 0);
}

static void notify(struct things *things)
{
	must_be(weir_condition_acquire(things->condition, WEIR_FOREVER), 0);
	must_be(weir_condition_notify(things->condition, 1), 0);
	must_be(weir_condition_release(things->condition), 0);
}

static void wait_barrier(void *argument)
{
	struct things *things = argument;
	ssize_t index = weir_barrier_wait(things->barrier, WEIR_FOREVER);

	must(index == 0 || index == -ECANCELED);
	went_through(things);
	weir_barrier_close(things->barrier);
}

static void come_last(struct things *things)
{
	must_be(weir_barrier_wait(things->barrier, WEIR_NOWAIT), 1);
}

static void abort_barrier(struct things *things)
{
	must_be(weir_barrier_reset(things->barrier), 0);
}

static const struct way ways[] = {
	{ wait_lock, take_lock, give_lock },
	{ wait_rlock, take_rlock, give_rlock },
	{ wait_semaphore, nothing, give_semaphore },
	{ wait_owned, take_owned, give_owned },
	{ wait_event, nothing, set_event },
	{ wait_condition, nothing, notify },
	{ wait_barrier, nothing, come_last },
	{ wait_barrier, nothing, abort_barrier },
};

/* How long it took, from the change on. */
static int64_t wake_once(struct things *things, const struct way *way)
{
	int64_t changed;
	pid_t waiter;

	way->before(things);
	waiter = child_start(way->wait, things);
	until_asleep(waiter);
	changed = now();
	way->then(things);
	child_join(waiter);
	return atomic_load(things->through) - changed;
}

static void test_whoever_waits_is_woken(void **state)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct things things;
		int late = 0;

		things_begin(&things);
		for (int k = 0; k < TRIES; k++)
			late += wake_once(&things, &ways[i]) > AT_ONCE;
		must(late <= TRIES / 2);
		things_end(&things);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_whoever_waits_is_woken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
