/* SPDX-License-Identifier: MIT */
/* Conditions with a lock that other objects use too. */
#include "case.h"
#include "child.h"
#include "names.h"

#include <errno.h>
#include <weir/condition.h>
#include <weir/region.h>

static struct weir_rlock *rlock_new(const char *name)
{
	struct weir_rlock *lock;

	must_be(weir_rlock_create(&lock, name, NULL), 0);
	return lock;
}

static void test_its_lock_is_the_given_one(void **state)
{
	struct weir_rlock *lock = rlock_new(NULL);
	struct weir_condition *first, *second;

	must_be(weir_condition_create(&first, NULL, lock, NULL), 0);
	must_be(weir_condition_create(&second, NULL, lock, NULL), 0);
	must_be(weir_condition_acquire(first, WEIR_NOWAIT), 0);
	must_be(weir_rlock_depth(lock), 1);
	must_be(weir_condition_acquire(second, WEIR_NOWAIT), 0);
	must_be(weir_rlock_depth(lock), 2);
	must_be(weir_condition_notify_all(first), 0);
	must_be(weir_condition_wait(second, WEIR_MS(1)), -ETIMEDOUT);
	must_be(weir_rlock_depth(lock), 2);
	must_be(weir_condition_release(first), 0);
	must_be(weir_rlock_release(lock), 0);
	must_be(weir_condition_notify(second, 1), -EPERM);
	weir_condition_close(first);
	weir_condition_close(second);
	weir_rlock_close(lock);
}

struct names {
	const char *lock;
	const char *condition;
};

static void notify_by_name(void *argument)
{
	const struct names *names = argument;
	struct weir_condition *condition;
	struct weir_rlock *lock;

	must_be(weir_rlock_open(&lock, names->lock), 0);
	must_be(weir_condition_open_with_lock(&condition, names->condition,
	                                      lock),
	        0);
	must_be(weir_rlock_acquire(lock, WEIR_SECONDS(20)), 0);
	must_be(weir_condition_notify(condition, 1), 0);
	must_be(weir_condition_release(condition), 0);
	weir_condition_close(condition);
	weir_rlock_close(lock);
}

static void test_it_is_opened_with_its_lock(void **state)
{
	struct names names = { name_new("lock"), name_new("condition") };
	struct weir_rlock *lock = rlock_new(names.lock);
	struct weir_condition *condition;
	pid_t child;

	must_be(weir_condition_create(&condition, names.condition, lock, NULL),
	        0);
	must_be(weir_condition_acquire(condition, WEIR_NOWAIT), 0);
	child = child_start(notify_by_name, &names);
	must_be(weir_condition_wait(condition, WEIR_SECONDS(20)), 0);
	must_be(weir_condition_release(condition), 0);
	child_join(child);
	weir_condition_close(condition);
	weir_rlock_close(lock);
}

static void test_another_lock_is_einval(void **state)
{
	const char *with = name_new("with"), *own = name_new("own");
	struct weir_rlock *lock = rlock_new(NULL), *other = rlock_new(NULL);
	struct weir_condition *condition, *none = NULL;
	struct weir_rlock *again;

	must_be(weir_condition_create(&condition, with, lock, NULL), 0);
	must_be(weir_condition_open_with_lock(&none, with, other), -EINVAL);
	must_be(weir_condition_open(&none, with), -EINVAL);
	must_be(weir_condition_open_or_create(&none, with, other, NULL),
	        -EINVAL);
	must_be(weir_condition_open_or_create(&none, with, NULL, NULL),
	        -EINVAL);
	must_be(weir_condition_open_fd(&none, weir_condition_fd(condition)),
	        -EINVAL);
	must(none == NULL);
	/* Another handle of the same lock is not another lock. */
	must_be(weir_rlock_open_fd(&again, weir_rlock_fd(lock)), 0);
	must_be(weir_condition_open_with_lock(&none, with, again), 0);
	weir_condition_close(none);
	must_be(weir_condition_open_fd_with_lock(
			&none, weir_condition_fd(condition), again),
	        0);
	weir_condition_close(none);
	weir_condition_close(condition);
	none = NULL;
	must_be(weir_condition_create(&condition, own, NULL, NULL), 0);
	must_be(weir_condition_open_with_lock(&none, own, lock), -EINVAL);
	must(none == NULL);
	weir_condition_close(condition);
	weir_rlock_close(again);
	weir_rlock_close(lock);
	weir_rlock_close(other);
}

static void test_in_a_region_too(void **state)
{
	struct weir_condition_options options = { .waiters = 4 };
	struct weir_rlock_options lock_options = { .segment.region = NULL };
	struct weir_rlock *lock, *other;
	struct weir_condition *condition, *opened = NULL;
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, 1 << 16, NULL), 0);
	options.segment.region = lock_options.segment.region = region;
	must_be(weir_rlock_create(&lock, "lock", &lock_options), 0);
	must_be(weir_rlock_create(&other, "other", &lock_options), 0);
	must_be(weir_condition_create(&condition, "c", lock, &options), 0);
	must_be(weir_condition_open_in_with_lock(&opened, region, "c", other),
	        -EINVAL);
	must_be(weir_condition_open_in(&opened, region, "c"), -EINVAL);
	must(opened == NULL);
	must_be(weir_condition_open_in_with_lock(&opened, region, "c", lock),
	        0);
	must_be(weir_condition_fd(opened), -ENOTSUP);
	must_be(weir_condition_acquire(opened, WEIR_NOWAIT), 0);
	must_be(weir_condition_notify_all(condition), 0);
	must_be(weir_condition_wait(condition, WEIR_MS(1)), -ETIMEDOUT);
	must_be(weir_condition_release(condition), 0);
	weir_condition_close(opened);
	weir_condition_close(condition);
	weir_rlock_close(other);
	weir_rlock_close(lock);
	weir_region_close(region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_its_lock_is_the_given_one),
		sentence(test_it_is_opened_with_its_lock),
		sentence(test_another_lock_is_einval),
		sentence(test_in_a_region_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
