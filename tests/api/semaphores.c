/* SPDX-License-Identifier: MIT */
/* What a semaphore promises. */
#include "case.h"
#include "child.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <weir/region.h>
#include <weir/semaphore.h>

static const struct weir_semaphore_options bounded = { .bounded = true };
static const struct weir_semaphore_options owned = { .owned = true };
static const struct weir_semaphore_options *const sorts[] = { NULL, &bounded,
	                                                      &owned };

static struct weir_semaphore *
semaphore_of(unsigned value, const struct weir_semaphore_options *options)
{
	struct weir_semaphore *semaphore;

	must_be(weir_semaphore_create(&semaphore, NULL, value, options), 0);
	return semaphore;
}

static void take(struct weir_semaphore *semaphore, int count)
{
	for (int i = 0; i < count; i++)
		must_be(weir_semaphore_acquire(semaphore, WEIR_NOWAIT), 0);
}

static void test_m1_acquire_lowers_and_release_raises(void **state)
{
	for (int i = 0; i < 3; i++) {
		struct weir_semaphore *semaphore = semaphore_of(3, sorts[i]);

		must_be(weir_semaphore_value(semaphore), 3);
		take(semaphore, 1);
		must_be(weir_semaphore_value(semaphore), 2);
		take(semaphore, 2);
		must_be(weir_semaphore_value(semaphore), 0);
		must_be(weir_semaphore_release(semaphore, 1), 0);
		must_be(weir_semaphore_value(semaphore), 1);
		must_be(weir_semaphore_release(semaphore, 2), 0);
		must_be(weir_semaphore_value(semaphore), 3);
		weir_semaphore_close(semaphore);
	}
}

static void test_m2_at_0_acquire_fails_or_waits(void **state)
{
	for (int i = 0; i < 3; i++) {
		struct weir_semaphore *semaphore = semaphore_of(1, sorts[i]);

		take(semaphore, 1);
		must_be(weir_semaphore_acquire(semaphore, WEIR_NOWAIT),
		        -EAGAIN);
		must_be(weir_semaphore_acquire(semaphore, WEIR_MS(3)),
		        -ETIMEDOUT);
		must_be(weir_semaphore_value(semaphore), 0);
		must_be(weir_semaphore_release(semaphore, 1), 0);
		take(semaphore, 1);
		weir_semaphore_close(semaphore);
		semaphore = semaphore_of(0, sorts[i]);
		must_be(weir_semaphore_acquire(semaphore, WEIR_NOWAIT),
		        -EAGAIN);
		weir_semaphore_close(semaphore);
	}
}

static void test_m3_a_plain_one_goes_above_its_initial_value(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(0, NULL);

	must_be(weir_semaphore_release(semaphore, 5), 0);
	must_be(weir_semaphore_release(semaphore, 1), 0);
	must_be(weir_semaphore_value(semaphore), 6);
	take(semaphore, 6);
	must_be(weir_semaphore_acquire(semaphore, WEIR_NOWAIT), -EAGAIN);
	weir_semaphore_close(semaphore);
}

static void test_m4_a_bounded_one_does_not(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(3, &bounded);

	must_be(weir_semaphore_release(semaphore, 1), -EOVERFLOW);
	take(semaphore, 2);
	must_be(weir_semaphore_release(semaphore, 3), -EOVERFLOW);
	must_be(weir_semaphore_release(semaphore, UINT_MAX), -EOVERFLOW);
	must_be(weir_semaphore_value(semaphore), 1);
	must_be(weir_semaphore_release(semaphore, 2), 0);
	must_be(weir_semaphore_release(semaphore, 1), -EOVERFLOW);
	must_be(weir_semaphore_value(semaphore), 3);
	weir_semaphore_close(semaphore);
}

static void release_two(void *semaphore)
{
	must_be(weir_semaphore_release(semaphore, 2), 0);
}

static void test_m5_anyone_may_release(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct weir_semaphore *semaphore = semaphore_of(2, sorts[i]);

		take(semaphore, 2);
		child_join(child_start(release_two, semaphore));
		must_be(weir_semaphore_value(semaphore), 2);
		weir_semaphore_close(semaphore);
	}
}

static void test_m6_more_than_int_max_is_eoverflow(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(INT_MAX, NULL);

	must_be(weir_semaphore_value(semaphore), INT_MAX);
	must_be(weir_semaphore_release(semaphore, 1), -EOVERFLOW);
	must_be(weir_semaphore_release(semaphore, UINT_MAX), -EOVERFLOW);
	take(semaphore, 1);
	must_be(weir_semaphore_release(semaphore, 2), -EOVERFLOW);
	must_be(weir_semaphore_value(semaphore), INT_MAX - 1);
	must_be(weir_semaphore_release(semaphore, 1), 0);
	weir_semaphore_close(semaphore);
}

