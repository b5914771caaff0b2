/* SPDX-License-Identifier: MIT */
/*
 * queue_throughput [--quick]
 *
 * How many messages a second go through a queue: from one process to another,
 * for each size, and of 8 bytes when many put and as many get, on two CPUs.
 * Then most of them wait for a CPU at any time, some in the middle of an
 * operation.  All queues in turn.
 *
 *	throughput  QUEUE  BYTES  1+1|2+2|4+4|8+8  MESSAGES_PER_SECOND
 */
#include <errno.h>
#include <stdio.h>

#include "cpus.h"
#include "crowd.h"
#include "driver.h"

/* A run is 0.2 seconds, so that each process gets its CPU some times. */
enum { LONGER = 40, ROUNDS = 20, SECONDS = 600 };

static const struct {
	size_t size;
	unsigned pairs;
} sorts[] = {
	{ 8, 1 }, { 8, 4 }, { MESSAGE_MAX, 1 }, { 64, 1 },
	{ 8, 2 }, { 8, 8 }, { 1024, 1 },
};

/* Of these, the first ones, to see that it runs. */
enum { SORTS = sizeof(sorts) / sizeof(*sorts), QUICK_SORTS = 3 };

/* What is no question of luck is measured every second time. */
static bool due(size_t sort, unsigned round)
{
	return sorts[sort].size == 8 || round % 2 == 0;
}

static void compete(const int cpus[2], const struct crowd *crowd)
{
	double per_second = crowd_play(cpus, crowd);
	char measure[32];

	snprintf(measure, sizeof(measure), "%u+%u", crowd->pairs, crowd->pairs);
	if (per_second >= 0)
		driver_record("throughput", crowd->peer->name, crowd->size,
		              measure, per_second);
	else if (per_second == -EDQUOT)
		driver_left_out(crowd->peer->name, crowd->size,
		                "over this system's limits");
}

static void compete_all(const int cpus[2], size_t sort, uint64_t length)
{
	for (size_t group = 0; group < all_peers_count; group++) {
		const struct peer *peer = all_peers[group];

		for (; peer->name; peer++) {
			struct crowd crowd = { peer, sorts[sort].size,
				               sorts[sort].pairs, length };

			compete(cpus, &crowd);
		}
	}
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned rounds = effort.quick ? 1 : ROUNDS;
	size_t count = effort.quick ? QUICK_SORTS : SORTS;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: throughput: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	driver_allow(SECONDS);
	for (unsigned round = 0; driver_round("throughput", round, rounds);
	     round++) {
		for (size_t i = 0; i < count; i++) {
			if (due(i, round))
				compete_all(cpus, i, LONGER * effort.run);
		}
	}
	return 0;
}
