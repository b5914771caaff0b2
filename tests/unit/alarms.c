/* SPDX-License-Identifier: MIT */
/* The two words that tell who changes elements of snapshots, from inside. */
#include "value/alarm.h"

#include "value/array.h"
#include "values.h"

static struct array_layout *inside(struct weir_array *array)
{
	return array->ranges.shared;
}

static uint64_t changes(struct weir_array *array)
{
	return load64_acquire(&inside(array)->changes);
}

static void test_changes_are_counted_during_a_snapshot_only(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	int three[3] = { 1, 2, 3 };
	uint32_t epoch;

	weir_array_store_i(array, 1, 1);
	must_be(changes(array), 0);
	for (uint64_t i = 1; i <= 5; i++) {
		must_be(alarm_begin(cells, &epoch), 0);
		must(alarm_stands(cells, epoch));
		switch (i) {
		case 1:
			weir_array_store_i(array, 1, 2);
			break;
		case 2:
			weir_array_fetch_add_i(array, 9, 2);
			break;
		case 3:
			weir_array_exchange_i(array, 9, 2);
			break;
		case 4:
			must_be(weir_array_store(array, 3, 1, three), 0);
			break;
		default:
			weir_array_notify(array);
		}
		must_be(changes(array), i);
		alarm_end(cells, epoch);
		weir_array_store_i(array, 1, 1);
		/* A range has a number of its own. */
		must_be(weir_array_store(array, 3, 3, three), 0);
		must_be(changes(array), i);
	}
	weir_array_close(array);
}

static void test_who_holds_still_takes_a_dead_ones_count_back(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	uint32_t dead, living;
	int64_t begun = now();

	must_be(alarm_begin(cells, &dead), 0);
	must_be(alarm_begin(cells, &living), 0);
	must_be(dead, living);
	weir_array_store_i(array, 0, 1);
	must(now() - begun >= WEIR_US(100));
	must(!alarm_stands(cells, living));
	must_be(load32_relaxed(&cells->alert) & ALERT_COUNT, 0);
	/* It takes nobody else's count away. */
	must_be(alarm_begin(cells, &dead), 0);
	alarm_end(cells, living);
	must(alarm_stands(cells, dead));
	must_be(load32_relaxed(&cells->alert) & ALERT_COUNT, ALERT_ONE);
	alarm_end(cells, dead);
	weir_array_close(array);
}

static void test_an_epoch_ends_with_its_last_snapshot(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	uint32_t first, second, third;

	must_be(alarm_begin(cells, &first), 0);
	must_be(alarm_begin(cells, &second), 0);
	alarm_end(cells, first);
	must(alarm_stands(cells, second));
	alarm_end(cells, second);
	must(!alarm_stands(cells, second));
	must_be(alarm_begin(cells, &third), 0);
	must(third != second);
	alarm_end(cells, third);
	alarm_end(cells, third);
	must_be(load32_relaxed(&cells->alert) & ALERT_COUNT, 0);
	weir_array_close(array);
}

static void test_too_many_snapshots_are_refused(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	uint32_t epoch;
	int all[10];

	for (int i = 0; i < ALERT_COUNT / ALERT_ONE; i++)
		must_be(alarm_begin(cells, &epoch), 0);
	must_be(alarm_begin(cells, &epoch), -EAGAIN);
	must_be(weir_array_snapshot(array, 0, 10, all), -EAGAIN);
	alarm_end(cells, epoch);
	must_be(weir_array_snapshot(array, 0, 10, all), 0);
	weir_array_close(array);
}

/* Every change tells of itself, and every wait looks again by itself. */
static void test_a_process_that_no_fence_reaches_is_told_of(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	int all[10];

	alarm_unfenced(cells);
	must(weir_cells_alarmed(weir_array_cells(array)));
	must_be(weir_array_snapshot(array, 0, 10, all), 0);
	must(weir_cells_alarmed(weir_array_cells(array)));
	must_be(changes(array), 0);
	weir_array_close(array);
}

static bool stands(struct weir_array *array)
{
	return load32_relaxed(&inside(array)->cells.alert) & ALERT_STANDING;
}

static void test_an_alarm_stands_for_so_many_changes(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	uint32_t first, second;
	int all[10];

	must_be(alarm_begin(cells, &first), 0);
	must(!stands(array));
	alarm_stand(cells, first);
	alarm_end(cells, first);
	must(stands(array));
	must(!alarm_stands(cells, first));
	/* Who comes too late does not make it stand. */
	must_be(alarm_begin(cells, &second), 1);
	alarm_end(cells, second);
	for (int i = 0; i < ALARM_STANDS_FOR && stands(array); i++)
		weir_array_store_i(array, 1, i);
	must(!stands(array));
	alarm_stand(cells, second);
	must(!stands(array));
	must_be(alarm_begin(cells, &first), 0);
	alarm_end(cells, first);
	/* A snapshot leaves one. */
	must_be(weir_array_snapshot(array, 0, 10, all), 0);
	must(stands(array));
	must_be(load32_relaxed(&cells->alert) & ALERT_COUNT, 0);
	weir_array_close(array);
}

static void test_who_stores_a_range_holds_still_too(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	int three[3] = { 1, 2, 3 };
	int64_t begun = now();
	uint32_t dead;

	must_be(alarm_begin(cells, &dead), 0);
	must_be(weir_array_store(array, 3, 3, three), 0);
	must(now() - begun >= WEIR_US(100));
	must(!alarm_stands(cells, dead));
	must_be(changes(array), 0);
	weir_array_close(array);
}

static void test_no_alarm_that_counts_is_ended_by_a_change(void **state)
{
	struct weir_array *array = array_of('i', 10);
	struct cells_layout *cells = &inside(array)->cells;
	uint32_t epoch;

	must_be(alarm_begin(cells, &epoch), 0);
	alarm_stand(cells, epoch);
	alarm_end(cells, epoch);
	/* The next change has a number that ends it. */
	add64(&inside(array)->changes,
	      ALARM_STANDS_FOR - changes(array) % ALARM_STANDS_FOR);
	must_be(alarm_begin(cells, &epoch), 1);
	weir_array_store_i(array, 1, 1);
	must(stands(array));
	weir_array_close(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_changes_are_counted_during_a_snapshot_only),
		sentence(test_who_holds_still_takes_a_dead_ones_count_back),
		sentence(test_an_epoch_ends_with_its_last_snapshot),
		sentence(test_an_alarm_stands_for_so_many_changes),
		sentence(test_who_stores_a_range_holds_still_too),
		sentence(test_no_alarm_that_counts_is_ended_by_a_change),
		sentence(test_too_many_snapshots_are_refused),
		sentence(test_a_process_that_no_fence_reaches_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
