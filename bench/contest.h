/* SPDX-License-Identifier: MIT */
/* Runs of a peer between two processes. */
#ifndef BENCH_CONTEST_H
#define BENCH_CONTEST_H

#include "driver.h"
#include "peer.h"

enum { CONTENDERS_MAX = 128 };

struct contender {
	const struct peer *peer;
	size_t size;
	uint64_t count; /* messages in a run */
};

/*
 * A run in which another process took a CPU away says nothing about the peer.
 * It is repeated, a few times if need be.
 */

/* A peer that fails ends the program; -EMSGSIZE and -EDQUOT, a size that a peer
   does not do or may not do on this system, are results. */

/* One-way messages.  Nanoseconds a message, the connection being warm. */
double contest_one_way(const int cpus[2], const struct contender *contender);

/*
 * How many one-way messages take about `wanted` nanoseconds; 0 when the peer
 * does not do this size.
 */
uint64_t contest_calibrate(const int cpus[2], struct contender *contender,
                           uint64_t wanted);

/*
 * Round trips, `count` of them after as many to get warm; `stamps` takes the
 * time after every `every` of them.  0 or -errno.
 */
int contest_round_trips(const int cpus[2], const struct contender *contender,
                        uint64_t every, uint64_t *stamps);

/* Says how many of all runs stayed disturbed. */
void contest_end(const char *question);

#endif
