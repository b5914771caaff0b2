/* SPDX-License-Identifier: MIT */
/* Where schedules come from: a seed, bytes, or a list of events. */
#ifndef FUZZ_SCHEDULES_H
#define FUZZ_SCHEDULES_H

#include "sim/sim.h"

struct random_schedule {
	struct sim_schedule schedule;
	uint64_t state;
	uint32_t left; /* events */
};

void random_schedule(struct random_schedule *random, uint64_t seed);

/* The next number of a sequence; never 0 for a state that is not. */
uint64_t random_number(uint64_t *state);

/* Three bytes an event; when they are used up, nothing happens any more. */
struct byte_schedule {
	struct sim_schedule schedule;
	const uint8_t *bytes;
	size_t left;
};

void byte_schedule(struct byte_schedule *own, const uint8_t *bytes,
                   size_t count);

/* Events at points that are counted from the beginning, in order. */
enum { LISTED_MOST = 4 };

struct listed_schedule {
	struct sim_schedule schedule;
	struct sim_event events[LISTED_MOST];
	int count;
	int at;
	uint32_t passed;
};

void listed_schedule(struct listed_schedule *listed);

#endif
