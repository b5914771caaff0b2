/* SPDX-License-Identifier: MIT */
/* Regions under random schedules. */
#include "region_schedule.h"
#include "schedules.h"
#include "seeded.h"

static const char *run(uint64_t seed)
{
	struct random_schedule random;

	random_schedule(&random, seed);
	return region_schedule_run(random_number(&random.state) >> 10,
	                           &random.schedule);
}

static void test_seeded_schedules(void **state)
{
	static const struct seeded seeded = { 300000, 10000, run,
		                              "replay_schedule region" };

	seeded_run(&seeded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_seeded_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
