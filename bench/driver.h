/* SPDX-License-Identifier: MIT */
/*
 * What every benchmark program does alike: its one option, its output, its
 * end when something hangs.
 *
 * A program prints one line for each figure, fields separated by tabs:
 *
 *	QUESTION  CONTENDER  BYTES  MEASURE  VALUE
 *
 * and repeats it once a round.  The report takes the median of equal ones.
 * A line that starts with '#' says what could not be measured, and why.
 */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What meson takes for "skipped". */
#define EXIT_SKIPPED 77

/* How much to measure. */
struct effort {
	bool quick; /* just see that it runs */
	unsigned rounds;
	uint64_t run; /* nanoseconds that one run aims at */
};

/*
 * Reads the command line ([--quick]) and sets an alarm that ends a program that
 * hangs.
 */
struct effort driver_start(int argc, char **argv);

/* Whether it was asked just to see that it runs. */
bool driver_quick(void);

/* So long, and no more, may a program take whose runs are long. */
void driver_allow(unsigned seconds);

void driver_record(const char *question, const char *contender, size_t size,
                   const char *measure, double value);
void driver_left_out(const char *contender, size_t size, const char *why);

/* Says on stderr how far a program is.  Ends its rounds, false, when a slow
   machine has made them last too long. */
bool driver_round(const char *question, unsigned round, unsigned rounds);

/* Sorts `values`; `share` of them are not above the result. */
double driver_percentile(double *values, size_t count, double share);

static inline uint64_t driver_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

#endif
