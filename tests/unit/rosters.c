/* SPDX-License-Identifier: MIT */
/* What a process keeps of the names in a region. */
#include "region/roster.h"

#include "case.h"
#include "must.h"

enum { MANY = 10000 };

static uint64_t hash_of(uint32_t entry)
{
	return (entry + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool has(const struct roster *roster, uint64_t hash, uint32_t entry)
{
	uint32_t place = 0;
	int64_t found;

	do
		found = roster_next(roster, hash, &place);
	while (found >= 0 && found != entry);
	return found == entry;
}

static void test_it_has_what_was_named_since_it_was_written(void **state)
{
	struct roster roster = { 0 };
	uint64_t named = 7;

	must(!roster_due(&roster, named));
	must(roster_due(&roster, named));
	must(roster_begin(&roster, 0));
	roster.named = named;
	for (uint32_t i = 0; roster.places; i++) {
		must(roster_complete(&roster, named));
		must(!has(&roster, hash_of(i), i));
		roster_named(&roster, named, named + 1, hash_of(i), i);
		named++;
		must(i < MANY);
	}
	/* It was full, and is due at once. */
	must(!roster_complete(&roster, named));
	must(roster_due(&roster, named));
	must(roster_begin(&roster, MANY));
	for (uint32_t i = 0; i < MANY; i++)
		must(roster_add(&roster, hash_of(i), i));
	for (uint32_t i = 0; i < MANY; i++)
		must(has(&roster, hash_of(i), i));
	roster_end(&roster);
}

static void test_what_another_process_named_ends_it(void **state)
{
	struct roster roster = { 0 };

	must(roster_begin(&roster, 1));
	roster.named = roster.seen = 7;
	must(roster_complete(&roster, 7));
	must(!roster_complete(&roster, 8));
	roster_named(&roster, 8, 9, hash_of(1), 1);
	must(!roster_complete(&roster, 9));
	must(!has(&roster, hash_of(1), 1));
	roster_end(&roster);
}

static void test_equal_hashes_end_it_instead_of_taking_for_ever(void **state)
{
	struct roster roster = { 0 };
	uint32_t count = 0;

	must(roster_begin(&roster, 1 << 20));
	while (roster_add(&roster, 5, count))
		count++;
	must(count > 100 && count < MANY);
	must(!roster_complete(&roster, 0));
	roster_end(&roster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_it_has_what_was_named_since_it_was_written),
		sentence(test_what_another_process_named_ends_it),
		sentence(test_equal_hashes_end_it_instead_of_taking_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
