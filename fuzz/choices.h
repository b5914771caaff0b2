/* SPDX-License-Identifier: MIT */
/*
 * Choices: a schedule whose source also says what is to be done under it.  A
 * run is a function of the seed, or of the bytes; when these are used up, the
 * rest is 0 and nothing happens any more.
 */
#ifndef FUZZ_CHOICES_H
#define FUZZ_CHOICES_H

#include "sim/sim.h"

struct choices {
	struct sim_schedule schedule;
	const uint8_t *bytes; /* NULL: of the seed, without end */
	size_t left;
	uint64_t state;
	unsigned points; /* to the next event, at most */
};

void choices_of_seed(struct choices *choices, uint64_t seed);
void choices_of_bytes(struct choices *choices, const uint8_t *bytes,
                      size_t count);

/* 0 to n - 1; n is at most 256. */
unsigned choose(struct choices *choices, unsigned n);

#endif
