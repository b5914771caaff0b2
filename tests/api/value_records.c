/* SPDX-License-Identifier: MIT */
/* Records: never torn, whoever dies in the middle. */
#include "names.h"
#include "values.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <weir/region.h>

enum { LARGEST = 20000 };

static const size_t sizes[] = { 1,  3,   7,    8,    9,    12,   15,
	                        16, 100, 4095, 4096, 4097, 20000 };

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static void test_v7_a_record_of_any_size_is_a_value(void **state)
{
	unsigned char now[LARGEST + 1], next[LARGEST];

	for (int i = 0; i < SIZES; i++) {
		struct weir_value *value;
		size_t size = sizes[i];

		pattern_fill(next, size, 1);
		value = record_of(size, next);
		must_be(weir_value_typecode(value), WEIR_RECORD);
		must_be(weir_value_size(value), size);
		for (uint64_t seed = 1; seed < 50; seed++) {
			now[size] = 0xee;
			must_be(weir_value_load(value, now), 0);
			must(pattern_holds(now, size, seed));
			must_be(now[size], 0xee);
			must(pattern_holds(weir_value_data(value), size, seed));
			must_be((uintptr_t)weir_value_data(value) % 8, 0);
			pattern_fill(next, size, seed + 1);
			must_be(weir_value_store(value, next), 0);
		}
		weir_value_close(value);
	}
}

static void test_a_new_record_is_zero(void **state)
{
	unsigned char now[LARGEST];

	for (int i = 0; i < SIZES; i++) {
		struct weir_value *value = record_of(sizes[i], NULL);

		memset(now, 0xff, sizeof(now));
		must_be(weir_value_load(value, now), 0);
		for (size_t at = 0; at < sizes[i]; at++)
			must_be(now[at], 0);
		weir_value_close(value);
	}
}

struct company {
	struct weir_value *value;
	size_t size;
	uint64_t seed;
	int64_t lifetime;
};

/* The first bytes say which record it is. */
static void fill(unsigned char *record, size_t size, uint64_t seed)
{
	pattern_fill(record, size, seed);
	memcpy(record, &seed, sizeof(seed));
}

static bool is_whole(unsigned char *record, size_t size)
{
	unsigned char expected[LARGEST];
	uint64_t seed;

	memcpy(&seed, record, sizeof(seed));
	fill(expected, size, seed);
	return memcmp(record, expected, size) == 0;
}

static void store_until_death(void *argument)
{
	struct company *company = argument;
	unsigned char record[LARGEST];

	die_after(company->lifetime);
	for (uint64_t i = 0;; i++) {
		fill(record, company->size, company->seed * 1000000 + i);
		must_be(weir_value_store(company->value, record), 0);
	}
}

static void load_for_a_while(void *argument)
{
	struct company *company = argument;
	unsigned char record[LARGEST];
	int64_t end = now() + WEIR_MS(400);

	while (now() < end) {
		must_be(weir_value_load(company->value, record), 0);
		must(is_whole(record, company->size));
	}
}

static struct company company_of(size_t size)
{
	unsigned char first[LARGEST];
	struct company company = { .size = size, .lifetime = WEIR_SECONDS(50) };

	fill(first, size, 0);
	company.value = record_of(size, first);
	return company;
}

static void test_v7_readers_see_whole_records_of_four_writers(void **state)
{
	const size_t some[] = { 16, 200, 5000 };

	for (int s = 0; s < 3; s++) {
		struct company company = company_of(some[s]);
		pid_t writers[4];

		for (int i = 0; i < 4; i++) {
			company.seed++;
			writers[i] = child_start(store_until_death, &company);
		}
		load_for_a_while(&company);
		for (int i = 0; i < 4; i++)
			child_kill(writers[i]);
		weir_value_close(company.value);
	}
}

static void test_v7_no_killed_writer_tears_or_stops_anything(void **state)
{
	struct company company = company_of(3000);
	pid_t reader = child_start(load_for_a_while, &company);
	unsigned char record[LARGEST];
	uint64_t random = 7;

	for (int i = 0; i < 200; i++) {
		company.seed++;
		company.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_US(300));
		child_wait(child_start(store_until_death, &company));
		must_be(weir_value_load(company.value, record), 0);
		must(is_whole(record, company.size));
		/* So many were held by the dead, if nobody found out. */
		fill(record, company.size, 5);
		must_be(weir_value_store(company.value, record), 0);
	}
	child_join(reader);
	weir_value_close(company.value);
}

/* Stopped at random moments, most of them in the middle of a store. */
static void test_a_stopped_writer_stops_nobody(void **state)
{
	struct company company = company_of(4000);
	unsigned char record[LARGEST];
	uint64_t random = 3;

	for (int round = 0; round < 20; round++) {
		pid_t writers[3];

		for (int i = 0; i < 3; i++) {
			company.seed++;
			writers[i] = child_start(store_until_death, &company);
		}
		usleep(2000 + random_next(&random) % 2000);
		for (int i = 0; i < 3; i++) {
			kill(writers[i], SIGSTOP);
			until_stopped(writers[i]);
		}
		for (uint64_t i = 0; i < 100; i++) {
			fill(record, company.size, i);
			must_be(weir_value_store(company.value, record), 0);
			must_be(weir_value_load(company.value, record), 0);
			must(is_whole(record, company.size));
		}
		for (int i = 0; i < 3; i++)
			child_kill(writers[i]);
	}
	weir_value_close(company.value);
}

struct point {
	double x, y, z;
};

static void move(void *argument)
{
	struct weir_value *value = argument;

	for (int i = 0; i < 3000; i++) {
		struct point point;

		must(weir_value_lock(value, WEIR_FOREVER) >= 0);
		must_be(weir_value_load(value, &point), 0);
		point.x += 1;
		point.y += 2;
		point.z += 3;
		must_be(weir_value_store(value, &point), 0);
		must_be(weir_value_unlock(value), 0);
	}
}

static void test_a_record_is_changed_under_its_lock(void **state)
{
	struct weir_value *value = record_of(sizeof(struct point), NULL);
	struct point point = { 0 };
	pid_t movers[3];

	for (int i = 0; i < 3; i++)
		movers[i] = child_start(move, value);
	while (point.x < 9000) {
		must_be(weir_value_load(value, &point), 0);
		must(point.y == 2 * point.x && point.z == 3 * point.x);
	}
	for (int i = 0; i < 3; i++)
		child_join(movers[i]);
	weir_value_close(value);
}

static void test_a_record_wakes_who_waits(void **state)
{
	unsigned char first[300] = { 0 }, second[300] = { [299] = 1 };
	struct weir_value *value = record_of(300, first);

	must_be(weir_value_wait(value, first, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_value_wait(value, first, WEIR_MS(5)), -ETIMEDOUT);
	must_be(weir_value_wait(value, second, WEIR_FOREVER), 0);
	must_be(weir_value_store(value, second), 0);
	must_be(weir_value_wait(value, first, WEIR_FOREVER), 0);
	must_be(weir_value_wait(value, second, WEIR_NOWAIT), -EAGAIN);
	weir_value_close(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_v7_a_record_of_any_size_is_a_value),
		sentence(test_a_new_record_is_zero),
		sentence(test_v7_readers_see_whole_records_of_four_writers),
		sentence(test_v7_no_killed_writer_tears_or_stops_anything),
		sentence(test_a_stopped_writer_stops_nobody),
		sentence(test_a_record_is_changed_under_its_lock),
		sentence(test_a_record_wakes_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
