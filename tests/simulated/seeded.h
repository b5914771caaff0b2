/* SPDX-License-Identifier: MIT */
/*
 * Many random schedules, each from its seed.  WEIR_SCHEDULES: how many;
 * WEIR_SEED: the first one.
 */
#ifndef TESTS_SIMULATED_SEEDED_H
#define TESTS_SIMULATED_SEEDED_H

#include "case.h"
#include "sim/sim.h"

#include <stdint.h>
#include <stdlib.h>

struct seeded {
	uint64_t count, count_sanitized;
	/* What was wrong, or NULL. */
	const char *(*run)(uint64_t seed);
	const char *replay; /* the program that shows a seed step by step */
};

static inline uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static inline void seeded_run(const struct seeded *seeded)
{
	uint64_t seed = number_from("WEIR_SEED", 0), points = 0;
	uint64_t count = number_from("WEIR_SCHEDULES",
	                             SANITIZED ? seeded->count_sanitized
	                                       : seeded->count);

	for (uint64_t i = 0; i < count; i++, seed++) {
		const char *wrong = seeded->run(seed);

		points += sim_points();
		if (wrong) {
			print_error("seed %llu: %s\n%s %llu\n",
			            (unsigned long long)seed, wrong,
			            seeded->replay, (unsigned long long)seed);
			must(!"as it should be");
		}
		alarm(CASE_SECONDS); /* each thousandth of it may take long */
	}
	print_message("%llu schedules, %llu points\n",
	              (unsigned long long)count, (unsigned long long)points);
}

#endif
