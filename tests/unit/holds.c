/* SPDX-License-Identifier: MIT */
/* The table of the lock bytes that a process holds. */
#include "members/holds.h"

#include "segment/layout.h"

#include "case.h"
#include "must.h"

enum { MANY = 10000, FAR = 1 << 20 };

static int64_t byte_of(int i)
{
	/* Neighbours, on three sides, the last ones far away. */
	return LOCK_ENDS + i % 3 * LOCK_SIDE + i / 3 + (i < MANY / 2 ? 0 : FAR);
}

static int visits;

static int count(int stop_at, int64_t byte)
{
	return ++visits == stop_at ? -1 : 0;
}

static void test_ten_thousand_are_found_and_walked(void **state)
{
	struct holds holds = { 0 };

	for (int i = 0; i < MANY; i++) {
		must(!holds_have(&holds, byte_of(i)));
		must_be(holds_prepare(&holds, byte_of(i)), 0);
		must(!holds_have(&holds, byte_of(i)));
		holds_add(&holds, byte_of(i));
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
		holds_remove(&holds, byte_of(i));
		must(!holds_have(&holds, byte_of(i)));
	}
	visits = 0;
	must_be(holds_walk(&holds, count, 0), 0);
	must_be(visits, 0);
	holds_end(&holds);
}

static void test_a_byte_is_held_until_its_last_hold_ends(void **state)
{
	struct holds holds = { 0 };
	int64_t byte = LOCK_ENDS + 5;

	must_be(holds_prepare(&holds, byte), 0);
	for (int i = 0; i < 40; i++)
		holds_add(&holds, byte);
	for (int i = 0; i < 40; i++) {
		must(holds_have(&holds, byte));
		holds_remove(&holds, byte);
	}
	must(!holds_have(&holds, byte));
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
	struct holds holds = { 0 };

	for (int i = 0; i < MANY; i++) {
		int64_t byte = LOCK_ENDS + i * 7919 % MANY;

		must_be(holds_prepare(&holds, byte), 0);
		holds_add(&holds, byte);
	}
	last = breaks = 0;
	must_be(holds_walk(&holds, in_a_row, 0), 0);
	must_be(breaks, 1);
	holds_end(&holds);
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
