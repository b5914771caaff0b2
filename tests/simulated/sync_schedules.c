/* SPDX-License-Identifier: MIT */
/* What processes wait at, values and arrays under random schedules. */
#include "seeded.h"
#include "sync_schedule.h"

static const char *run(uint64_t seed)
{
	struct choices choices;

	choices_of_seed(&choices, seed);
	return sync_schedule_run(&choices);
}

static void test_seeded_schedules(void **state)
{
	static const struct seeded seeded = { 1000000, 20000, run,
		                              "replay_schedule sync" };

	seeded_run(&seeded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_seeded_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
