/* SPDX-License-Identifier: MIT */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENOUGH_SECONDS = 60, HANGS_SECONDS = 300 };

static bool is_quick;
static uint64_t started;
static uint64_t enough = UINT64_C(1000000000) * ENOUGH_SECONDS;

struct effort driver_start(int argc, char **argv)
{
	struct effort full = { .rounds = 41, .run = 5000000 };
	struct effort quick = { .quick = true, .rounds = 1, .run = 100000 };

	started = driver_now();
	alarm(HANGS_SECONDS);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 1)
		return full;
	is_quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
	if (is_quick)
		return quick;
	fprintf(stderr, "usage: %s [--quick]\n", argv[0]);
	exit(2);
}

bool driver_quick(void)
{
	return is_quick;
}

void driver_allow(unsigned seconds)
{
	enough = UINT64_C(1000000000) * seconds;
	alarm(seconds + HANGS_SECONDS);
}

void driver_record(const char *question, const char *contender, size_t size,
                   const char *measure, double value)
{
	printf("%s\t%s\t%zu\t%s\t%.4f\n", question, contender, size, measure,
	       value);
}

void driver_left_out(const char *contender, size_t size, const char *why)
{
	printf("# left out: %s at %zu bytes: %s\n", contender, size, why);
}

bool driver_round(const char *question, unsigned round, unsigned rounds)
{
	if (round == rounds)
		return false;
	if (round > 0 && driver_now() - started > enough) {
		printf("# %s: only %u of %u rounds, the machine is slow\n",
		       question, round, rounds);
		return false;
	}
	fprintf(stderr, "%s: round %u of %u\n", question, round + 1, rounds);
	return true;
}

static int compare(const void *left, const void *right)
{
	double l = *(const double *)left;
	double r = *(const double *)right;

	return (l > r) - (l < r);
}

double driver_percentile(double *values, size_t count, double share)
{
	size_t at = (size_t)((double)count * share);

	qsort(values, count, sizeof(*values), compare);
	return values[at < count ? at : count - 1];
}
