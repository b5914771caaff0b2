/* SPDX-License-Identifier: MIT */
/*
 * Processes that hold locks and permits and wait at conditions and barriers are
 * killed at random and replaced (sync_rage.h).
 *
 * usage: sync_storm [SECONDS]
 *
 * Or WEIR_STORM_SECONDS=n for more than the usual number of deaths.  Whatever
 * does not come within CASE_SECONDS of a death hangs.
 */
#include "sync_rage.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

enum { PERMITS = 3 };

/* ---- locks: one at a time, and each death told once */

static int acquire(struct storm *storm)
{
	return storm->lock ? weir_lock_acquire(storm->lock, AT_ALL)
	                   : weir_rlock_acquire(storm->rlock, AT_ALL);
}

static int release(struct storm *storm)
{
	return storm->lock ? weir_lock_release(storm->lock)
	                   : weir_rlock_release(storm->rlock);
}

static void have_the_lock(struct storm *storm, int number)
{
	struct ledger *ledger = storm->ledger;
	int before, code;

	atomic_store(&ledger->doing[number], TAKING);
	code = acquire(storm);
	must(code == 0 || code == WEIR_OWNER_DIED);
	before = atomic_exchange(&ledger->inside, number + 1);
	/* Of one who died the parent may not have heard yet. */
	must(before == 0 || code == WEIR_OWNER_DIED);
	atomic_fetch_add(&ledger->told, code);
	atomic_store(&ledger->doing[number], HAVING);
	for (int i = 0; i < 200; i++)
		must_be(atomic_load(&ledger->inside), number + 1);
	if (number == 0)
		sched_yield();
	atomic_store(&ledger->doing[number], GIVING);
	atomic_store(&ledger->inside, 0);
	must_be(release(storm), 0);
	atomic_store(&ledger->doing[number], NOTHING);
}

/* The last death may not have been told yet. */
static void check_lock(struct storm *storm)
{
	int told, code = acquire(storm);

	must(code == 0 || code == WEIR_OWNER_DIED);
	told = atomic_load(&storm->ledger->told) + code;
	must_be(release(storm), 0);
	must_be(acquire(storm), 0);
	must_be(release(storm), 0);
	print_message("%d were told; %d died with it, perhaps %d more\n", told,
	              storm->sure, storm->unsure);
	/* One who was told, and died before it said so, had the lock, so his
	   death was told as well. */
	must(told >= storm->sure);
	must(told <= storm->sure + storm->unsure);
}

static void rage_and_check(struct storm *storm)
{
	rage(storm, NULL);
	check_lock(storm);
	weir_lock_close(storm->lock);
	weir_rlock_close(storm->rlock);
	storm_end(storm);
}

static void test_a_lock_is_had_by_one_and_each_death_told_once(void **state)
{
	struct storm storm;

	storm_begin(&storm, have_the_lock);
	must_be(weir_lock_create(&storm.lock, NULL, NULL), 0);
	rage_and_check(&storm);
}

static void test_an_rlock_likewise(void **state)
{
	struct storm storm;

	storm_begin(&storm, have_the_lock);
	must_be(weir_rlock_create(&storm.rlock, NULL, NULL), 0);
	rage_and_check(&storm);
}

static void test_as_many_are_told_as_died_with_a_lock(void **state)
{
	struct storm storm;

	storm_begin(&storm, have_the_lock);
	storm.exact = true;
	/* It takes a slice of the others' sleep to find one. */
	storm.least = KILLS / 4;
	must_be(weir_lock_create(&storm.lock, NULL, NULL), 0);
	rage_and_check(&storm);
	must_be(storm.unsure, 0);
}

/* ---- owned permits: all are there */

static void have_permits(struct storm *storm, int number)
{
	unsigned count = 1 + (unsigned)number % 2;

	for (unsigned i = 0; i < count; i++) {
		int code = weir_semaphore_acquire(storm->semaphore, WEIR_MS(5));

		must(code == 0 || code == -ETIMEDOUT);
	}
	while (weir_semaphore_release(storm->semaphore, 1) == 0)
		;
}

/* While they are killed, a permit is had again and again. */
static void have_one(struct storm *storm)
{
	must_be(weir_semaphore_acquire(storm->semaphore, AT_ALL), 0);
	must_be(weir_semaphore_release(storm->semaphore, 1), 0);
}

