/* SPDX-License-Identifier: MIT */
/*
 * What processes wait at, values and arrays under random schedules.
 * WEIR_SCHEDULES: how many; WEIR_SEED: the first one.
 */
#include "case.h"
#include "sync_schedule.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCHEDULES = 1000000, SCHEDULES_SANITIZED = 20000 };

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_seeded_schedules(void **state)
{
	uint64_t seed = number_from("WEIR_SEED", 0), points = 0;
	uint64_t count = number_from(
		"WEIR_SCHEDULES", SANITIZED ? SCHEDULES_SANITIZED : SCHEDULES);

	for (uint64_t i = 0; i < count; i++, seed++) {
		struct choices choices;
		const char *wrong;

		choices_of_seed(&choices, seed);
		wrong = sync_schedule_run(&choices);
		points += sim_points();
		if (wrong) {
			print_error("seed %llu: %s\n"
			            "replay_schedule sync %llu\n",
			            (unsigned long long)seed, wrong,
			            (unsigned long long)seed);
			must(!"as it should be");
		}
		alarm(CASE_SECONDS);
	}
	print_message("%llu schedules, %llu points\n",
	              (unsigned long long)count, (unsigned long long)points);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_seeded_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
