/* SPDX-License-Identifier: MIT */
/* What lock and rlock promise. */
#include "case.h"
#include "child.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <weir/lock.h>
#include <weir/region.h>

static struct weir_lock *lock_new(void)
{
	struct weir_lock *lock;

	must_be(weir_lock_create(&lock, NULL, NULL), 0);
	return lock;
}

static struct weir_rlock *rlock_new(void)
{
	struct weir_rlock *lock;

	must_be(weir_rlock_create(&lock, NULL, NULL), 0);
	return lock;
}

/* Runs the body in a thread, and waits for it. */
static void in_a_thread(void *(*body)(void *), void *argument)
{
	pthread_t thread;

	must_be(pthread_create(&thread, NULL, body, argument), 0);
	must_be(pthread_join(thread, NULL), 0);
}

static void test_k1_a_second_acquire_fails_or_waits(void **state)
{
	struct weir_lock *lock = lock_new();

	must_be(weir_lock_acquire(lock, WEIR_FOREVER), 0);
	must_be(weir_lock_acquire(lock, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_lock_acquire(lock, -5), -EAGAIN);
	must_be(weir_lock_acquire(lock, WEIR_MS(5)), -ETIMEDOUT);
	must_be(weir_lock_release(lock), 0);
	must_be(weir_lock_acquire(lock, WEIR_NOWAIT), 0);
	must_be(weir_lock_release(lock), 0);
	weir_lock_close(lock);
}

static void test_k1_release_when_not_held_is_eoverflow(void **state)
{
	struct weir_lock *lock = lock_new();
	struct weir_rlock *rlock = rlock_new();

	for (int i = 0; i < 3; i++) {
		must_be(weir_lock_release(lock), -EOVERFLOW);
		must_be(weir_rlock_release(rlock), -EOVERFLOW);
		must_be(weir_lock_acquire(lock, WEIR_NOWAIT), 0);
		must_be(weir_rlock_acquire(rlock, WEIR_NOWAIT), 0);
		must_be(weir_lock_release(lock), 0);
		must_be(weir_rlock_release(rlock), 0);
	}
	must_be(weir_lock_locked(lock), 0);
	weir_lock_close(lock);
	weir_rlock_close(rlock);
}

static void release_it(void *lock)
{
	must_be(weir_lock_acquire(lock, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_lock_release(lock), 0);
}

static void *release_in_thread(void *lock)
{
	release_it(lock);
	return NULL;
}

static void test_k2_a_lock_is_released_by_anyone(void **state)
{
	struct weir_lock *lock = lock_new();

	must_be(weir_lock_acquire(lock, WEIR_NOWAIT), 0);
	child_join(child_start(release_it, lock));
	must_be(weir_lock_acquire(lock, WEIR_NOWAIT), 0);
	in_a_thread(release_in_thread, lock);
	must_be(weir_lock_locked(lock), 0);
	weir_lock_close(lock);
}

static void be_a_stranger(void *lock)
{
	must_be(weir_rlock_release(lock), -EPERM);
	must_be(weir_rlock_acquire(lock, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_rlock_acquire(lock, WEIR_MS(2)), -ETIMEDOUT);
	must_be(weir_rlock_depth(lock), 0);
	must_be(weir_rlock_locked(lock), 1);
}

static void *be_a_strange_thread(void *lock)
{
	be_a_stranger(lock);
	return NULL;
}

static void test_k2_an_rlock_is_released_by_its_owner_only(void **state)
{
	struct weir_rlock *lock = rlock_new();

	must_be(weir_rlock_acquire(lock, WEIR_NOWAIT), 0);
	child_join(child_start(be_a_stranger, lock));
	in_a_thread(be_a_strange_thread, lock);
	must_be(weir_rlock_depth(lock), 1);
	must_be(weir_rlock_release(lock), 0);
	weir_rlock_close(lock);
}

static void test_k3_three_acquires_need_three_releases(void **state)
{
	struct weir_rlock *lock = rlock_new();

	for (int i = 0; i < 3; i++) {
		must_be(weir_rlock_depth(lock), i);
		must_be(weir_rlock_acquire(lock, WEIR_NOWAIT), 0);
	}
	for (int i = 3; i > 0; i--) {
		must_be(weir_rlock_depth(lock), i);
		child_join(child_start(be_a_stranger, lock));
		must_be(weir_rlock_release(lock), 0);
	}
	must_be(weir_rlock_depth(lock), 0);
	must_be(weir_rlock_locked(lock), 0);
	must_be(weir_rlock_release(lock), -EOVERFLOW);
	weir_rlock_close(lock);
}

struct pair {
	struct weir_lock *lock;
	struct weir_rlock *rlock;
};

static void see_both_held(void *argument)
{
	struct pair *pair = argument;

	must_be(weir_lock_locked(pair->lock), 1);
	must_be(weir_rlock_locked(pair->rlock), 1);
	must_be(weir_rlock_depth(pair->rlock), 0);
}

static void see_both_free(void *argument)
{
	struct pair *pair = argument;

	must_be(weir_lock_locked(pair->lock), 0);
	must_be(weir_rlock_locked(pair->rlock), 0);
	must_be(weir_rlock_depth(pair->rlock), 0);
}

static void test_k4_locked_and_owner_can_be_asked(void **state)
{
	struct pair pair = { lock_new(), rlock_new() };

	see_both_free(&pair);
	child_join(child_start(see_both_free, &pair));
	must_be(weir_lock_acquire(pair.lock, WEIR_NOWAIT), 0);
	must_be(weir_rlock_acquire(pair.rlock, WEIR_NOWAIT), 0);
	must_be(weir_rlock_depth(pair.rlock), 1);
	child_join(child_start(see_both_held, &pair));
	must_be(weir_lock_release(pair.lock), 0);
	must_be(weir_rlock_release(pair.rlock), 0);
	see_both_free(&pair);
	weir_lock_close(pair.lock);
	weir_rlock_close(pair.rlock);
}

static void die_with_both(void *argument)
{
	struct pair *pair = argument;

	must_be(weir_lock_acquire(pair->lock, WEIR_FOREVER), 0);
	must_be(weir_rlock_acquire(pair->rlock, WEIR_FOREVER), 0);
	must_be(weir_rlock_acquire(pair->rlock, WEIR_FOREVER), 0);
	raise(SIGKILL);
}

/* The first is told, the second is not. */
static void take_after_a_death(struct pair *pair, int64_t timeout)
{
	must_be(weir_lock_acquire(pair->lock, timeout), WEIR_OWNER_DIED);
	must_be(weir_rlock_acquire(pair->rlock, timeout), WEIR_OWNER_DIED);
	must_be(weir_rlock_depth(pair->rlock), 1);
	must_be(weir_lock_acquire(pair->lock, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_lock_release(pair->lock), 0);
	must_be(weir_rlock_release(pair->rlock), 0);
	must_be(weir_lock_acquire(pair->lock, WEIR_NOWAIT), 0);
	must_be(weir_rlock_acquire(pair->rlock, WEIR_NOWAIT), 0);
	must_be(weir_lock_release(pair->lock), 0);
	must_be(weir_rlock_release(pair->rlock), 0);
}

static void test_k5_who_acquires_after_a_death_is_told(void **state)
{
	static const int64_t timeouts[] = { WEIR_NOWAIT, WEIR_SECONDS(1),
		                            WEIR_FOREVER };
	struct pair pair = { lock_new(), rlock_new() };

	for (int i = 0; i < 3; i++) {
		child_wait(child_start(die_with_both, &pair));
		take_after_a_death(&pair, timeouts[i]);
	}
	weir_lock_close(pair.lock);
	weir_rlock_close(pair.rlock);
}

static void test_k5_also_in_a_region(void **state)
{
	struct weir_lock_options options = { .segment.region = NULL };
	struct weir_rlock_options roptions = { .segment.region = NULL };
	struct weir_region *region;
	struct pair pair;

	must_be(weir_region_create(&region, NULL, 1 << 16, NULL), 0);
	options.segment.region = roptions.segment.region = region;
	must_be(weir_lock_create(&pair.lock, "lock", &options), 0);
	must_be(weir_rlock_create(&pair.rlock, NULL, &roptions), 0);
	child_wait(child_start(die_with_both, &pair));
	take_after_a_death(&pair, WEIR_NOWAIT);
	weir_lock_close(pair.lock);
	weir_rlock_close(pair.rlock);
	weir_region_close(region);
}

struct held {
	struct weir_lock *lock;
	int step;
};

static void hold(void *argument)
{
	struct held *held = argument;

	must_be(weir_lock_acquire(held->lock, WEIR_NOWAIT), 0);
	step_post(held->step);
	for (;;)
		pause();
}

static void hold_and_die_later(void *argument)
{
	die_after(WEIR_MS(50));
	hold(argument);
}

static void test_k5_a_death_while_others_wait_wakes_one(void **state)
{
	struct held held = { lock_new(), step_new() };
	pid_t child = child_start(hold_and_die_later, &held);
	int64_t began;

	step_await(held.step);
	began = now();
	must_be(weir_lock_acquire(held.lock, WEIR_FOREVER), WEIR_OWNER_DIED);
	must(now() - began < SOON);
	child_wait(child);
	step_free(held.step);
	weir_lock_close(held.lock);
}

enum { WAITERS = 4 };

struct told {
	struct weir_lock *lock;
	int *told;
};

/* Each passes the lock on; one of them is told of the death. */
static void wait_for_a_death(void *argument)
{
	struct told *told = argument;
	int code = weir_lock_acquire(told->lock, WEIR_SECONDS(20));

	must(code == 0 || code == WEIR_OWNER_DIED);
	*told->told += code;
	must_be(weir_lock_release(told->lock), 0);
}

static void test_k5_exactly_one_of_many_waiters_is_told(void **state)
{
	struct told told = { lock_new(), shared_new(sizeof(int)) };
	pid_t waiters[WAITERS];
	struct held held = { told.lock, step_new() };
	pid_t owner = child_start(hold, &held);

	step_await(held.step);
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(wait_for_a_death, &told);
	for (int i = 0; i < WAITERS; i++)
		until_asleep(waiters[i]);
	child_kill(owner);
	for (int i = 0; i < WAITERS; i++)
		child_join(waiters[i]);
	must_be(*told.told, 1);
	step_free(held.step);
	shared_free(told.told, sizeof(int));
	weir_lock_close(told.lock);
}

static void be_told_and_die(void *argument)
{
	struct pair *pair = argument;

	must_be(weir_lock_acquire(pair->lock, WEIR_NOWAIT), WEIR_OWNER_DIED);
	must_be(weir_rlock_acquire(pair->rlock, WEIR_NOWAIT), WEIR_OWNER_DIED);
	raise(SIGKILL);
}

static void test_k5_who_was_told_and_dies_tells_the_next(void **state)
{
	struct pair pair = { lock_new(), rlock_new() };

	child_wait(child_start(die_with_both, &pair));
	child_wait(child_start(be_told_and_die, &pair));
	take_after_a_death(&pair, WEIR_NOWAIT);
	weir_lock_close(pair.lock);
	weir_rlock_close(pair.rlock);
}

static void wait_and_be_killed(void *lock)
{
	must_be(weir_lock_acquire(lock, WEIR_FOREVER), 0);
	must_fail(__FILE__, __LINE__, "it was to be killed");
}

static void test_a_killed_waiter_leaves_nothing_behind(void **state)
{
	struct weir_lock *lock = lock_new();

	must_be(weir_lock_acquire(lock, WEIR_NOWAIT), 0);
	for (int i = 0; i < 3; i++) {
		pid_t child = child_start(wait_and_be_killed, lock);

		until_asleep(child);
		child_kill(child);
	}
	must_be(weir_lock_release(lock), 0);
	must_be(weir_lock_acquire(lock, WEIR_NOWAIT), 0);
	must_be(weir_lock_release(lock), 0);
	weir_lock_close(lock);
}

static void hold_nothing(void *argument)
{
	struct pair *pair = argument;

	must_be(weir_rlock_depth(pair->rlock), 0);
	must_be(weir_rlock_release(pair->rlock), -EPERM);
	must_be(weir_lock_acquire(pair->lock, WEIR_NOWAIT), -EAGAIN);
}

static void test_a_child_holds_nothing_that_its_parent_holds(void **state)
{
	struct pair pair = { lock_new(), rlock_new() };

	must_be(weir_lock_acquire(pair.lock, WEIR_NOWAIT), 0);
	must_be(weir_rlock_acquire(pair.rlock, WEIR_NOWAIT), 0);
	child_join(child_start(hold_nothing, &pair));
	/* Its end tells nobody that the owner died. */
	must_be(weir_rlock_depth(pair.rlock), 1);
	must_be(weir_lock_acquire(pair.lock, WEIR_MS(1)), -ETIMEDOUT);
	must_be(weir_lock_release(pair.lock), 0);
	must_be(weir_rlock_release(pair.rlock), 0);
	must_be(weir_lock_acquire(pair.lock, WEIR_NOWAIT), 0);
	weir_lock_close(pair.lock);
	weir_rlock_close(pair.rlock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_k1_a_second_acquire_fails_or_waits),
		sentence(test_k1_release_when_not_held_is_eoverflow),
		sentence(test_k2_a_lock_is_released_by_anyone),
		sentence(test_k2_an_rlock_is_released_by_its_owner_only),
		sentence(test_k3_three_acquires_need_three_releases),
		sentence(test_k4_locked_and_owner_can_be_asked),
		sentence(test_k5_who_acquires_after_a_death_is_told),
		sentence(test_k5_also_in_a_region),
		sentence(test_k5_a_death_while_others_wait_wakes_one),
		sentence(test_k5_exactly_one_of_many_waiters_is_told),
		sentence(test_k5_who_was_told_and_dies_tells_the_next),
		sentence(test_a_killed_waiter_leaves_nothing_behind),
		sentence(test_a_child_holds_nothing_that_its_parent_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