static void test_owned_permits_are_all_there(void **state)
{
	struct weir_semaphore_options options = { .owned = true };
	struct storm storm;

	storm_begin(&storm, have_permits);
	must_be(weir_semaphore_create(&storm.semaphore, NULL, PERMITS,
	                              &options),
	        0);
	rage(&storm, have_one);
	for (int i = 0; i < PERMITS; i++)
		must_be(weir_semaphore_acquire(storm.semaphore, SOON), 0);
	must_be(weir_semaphore_acquire(storm.semaphore, WEIR_NOWAIT), -EAGAIN);
	weir_semaphore_close(storm.semaphore);
	storm_end(&storm);
}

/* ---- a condition: no notify is swallowed */

/* With the lock: one word, so that nobody leaves it half changed. */
static bool some_are_left(void *argument)
{
	struct ledger *ledger = argument;
	uint64_t score = atomic_load(&ledger->score);

	return (score >> 32) > (uint32_t)score;
}

/* They wait for ever: who is not woken hangs. */
static void use_one(struct storm *storm, int number)
{
	int code = weir_condition_acquire(storm->condition, WEIR_FOREVER);

	while (!some_are_left(storm->ledger)) {
		must(code == 0 || code == WEIR_OWNER_DIED);
		code = weir_condition_wait(storm->condition, WEIR_FOREVER);
	}
	atomic_fetch_add(&storm->ledger->score, 1);
	must_be(weir_condition_release(storm->condition), 0);
}

static bool none_is_left(const struct ledger *ledger)
{
	uint64_t score = atomic_load(&ledger->score);

	return (score >> 32) == (uint32_t)score;
}

/* As many are made as are told of, while one is killed; all are used. */
static void make_some(struct storm *storm)
{
	for (int i = 0; i < 3; i++) {
		int code = weir_condition_acquire(storm->condition, AT_ALL);

		must(code == 0 || code == WEIR_OWNER_DIED);
		atomic_fetch_add(&storm->ledger->score, 1ull << 32);
		must_be(weir_condition_notify(storm->condition, 1), 0);
		must_be(weir_condition_release(storm->condition), 0);
	}
	if (random_next(&storm->seed) % 2)
		return;
	while (!none_is_left(storm->ledger))
		pause_for(50000);
}

static void test_no_notify_is_swallowed(void **state)
{
	struct storm storm;

	storm_begin(&storm, use_one);
	must_be(weir_condition_create(&storm.condition, NULL, NULL, NULL), 0);
	rage(&storm, make_some);
	weir_condition_close(storm.condition);
	storm_end(&storm);
}

/* ---- a barrier: nobody hangs */

static void go_in_step(struct storm *storm, int number)
{
	struct ledger *ledger = storm->ledger;
	int epoch = atomic_load(&ledger->epoch);
	ssize_t index = weir_barrier_wait(storm->barrier, AT_ALL);

	if (index == 0)
		atomic_fetch_add(&ledger->rounds, 1);
	if (index >= 0)
		return;
	must_be(index, -ECANCELED);
	while (atomic_load(&ledger->epoch) == epoch)
		pause_for(100000);
}

/*
 * A worker died: it breaks, or the new one came in its place.  Then all are in
 * step again; or once more, if the death of one who was looking after the dead
 * was found only then.
 */
static void until_in_step(struct storm *storm)
{
	struct ledger *ledger = storm->ledger;
	int rounds = atomic_load(&ledger->rounds);

	while (atomic_load(&ledger->rounds) < rounds + 3) {
		if (weir_barrier_broken(storm->barrier)) {
			must_be(weir_barrier_reset(storm->barrier), 0);
			rounds = atomic_load(&ledger->rounds);
			atomic_fetch_add(&ledger->epoch, 1);
		}
		pause_for(50000);
	}
}

static void test_a_barrier_breaks_instead_of_hanging(void **state)
{
	struct storm storm;

	storm_begin(&storm, go_in_step);
	must_be(weir_barrier_create(&storm.barrier, NULL, WORKERS, NULL), 0);
	rage(&storm, until_in_step);
	print_message("%d rounds\n", atomic_load(&storm.ledger->rounds));
	weir_barrier_close(storm.barrier);
	storm_end(&storm);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[RAGE_CASES] = {
		sentence(test_a_lock_is_had_by_one_and_each_death_told_once),
		sentence(test_an_rlock_likewise),
		sentence(test_as_many_are_told_as_died_with_a_lock),
		sentence(test_owned_permits_are_all_there),
		sentence(test_no_notify_is_swallowed),
		sentence(test_a_barrier_breaks_instead_of_hanging),
	};
	const char *wanted =
		count > 1 ? words[1] : getenv("WEIR_STORM_SECONDS");

	if (wanted)
		rage_seconds = strtoll(wanted, NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