static void test_what_is_outside_its_range_is_einval(void **state)
{
	struct weir_semaphore_options spoiled = { .reserved = { 0, 0, 0, 1 } };
	struct weir_semaphore *none = NULL;
	struct weir_semaphore *semaphore = semaphore_of(1, NULL);

	must_be(weir_semaphore_create(&none, NULL, (unsigned)INT_MAX + 1, NULL),
	        -EINVAL);
	must_be(weir_semaphore_create(&none, NULL, (1 << 20) + 1, &owned),
	        -EINVAL);
	must_be(weir_semaphore_create(&none, NULL, 1, &spoiled), -EINVAL);
	must(none == NULL);
	must_be(weir_semaphore_release(semaphore, 0), -EINVAL);
	must_be(weir_semaphore_acquire(NULL, 0), -EINVAL);
	must_be(weir_semaphore_release(NULL, 1), -EINVAL);
	must_be(weir_semaphore_value(NULL), -EINVAL);
	weir_semaphore_close(semaphore);
}

enum { WAITERS = 5 };

static void wait_once(void *semaphore)
{
	must_be(weir_semaphore_acquire(semaphore, WEIR_SECONDS(20)), 0);
}

static void start_waiters(pid_t *waiters, struct weir_semaphore *semaphore,
                          void (*body)(void *))
{
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(body, semaphore);
	for (int i = 0; i < WAITERS; i++)
		until_asleep(waiters[i]);
}

static void test_m7_release_wakes_as_many_as_it_gives(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(0, NULL);
	pid_t waiters[WAITERS];
	int64_t began = now();

	start_waiters(waiters, semaphore, wait_once);
	must_be(weir_semaphore_release(semaphore, WAITERS - 2), 0);
	while (weir_semaphore_value(semaphore) > 0)
		must(now() - began < SOON);
	must_be(weir_semaphore_release(semaphore, 2), 0);
	for (int i = 0; i < WAITERS; i++)
		child_join(waiters[i]);
	must_be(weir_semaphore_value(semaphore), 0);
	weir_semaphore_close(semaphore);
}

static void die_with_two(void *semaphore)
{
	take(semaphore, 3);
	must_be(weir_semaphore_release(semaphore, 1), 0);
	raise(SIGKILL);
}

static void test_m8_owned_permits_of_the_dead_come_back(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(4, &owned);

	take(semaphore, 1);
	for (int i = 0; i < 5; i++) {
		child_wait(child_start(die_with_two, semaphore));
		take(semaphore, 3);
		must_be(weir_semaphore_acquire(semaphore, WEIR_NOWAIT),
		        -EAGAIN);
		must_be(weir_semaphore_release(semaphore, 3), 0);
	}
	must_be(weir_semaphore_value(semaphore), 3);
	weir_semaphore_close(semaphore);
}

static void test_m8_plain_ones_do_not(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(4, NULL);

	child_wait(child_start(die_with_two, semaphore));
	take(semaphore, 2);
	must_be(weir_semaphore_acquire(semaphore, WEIR_MS(1)), -ETIMEDOUT);
	weir_semaphore_close(semaphore);
}

static void have_none(void *semaphore)
{
	must_be(weir_semaphore_release(semaphore, 1), -EPERM);
	take(semaphore, 1);
	must_be(weir_semaphore_release(semaphore, 2), -EPERM);
	must_be(weir_semaphore_release(semaphore, 1), 0);
	must_be(weir_semaphore_release(semaphore, 1), -EPERM);
}

static void *release_in_thread(void *semaphore)
{
	must_be(weir_semaphore_release(semaphore, 2), 0);
	return NULL;
}

static void test_m8_only_who_has_a_permit_releases_it(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(3, &owned);
	pthread_t thread;

	must_be(weir_semaphore_release(semaphore, 1), -EPERM);
	take(semaphore, 2);
	child_join(child_start(have_none, semaphore));
	must_be(weir_semaphore_release(semaphore, 3), -EPERM);
	must_be(weir_semaphore_release(semaphore, UINT_MAX), -EPERM);
	must_be(weir_semaphore_value(semaphore), 1);
	must_be(pthread_create(&thread, NULL, release_in_thread, semaphore), 0);
	must_be(pthread_join(thread, NULL), 0);
	must_be(weir_semaphore_value(semaphore), 3);
	weir_semaphore_close(semaphore);
}

