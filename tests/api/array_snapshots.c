/* SPDX-License-Identifier: MIT */
/* A3: snapshots are of one moment, whoever changes the array. */
#include "values.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { LENGTH = 300 };

struct company {
	struct weir_array *array;
	int64_t lifetime;
	uint64_t seed;
};

/* All elements are the same, in each store. */
static void store_all(struct weir_array *array, long number)
{
	long all[LENGTH];

	for (int i = 0; i < LENGTH; i++)
		all[i] = number;
	must_be(weir_array_store(array, 0, LENGTH, all), 0);
}

static void store_until_death(void *argument)
{
	struct company *company = argument;

	die_after(company->lifetime);
	for (long i = 0;; i++)
		store_all(company->array, i);
}

static long snapshot_of_one(struct weir_array *array)
{
	long all[LENGTH];

	must_be(weir_array_snapshot(array, 0, LENGTH, all), 0);
	for (int i = 1; i < LENGTH; i++)
		must_be(all[i], all[0]);
	return all[0];
}

static void test_a3_stores_of_ranges_are_in_it_or_not(void **state)
{
	struct company company = { array_of('l', LENGTH), WEIR_SECONDS(50), 0 };
	int64_t end = now() + WEIR_MS(500);
	pid_t writers[3];

	for (int i = 0; i < 3; i++)
		writers[i] = child_start(store_until_death, &company);
	while (now() < end)
		snapshot_of_one(company.array);
	for (int i = 0; i < 3; i++)
		child_kill(writers[i]);
	weir_array_close(company.array);
}

static void test_a_killed_writer_leaves_all_or_nothing(void **state)
{
	struct company company = { array_of('l', LENGTH), 0, 0 };
	uint64_t random = 5;

	for (int i = 0; i < 200; i++) {
		company.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_US(200));
		child_wait(child_start(store_until_death, &company));
		snapshot_of_one(company.array);
		/* Nor does it keep the next one from storing. */
		store_all(company.array, -i);
		must_be(snapshot_of_one(company.array), -i);
		must_be(weir_array_load_l(company.array, LENGTH - 1), -i);
	}
	weir_array_close(company.array);
}

static void test_a_stopped_writer_keeps_no_snapshot_waiting(void **state)
{
	struct company company = { array_of('l', LENGTH), WEIR_SECONDS(50), 0 };
	uint64_t random = 9;

	for (int i = 0; i < 50; i++) {
		pid_t writer = child_start(store_until_death, &company);

		usleep(1000 + random_next(&random) % 1000);
		kill(writer, SIGSTOP);
		until_stopped(writer);
		snapshot_of_one(company.array);
		must_be(snapshot_of_one(company.array),
		        snapshot_of_one(company.array));
		weir_array_store_l(company.array, 0,
		                   weir_array_load_l(company.array, 0));
		child_kill(writer);
		snapshot_of_one(company.array);
	}
	weir_array_close(company.array);
}

/* Each element but the first is raised only after the one before it. */
static void raise_in_turn(void *argument)
{
	struct company *company = argument;

	die_after(company->lifetime);
	for (;;) {
		for (size_t i = 0; i < LENGTH; i++)
			weir_array_fetch_add_l(company->array, i, 1);
	}
}

static void check_stairs(const long all[LENGTH], long writers)
{
	for (int i = 1; i < LENGTH; i++)
		must(all[i] <= all[i - 1]);
	must(all[0] - all[LENGTH - 1] <= writers);
}

static void test_a3_changes_of_elements_are_of_one_moment(void **state)
{
	struct company company = { array_of('l', LENGTH), WEIR_SECONDS(50), 0 };

	for (int writers = 1; writers <= 3; writers++) {
		int64_t end = now() + WEIR_MS(300);
		pid_t children[3];
		long all[LENGTH] = { 0 };

		must_be(weir_array_store(company.array, 0, LENGTH, all), 0);
		for (int i = 0; i < writers; i++)
			children[i] = child_start(raise_in_turn, &company);
		while (now() < end) {
			must_be(weir_array_snapshot(company.array, 0, LENGTH,
			                            all),
			        0);
			check_stairs(all, writers);
		}
		must(all[0] > 0);
		for (int i = 0; i < writers; i++)
			child_kill(children[i]);
	}
	weir_array_close(company.array);
}

