/* SPDX-License-Identifier: MIT */
/* Queues under random schedules. */
#include "queue_schedule.h"
#include "seeded.h"

static const char *run(uint64_t seed)
{
	struct choices choices;

	choices_of_seed(&choices, seed);
	return queue_schedule_run(&choices);
}

static void test_seeded_schedules(void **state)
{
	static const struct seeded seeded = { 1000000, 20000, run,
		                              "replay_schedule queue" };

	seeded_run(&seeded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_seeded_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
