/* SPDX-License-Identifier: MIT */
/* B3: what breaks a barrier, and what does not. */
#include "parties.h"

#include <unistd.h>
#include <weir/region.h>

enum { PARTIES = 4 };

static void test_b3_a_wait_that_times_out_breaks_it(void **state)
{
	struct weir_barrier *barrier;
	pid_t children[2];
	int64_t began;

	barrier = barrier_for(PARTIES);
	start_waiters(children, 2, barrier);
	began = now();
	must_be(weir_barrier_wait(barrier, WEIR_MS(10)), -ETIMEDOUT);
	must(now() - began >= WEIR_MS(10));
	join_all(children, 2);
	is_broken_until_reset(barrier);
	weir_barrier_close(barrier);
}

static void test_b3_abort_breaks_it(void **state)
{
	struct weir_barrier *barrier;
	pid_t children[3];

	barrier = barrier_for(PARTIES);
	start_waiters(children, 3, barrier);
	must_be(weir_barrier_abort(barrier), 0);
	must_be(weir_barrier_abort(barrier), 0);
	join_all(children, 3);
	is_broken_until_reset(barrier);
	must_be(weir_barrier_abort(barrier), 0);
	is_broken_until_reset(barrier);
	weir_barrier_close(barrier);
}

static void pause_for_ever(void *argument)
{
	for (;;)
		pause();
}

static void test_b3_a_party_that_dies_breaks_it(void **state)
{
	struct weir_barrier *barrier;
	pid_t children[2], dies;

	/* While it waits, */
	barrier = barrier_for(PARTIES);
	start_waiters(children, 2, barrier);
	dies = child_start(expect_broken, barrier);
	until_so_many_wait(barrier, 3);
	child_kill(dies);
	join_all(children, 2);
	is_broken_until_reset(barrier);
	/* and before it comes. */
	dies = child_start(pause_for_ever, NULL);
	start_waiters(children, 2, barrier);
	child_kill(dies);
	join_all(children, 2);
	is_broken_until_reset(barrier);
	weir_barrier_close(barrier);
}

static void close_it(void *barrier)
{
	weir_barrier_close(barrier);
}

static void test_b3_who_closes_it_does_not(void **state)
{
	struct weir_barrier *barrier;
	pid_t child;

	barrier = barrier_for(2);
	child = child_start(wait_once, barrier);
	until_so_many_wait(barrier, 1);
	child_join(child_start(close_it, barrier));
	/* Longer than it takes to look for deaths. */
	usleep(150000);
	must(weir_barrier_wait(barrier, WEIR_NOWAIT) == 1);
	child_join(child);
	weir_barrier_close(barrier);
}

static void nothing(void *argument)
{
}

static void test_b3_who_died_before_anybody_waits_does_not(void **state)
{
	struct weir_barrier *barrier;
	pid_t child;

	barrier = barrier_for(2);
	for (int i = 0; i < 3; i++)
		child_join(child_start(nothing, NULL));
	child = child_start(wait_once, barrier);
	until_so_many_wait(barrier, 1);
	usleep(150000);
	must_be(weir_barrier_wait(barrier, WEIR_NOWAIT), 1);
	child_join(child);
	weir_barrier_close(barrier);
}

struct rounds {
	struct weir_barrier *barrier;
	int count;
};

/* It passes so often, and ends without closing it. */
static void pass_and_end(void *argument)
{
	struct rounds *rounds = argument;

	for (int i = 0; i < rounds->count; i++)
		wait_once(rounds->barrier);
}

static void pass_once_more(void *argument)
{
	struct rounds *rounds = argument;

	pass_and_end(argument);
	expect_broken(rounds->barrier);
}

/* Nobody waits when it dies: the others are about to. */
static void test_b3_a_party_that_dies_between_two_rounds_does(void **state)
{
	struct rounds rounds = { NULL, 3 };
	pid_t dies, others[2];

	rounds.barrier = barrier_for(3);
	for (int i = 0; i < 5; i++) {
		dies = child_start(pass_and_end, &rounds);
		for (int k = 0; k < 2; k++)
			others[k] = child_start(pass_once_more, &rounds);
		child_join(dies);
		join_all(others, 2);
		is_broken_until_reset(rounds.barrier);
	}
	/* Those who never knew the dead may come in his place. */
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 2; k++)
			others[k] = child_start(pass_and_end, &rounds);
		dies = child_start(pass_and_end, &rounds);
		child_join(dies);
		join_all(others, 2);
	}
	weir_barrier_close(rounds.barrier);
}

static void test_b3_in_a_region_only_who_has_it_open_matters(void **state)
{
	struct weir_barrier_options options = { .segment.mode = 0 };
	struct weir_barrier *barrier, *again;
	struct weir_region *region;
	pid_t dies, waits;

	must_be(weir_region_create(&region, NULL, 1 << 16, NULL), 0);
	options.segment.region = region;
	dies = child_start(pause_for_ever, NULL);
	must_be(weir_barrier_create(&barrier, "b", 2, &options), 0);
	must_be(weir_barrier_open_in(&again, region, "b"), 0);
	waits = child_start(wait_once, again);
	until_so_many_wait(barrier, 1);
	child_kill(dies);
	usleep(150000);
	weir_barrier_close(again);
	must_be(weir_barrier_wait(barrier, WEIR_NOWAIT), 1);
	child_join(waits);
	start_waiters(&waits, 1, barrier);
	/* One that forked has it open. */
	child_kill(child_start(pause_for_ever, NULL));
	child_join(waits);
	must_be(weir_barrier_broken(barrier), 1);
	weir_barrier_close(barrier);
	weir_region_close(region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_b3_a_wait_that_times_out_breaks_it),
		sentence(test_b3_abort_breaks_it),
		sentence(test_b3_a_party_that_dies_breaks_it),
		sentence(test_b3_who_closes_it_does_not),
		sentence(test_b3_who_died_before_anybody_waits_does_not),
		sentence(test_b3_a_party_that_dies_between_two_rounds_does),
		sentence(test_b3_in_a_region_only_who_has_it_open_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
