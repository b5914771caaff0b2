/* SPDX-License-Identifier: MIT */
/* The table of the lock bytes that a process holds. */
#include "members/holds.h"

#include "case.h"
#include "must.h"

#include <stdlib.h>

enum { MANY = 10000, SIDE = 1 << 20 };

static int64_t byte_of(int i)
{
	/* Neighbours, on three sides, the last ones far away. */
	return ((int64_t)(i % 3) << 32) + i / 3 + (i < MANY / 2 ? 0 : SIDE);
}

static int visits;

static int count(int stop_at, int64_t byte)
{
	return ++visits == stop_at ? -1 : 0;
}

static void test_ten_thousand_are_found_and_walked(void **state)
{
	struct hold *own = calloc(MANY, sizeof(*own));
	struct holds holds = { 0 };

	must(own);
	for (int i = 0; i < MANY; i++) {
		must(!holds_have(&holds, byte_of(i)));
		holds_add(&holds, &own[i], byte_of(i));
		must(holds_have(&holds, byte_of(i / 2)));
	}
	visits = 0;
	must_be(holds_walk(&holds, count, 0), 0);
	must_be(visits, MANY);
	visits = 0;
	must_be(holds_walk(&holds, count, 7), -1);
	must_be(visits, 7);
	for (int i = 0; i < MANY; i++) {
		must(holds_have(&holds, byte_of(i)));
		holds_remove(&holds, &own[i]);
		must(!holds_have(&holds, byte_of(i)));
	}
	visits = 0;
	must_be(holds_walk(&holds, count, 0), 0);
	must_be(visits, 0);
	holds_end(&holds);
	free(own);
}

static void test_a_byte_is_held_until_its_last_hold_ends(void **state)
{
	struct holds holds = { 0 };
	struct hold own[40];

	for (int i = 0; i < 40; i++)
		holds_add(&holds, &own[i], 5);
	for (int i = 0; i < 40; i++) {
		must(holds_have(&holds, 5));
		holds_remove(&holds, &own[i * 7 % 40]);
	}
	must(!holds_have(&holds, 5));
	holds_end(&holds);
}

/* So that a fork locks them as one range. */
static int64_t last;
static int breaks;

static int in_a_row(int subject, int64_t byte)
{
	breaks += byte != last + 1;
	last = byte;
	return 0;
}

static void test_neighbours_are_walked_in_a_row(void **state)
{
	struct hold *own = calloc(MANY, sizeof(*own));
	struct holds holds = { 0 };

	must(own);
	for (int i = 0; i < MANY; i++)
		holds_add(&holds, &own[i], INT64_C(1) << 60 | i * 7919 % MANY);
	last = breaks = 0;
	must_be(holds_walk(&holds, in_a_row, 0), 0);
	must_be(breaks, 1);
	holds_end(&holds);
	free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_ten_thousand_are_found_and_walked),
		sentence(test_a_byte_is_held_until_its_last_hold_ends),
		sentence(test_neighbours_are_walked_in_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