static void hold_until_killed(void *semaphore)
{
	take(semaphore, 2);
	must_be(weir_semaphore_acquire(semaphore, WEIR_FOREVER), 0);
}

static void test_m8_a_death_wakes_who_waits_for_its_permits(void **state)
{
	struct weir_semaphore *semaphore = semaphore_of(2, &owned);
	pid_t holder = child_start(hold_until_killed, semaphore);
	pid_t waiters[2];
	int64_t began;

	until_asleep(holder);
	for (int i = 0; i < 2; i++)
		waiters[i] = child_start(wait_once, semaphore);
	began = now();
	child_kill(holder);
	for (int i = 0; i < 2; i++)
		child_join(waiters[i]);
	must(now() - began < SOON);
	take(semaphore, 2);
	weir_semaphore_close(semaphore);
}

static void test_m8_closing_gives_them_back_too(void **state)
{
	struct weir_semaphore *first = semaphore_of(3, &owned);
	struct weir_semaphore *second;

	must_be(weir_semaphore_open_fd(&second, weir_semaphore_fd(first)), 0);
	take(first, 1);
	take(second, 2);
	must_be(weir_semaphore_value(first), 0);
	weir_semaphore_close(second);
	must_be(weir_semaphore_value(first), 2);
	must_be(weir_semaphore_release(first, 2), -EPERM);
	weir_semaphore_close(first);
}

static void test_m8_also_in_a_region(void **state)
{
	struct weir_semaphore_options options = { .owned = true };
	struct weir_semaphore *semaphore;
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, 1 << 16, NULL), 0);
	options.segment.region = region;
	must_be(weir_semaphore_create(&semaphore, "four", 4, &options), 0);
	child_wait(child_start(die_with_two, semaphore));
	take(semaphore, 4);
	weir_semaphore_close(semaphore);
	weir_region_close(region);
}

static void wait_forever(void *semaphore)
{
	must_be(weir_semaphore_acquire(semaphore, WEIR_FOREVER), 0);
	pause();
}

static void test_m9_a_killed_waiter_swallows_nothing(void **state)
{
	for (int i = 0; i < 3; i++) {
		struct weir_semaphore *semaphore = semaphore_of(1, sorts[i]);
		pid_t waiters[WAITERS], last;

		take(semaphore, 1);
		start_waiters(waiters, semaphore, wait_forever);
		last = child_start(wait_once, semaphore);
		until_asleep(last);
		for (int k = 0; k < WAITERS; k++)
			child_kill(waiters[k]);
		must_be(weir_semaphore_release(semaphore, 1), 0);
		child_join(last);
		weir_semaphore_close(semaphore);
	}
}

/* Whoever it is that is woken: of those two only the other one lives. */
static void test_m9_a_waiter_killed_when_it_was_woken_neither(void **state)
{
	for (int i = 0; i < 20; i++) {
		struct weir_semaphore *semaphore = semaphore_of(0, NULL);
		pid_t dies = child_start(wait_forever, semaphore);
		pid_t lives;

		until_asleep(dies);
		lives = child_start(wait_once, semaphore);
		until_asleep(lives);
		must_be(weir_semaphore_release(semaphore, 1), 0);
		kill(dies, SIGKILL);
		child_wait(dies);
		/* It may have had the permit by then. */
		must_be(weir_semaphore_release(semaphore, 1), 0);
		child_join(lives);
		weir_semaphore_close(semaphore);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_m1_acquire_lowers_and_release_raises),
		sentence(test_m2_at_0_acquire_fails_or_waits),
		sentence(test_m3_a_plain_one_goes_above_its_initial_value),
		sentence(test_m4_a_bounded_one_does_not),
		sentence(test_m5_anyone_may_release),
		sentence(test_m6_more_than_int_max_is_eoverflow),
		sentence(test_what_is_outside_its_range_is_einval),
		sentence(test_m7_release_wakes_as_many_as_it_gives),
		sentence(test_m8_owned_permits_of_the_dead_come_back),
		sentence(test_m8_plain_ones_do_not),
		sentence(test_m8_only_who_has_a_permit_releases_it),
		sentence(test_m8_a_death_wakes_who_waits_for_its_permits),
		sentence(test_m8_closing_gives_them_back_too),
		sentence(test_m8_also_in_a_region),
		sentence(test_m9_a_killed_waiter_swallows_nothing),
		sentence(test_m9_a_waiter_killed_when_it_was_woken_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
