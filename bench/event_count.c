/* SPDX-License-Identifier: MIT */
/*
 * event_count [--quick]
 *
 * What a sender pays per message for being able to wake: see peers/counted.c.
 *
 *	event_count  PEER  8  per_second  VALUE
 */
#include <stdio.h>

#include "contest.h"
#include "cpus.h"

int main(int argc, char **argv)
{
	static struct contender list[CONTENDERS_MAX];
	struct effort effort = driver_start(argc, argv);
	size_t count = 0;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: event_count: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	for (; counted_peers[count].name; count++) {
		list[count].peer = &counted_peers[count];
		list[count].size = 8;
		list[count].count =
			contest_calibrate(cpus, &list[count], effort.run);
	}
	for (unsigned round = 0;
	     driver_round("event_count", round, effort.rounds); round++) {
		for (size_t i = 0; i < count; i++)
			driver_record("event_count", list[i].peer->name, 8,
			              "per_second",
			              1e9 / contest_one_way(cpus, &list[i]));
	}
	contest_end("event_count");
	return 0;
}
