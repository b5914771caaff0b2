/* SPDX-License-Identifier: MIT */
/* Many senders and many receivers of one peer, for some time. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "peer.h"

struct crowd {
	const struct peer *peer;
	size_t size;
	unsigned pairs;  /* of senders and receivers */
	uint64_t length; /* of the run, in nanoseconds */
	/* How many messages are sent or received before the next look at who
	   has what to do; 0: so many that it does not matter. */
	uint64_t chunk;
};

/* A run, and who looks on while it lasts; workers with even numbers send. */
struct stage;
struct crew;
typedef double crowd_onlooker(const struct stage *stage,
                              const struct crew *crew);

/* How many messages were received so far. */
uint64_t crowd_received(const struct stage *stage);

/*
 * What the onlooker makes of it; -EMSGSIZE or -EDQUOT, a size that the peer does
 * not do or may not do on this system.  A peer that fails, or that loses a
 * message, ends the program.
 *
 * One pair has a CPU for each of the two, more share both.
 */
double crowd_watch(const int cpus[2], const struct crowd *crowd,
                   crowd_onlooker *look);

/* Messages a second, the peer being warm. */
double crowd_play(const int cpus[2], const struct crowd *crowd);

#endif
