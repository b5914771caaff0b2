/* SPDX-License-Identifier: MIT */
/*
 * How long who waits for the only permit may have to: how many acquisitions of
 * others pass between the beginning of one's wait and its success.  Most of them
 * pass before he has the turn (sync/turn.h), and after that it is for the
 * scheduler to say when he runs; so it is counted and printed, and all that must
 * hold is that each one gets it again and again.  If each keeps it for a while,
 * and asks for it again at once, a wake comes too late every time but for turns.
 */
#include "case.h"
#include "child.h"

#include <stdatomic.h>
#include <weir/semaphore.h>

enum { WORKERS = 4 };

struct tally {
	unsigned long long waits; /* in which others passed */
	unsigned long long most;  /* of them, in one */
	int64_t longest;
};

struct course {
	struct weir_semaphore *semaphore;
	int number;   /* of the worker to be started */
	int turns;    /* that each is to have at least */
	int64_t hold; /* how long it has the permit */
	struct board {
		atomic_ullong turns; /* of all together */
		atomic_int done;     /* who had as many as they are to */
		struct tally tally[WORKERS];
	} * board;
};

static void tally_add(struct tally *tally, unsigned long long passed,
                      int64_t waited)
{
	tally->waits += passed > 0;
	if (passed > tally->most)
		tally->most = passed;
	if (waited > tally->longest)
		tally->longest = waited;
}

static void hold(int64_t nanoseconds)
{
	int64_t end = now() + nanoseconds;

	while (nanoseconds > 0 && now() < end)
		;
}

/* All go on until the last one has had its turns. */
static void take_turns(void *argument)
{
	struct course *course = argument;
	struct board *board = course->board;
	struct tally *tally = &board->tally[course->number];
	int turns = 0;

	while (atomic_load(&board->done) < WORKERS) {
		unsigned long long before = atomic_load(&board->turns);
		unsigned long long passed;
		int64_t began = now();

		must_be(weir_semaphore_acquire(course->semaphore, WEIR_FOREVER),
		        0);
		passed = atomic_fetch_add(&board->turns, 1) - before;
		hold(course->hold);
		must_be(weir_semaphore_release(course->semaphore, 1), 0);
		tally_add(tally, passed, now() - began - course->hold);
		if (++turns == course->turns)
			atomic_fetch_add(&board->done, 1);
	}
}

static void print(struct board *board)
{
	struct tally all = { .waits = 0 };

	for (int i = 0; i < WORKERS; i++) {
		const struct tally *tally = &board->tally[i];

		all.waits += tally->waits;
		if (tally->most > all.most)
			all.most = tally->most;
		if (tally->longest > all.longest)
			all.longest = tally->longest;
	}
	print_message("%llu turns; in %llu waits others passed, at most %llu; "
	              "the longest took %lld us\n",
	              (unsigned long long)atomic_load(&board->turns), all.waits,
	              all.most, (long long)all.longest / 1000);
}

static void run(const struct weir_semaphore_options *options, int turns,
                int64_t hold)
{
	struct course course = { .turns = turns,
		                 .hold = hold,
		                 .board = shared_new(sizeof(struct board)) };
	pid_t workers[WORKERS];

	must_be(weir_semaphore_create(&course.semaphore, NULL, 1, options), 0);
	for (course.number = 0; course.number < WORKERS; course.number++)
		workers[course.number] = child_start(take_turns, &course);
	for (int i = 0; i < WORKERS; i++)
		child_join(workers[i]);
	print(course.board);
	must_be(weir_semaphore_value(course.semaphore), 1);
	weir_semaphore_close(course.semaphore);
	shared_free(course.board, sizeof(*course.board));
}

static void test_each_gets_a_plain_permit_again_and_again(void **state)
{
	run(NULL, 3000, 0);
	run(NULL, 200, WEIR_US(100));
}

static void test_each_gets_an_owned_permit_again_and_again(void **state)
{
	struct weir_semaphore_options options = { .owned = true };

	run(&options, 3000, 0);
	run(&options, 200, WEIR_US(100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_each_gets_a_plain_permit_again_and_again),
		sentence(test_each_gets_an_owned_permit_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
