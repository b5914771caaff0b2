/* SPDX-License-Identifier: MIT */
/* Many names in a region, given and taken away through two handles of it. */
#include "case.h"
#include "child.h"
#include "must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <weir/lock.h>
#include <weir/region.h>

enum { NAMES = 500, ACTS = 20000, MANY = 3000 };

static int create(struct weir_lock **lock, struct weir_region *region,
                  unsigned number)
{
	struct weir_lock_options options = { .segment.region = region };
	char name[32];

	snprintf(name, sizeof(name), "lock-%u", number);
	return weir_lock_create(lock, name, &options);
}

static int open_it(struct weir_lock **lock, struct weir_region *region,
                   unsigned number)
{
	char name[32];

	snprintf(name, sizeof(name), "lock-%u", number);
	return weir_lock_open_in(lock, region, name);
}

static int remove_it(struct weir_region *region, unsigned number)
{
	char name[32];

	snprintf(name, sizeof(name), "lock-%u", number);
	return weir_region_remove(region, name);
}

/* Does one of three things with a name; `there`: whether it is one. */
static void act(struct weir_region *region, unsigned number, int what,
                bool *there)
{
	struct weir_lock *lock = NULL;

	if (what == 0) {
		must_be(create(&lock, region, number), *there ? -EEXIST : 0);
		*there = true;
	} else if (what == 1) {
		must_be(remove_it(region, number), *there ? 0 : -ENOENT);
		*there = false;
	} else {
		must_be(open_it(&lock, region, number), *there ? 0 : -ENOENT);
	}
	weir_lock_close(lock);
}

static void test_every_handle_knows_what_the_other_one_named(void **state)
{
	struct weir_region *regions[2];
	bool there[NAMES] = { false };
	unsigned seed = 1, side = 0;

	must_be(weir_region_create(&regions[0], NULL, 1 << 20, NULL), 0);
	must_be(weir_region_open_fd(&regions[1], weir_region_fd(regions[0])),
	        0);
	for (int i = 0; i < ACTS; i++) {
		unsigned number = (unsigned)rand_r(&seed) % NAMES;

		if (rand_r(&seed) % 20 == 0)
			side = !side;
		act(regions[side], number, rand_r(&seed) % 3, &there[number]);
	}
	for (unsigned number = 0; number < NAMES; number++) {
		act(regions[0], number, 2, &there[number]);
		act(regions[1], number, 2, &there[number]);
	}
	weir_region_close(regions[1]);
	weir_region_close(regions[0]);
}

static void name_more(void *argument)
{
	struct weir_region *region = argument;
	struct weir_lock *lock;

	for (unsigned i = MANY; i < 2 * MANY; i++) {
		must_be(create(&lock, region, i), 0);
		weir_lock_close(lock);
		must_be(open_it(&lock, region, i - MANY), 0);
		weir_lock_close(lock);
	}
	must_be(remove_it(region, 0), 0);
}

static void test_a_child_and_its_parent_know_the_same_names(void **state)
{
	struct weir_region *region;
	struct weir_lock *lock;

	must_be(weir_region_create(&region, NULL, 1 << 20, NULL), 0);
	for (unsigned i = 0; i < MANY; i++) {
		must_be(create(&lock, region, i), 0);
		weir_lock_close(lock);
	}
	child_join(child_start(name_more, region));
	must_be(open_it(&lock, region, 0), -ENOENT);
	for (unsigned i = 1; i < 2 * MANY; i++) {
		must_be(open_it(&lock, region, i), 0);
		weir_lock_close(lock);
		must_be(create(&lock, region, i), -EEXIST);
	}
	weir_region_close(region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_every_handle_knows_what_the_other_one_named),
		sentence(test_a_child_and_its_parent_know_the_same_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
