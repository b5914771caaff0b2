/* SPDX-License-Identifier: MIT */
/* Courses of a pipe under random schedules. */
#include "courses.h"
#include "seeded.h"

static const char *run(uint64_t seed)
{
	struct choices choices;

	choices_of_seed(&choices, seed);
	return course_run(&choices);
}

static void test_random_schedules(void **state)
{
	static const struct seeded seeded = { 1000000, 20000, run,
		                              "replay_course" };

	seeded_run(&seeded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_random_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
