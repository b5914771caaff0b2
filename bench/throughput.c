/* SPDX-License-Identifier: MIT */
/*
 * throughput [--quick]
 *
 * How many messages a second go from one process to another, for each peer and
 * size.  Every round runs every peer once, so that a machine that gets slower
 * or faster does so for all.
 *
 *	throughput  PEER  BYTES  per_second  VALUE
 */
#include <stdio.h>

#include "contest.h"
#include "cpus.h"

static const size_t sizes[] = { 8, 64, 1024, MESSAGE_MAX };

static size_t list_contenders(const int cpus[2], uint64_t wanted,
                              struct contender *list)
{
	size_t count = 0;

	for (size_t size = 0; size < sizeof(sizes) / sizeof(*sizes); size++) {
		for (size_t group = 0; group < all_peers_count; group++) {
			const struct peer *peer = all_peers[group];

			for (; peer->name && count < CONTENDERS_MAX; peer++) {
				list[count].peer = peer;
				list[count].size = sizes[size];
				if (!peer->produce)
					continue;
				list[count].count = contest_calibrate(
					cpus, &list[count], wanted);
				count += list[count].count != 0;
			}
		}
	}
	return count;
}

int main(int argc, char **argv)
{
	static struct contender list[CONTENDERS_MAX];
	struct effort effort = driver_start(argc, argv);
	int cpus[2];
	size_t count;

	if (cpus_choose(cpus) < 2) {
		printf("# left out: throughput: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	count = list_contenders(cpus, effort.run, list);
	for (unsigned round = 0;
	     driver_round("throughput", round, effort.rounds); round++) {
		for (size_t i = 0; i < count; i++) {
			double each = contest_one_way(cpus, &list[i]);

			driver_record("throughput", list[i].peer->name,
			              list[i].size, "per_second", 1e9 / each);
		}
	}
	contest_end("throughput");
	return 0;
}