/* (0,0) (1,0) (1,1) (0,1): each comes again and again. */
static void turn_round(void *argument)
{
	struct company *company = argument;

	die_after(company->lifetime);
	for (long i = 0;; i++) {
		weir_array_store_i(company->array, 0, (int)(i / 2 * 2));
		weir_array_store_i(company->array, 500, (int)(i / 2 * 2));
	}
}

static void test_a3_what_comes_back_is_no_deception(void **state)
{
	struct company company = { array_of('i', 501), WEIR_SECONDS(50), 0 };
	int64_t end = now() + WEIR_MS(300);
	pid_t writer = child_start(turn_round, &company);
	int all[501];

	while (now() < end) {
		must_be(weir_array_snapshot(company.array, 0, 501, all), 0);
		must(all[0] == all[500] || all[0] == all[500] + 2);
	}
	child_kill(writer);
	weir_array_close(company.array);
}

static void snapshot_until_death(void *argument)
{
	struct company *company = argument;

	die_after(company->lifetime);
	for (;;) {
		long all[LENGTH];

		must_be(weir_array_snapshot(company->array, 0, LENGTH, all), 0);
	}
}

static void test_a_dead_reader_holds_nobody_up(void **state)
{
	struct company company = { array_of('l', LENGTH), 0, 0 };
	uint64_t random = 11;
	int64_t begun;

	for (int i = 0; i < 100; i++) {
		company.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_US(300));
		child_wait(child_start(snapshot_until_death, &company));
		weir_array_store_l(company.array, 0, i);
		must_be(weir_array_load_l(company.array, 0), i);
	}
	begun = now();
	for (int i = 0; i < 100000; i++)
		weir_array_fetch_add_l(company.array, 1, 1);
	must(now() - begun < WEIR_SECONDS(1));
	weir_array_close(company.array);
}

static void test_many_snapshots_at_a_time(void **state)
{
	struct company company = { array_of('l', LENGTH), WEIR_SECONDS(50), 0 };
	pid_t readers[3], writer;
	long all[LENGTH] = { 0 };
	int64_t end;

	for (int i = 0; i < 3; i++)
		readers[i] = child_start(snapshot_until_death, &company);
	writer = child_start(raise_in_turn, &company);
	end = now() + WEIR_MS(300);
	while (now() < end) {
		must_be(weir_array_snapshot(company.array, 0, LENGTH, all), 0);
		check_stairs(all, 1);
	}
	must(all[0] > 0);
	child_kill(writer);
	for (int i = 0; i < 3; i++)
		child_kill(readers[i]);
	weir_array_close(company.array);
}

struct wide {
	uint64_t words[9];
};

static void store_wide_until_death(void *argument)
{
	struct company *company = argument;

	die_after(company->lifetime);
	for (uint64_t i = 0;; i++) {
		struct wide wide[4];

		for (int at = 0; at < 36; at++)
			wide[at / 9].words[at % 9] = i;
		must_be(weir_array_store(company->array, i % 5, 4, wide), 0);
	}
}

static void test_elements_that_are_structs_are_whole(void **state)
{
	struct weir_array_options options = { .record_size =
		                                      sizeof(struct wide) };
	struct company company = { array_with(WEIR_RECORD, 8, &options),
		                   WEIR_SECONDS(50), 0 };
	int64_t end = now() + WEIR_MS(300);
	pid_t writers[2];
	struct wide all[8];

	for (int i = 0; i < 2; i++)
		writers[i] = child_start(store_wide_until_death, &company);
	while (now() < end) {
		must_be(weir_array_load(company.array, 0, 8, all), 0);
		for (int at = 0; at < 72; at++)
			must_be(all[at / 9].words[at % 9],
			        all[at / 9].words[0]);
	}
	for (int i = 0; i < 2; i++)
		child_kill(writers[i]);
	weir_array_close(company.array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a3_stores_of_ranges_are_in_it_or_not),
		sentence(test_a_killed_writer_leaves_all_or_nothing),
		sentence(test_a_stopped_writer_keeps_no_snapshot_waiting),
		sentence(test_a3_changes_of_elements_are_of_one_moment),
		sentence(test_a3_what_comes_back_is_no_deception),
		sentence(test_a_dead_reader_holds_nobody_up),
		sentence(test_many_snapshots_at_a_time),
		sentence(test_elements_that_are_structs_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
