/* SPDX-License-Identifier: MIT */
/*
 * queue_members [--quick]
 *
 * What it costs a producer and a consumer that a thousand other processes have
 * the queue open, and sleep; in turn with a queue that is theirs alone.
 *
 *	members  weir                     8  1+1  MESSAGES_PER_SECOND
 *	members  weir, 1000 idle members  8  1+1  MESSAGES_PER_SECOND
 */
#include <stdio.h>

#include "cpus.h"
#include "crowd.h"
#include "driver.h"

enum { LONGER = 40, ROUNDS = 20, SECONDS = 120 };

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned rounds = effort.quick ? 1 : ROUNDS;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: members: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	driver_allow(SECONDS);
	for (unsigned round = 0; driver_round("members", round, rounds);
	     round++) {
		const struct peer *peer = weir_member_peers;

		for (; peer->name; peer++) {
			struct crowd crowd = { peer, 8, 1,
				               LONGER * effort.run };

			driver_record("members", peer->name, 8, "1+1",
			              crowd_play(cpus, &crowd));
		}
	}
	return 0;
}
