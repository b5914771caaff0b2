/* SPDX-License-Identifier: MIT */
/* Regions under random schedules.  WEIR_SCHEDULES: how many. */
#include "case.h"
#include "region_schedule.h"
#include "schedules.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCHEDULES = 300000, SCHEDULES_SANITIZED = 10000 };

static uint64_t how_many(void)
{
	const char *text = getenv("WEIR_SCHEDULES");

	if (text)
		return strtoull(text, NULL, 10);
	return SANITIZED ? SCHEDULES_SANITIZED : SCHEDULES;
}

static void test_seeded_schedules(void **state)
{
	uint64_t count = how_many(), points = 0;
	struct random_schedule random;

	for (uint64_t seed = 1; seed <= count; seed++) {
		const char *wrong;

		random_schedule(&random, seed);
		wrong = region_schedule_run(random_number(&random.state) >> 10,
		                            &random.schedule);
		points += sim_points();
		if (wrong) {
			print_error("seed %llu: %s\nreplay_schedule region %llu"
			            "\n",
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
