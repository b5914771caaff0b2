/* SPDX-License-Identifier: MIT */
/*
 * sync_contended [--quick]
 *
 * How often a second some processes get what only one can have at a time, on
 * two CPUs, and how often the one that got it least, of what would be its share.
 * Whoever has it adds one to a number that tells whether two had it at once.
 *
 *	contended  PEER  0  2|4|16        PAIRS_PER_SECOND
 *	fairness   PEER  0  2|4|16        SHARE
 */
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpus.h"
#include "crew.h"
#include "driver.h"
#include "duet.h"
#include "sync_peer.h"

static const unsigned crowds[] = { 2, 4, 16 };

enum { CROWDS = sizeof(crowds) / sizeof(*crowds), QUICK_CROWDS = 2 };
enum { CROWD_MAX = 16 };

/* A run is 0.2 seconds, so that each process gets its CPU some times. */
enum { LONGER = 40, ROUNDS = 20, SECONDS = 300 };

/* Pairs between two looks at whether it is over. */
enum { CHUNK = 64 };

#define GRACE_NS 2000000000U

struct share {
	alignas(128) uint64_t count; /* atomic */
};

/* In memory that all see. */
struct stage {
	const struct sync_peer *peer;
	const int *cpus;
	void *object;
	unsigned processes;
	struct meeting meeting;
	alignas(128) uint32_t stop; /* atomic */
	alignas(128) uint64_t number;
	struct share shares[CROWD_MAX];
};

static int work(void *context, unsigned number)
{
	struct stage *stage = context;
	uint64_t *count = &stage->shares[number].count;
	int result = 0;

	if (stage->processes == 2)
		cpus_pin(stage->cpus[number]);
	else
		cpus_pin_both(stage->cpus);
	crew_meet(&stage->meeting, stage->processes);
	while (result == 0 &&
	       !__atomic_load_n(&stage->stop, __ATOMIC_RELAXED)) {
		result = stage->peer->guard(stage->object, &stage->number,
		                            CHUNK);
		__atomic_store_n(count, *count + CHUNK, __ATOMIC_RELAXED);
	}
	return result;
}

static void read_shares(const struct stage *stage, uint64_t *shares)
{
	for (unsigned i = 0; i < stage->processes; i++)
		shares[i] = __atomic_load_n(&stage->shares[i].count,
		                            __ATOMIC_RELAXED);
}

static void sleep_for(uint64_t length)
{
	struct timespec time = { .tv_nsec = (long)length };

	nanosleep(&time, NULL);
}

static void look_on(const struct stage *stage, uint64_t length)
{
	uint64_t before[CROWD_MAX], after[CROWD_MAX];
	uint64_t least = UINT64_MAX, all = 0, begin;
	char measure[16];

	sleep_for(length / 5);
	read_shares(stage, before);
	begin = driver_now();
	sleep_for(length);
	read_shares(stage, after);
	length = driver_now() - begin;
	for (unsigned i = 0; i < stage->processes; i++) {
		uint64_t mine = after[i] - before[i];

		all += mine;
		least = mine < least ? mine : least;
	}
	snprintf(measure, sizeof(measure), "%u", stage->processes);
	driver_record("contended", stage->peer->name, 0, measure,
	              1e9 * (double)all / (double)length);
	driver_record("fairness", stage->peer->name, 0, measure,
	              all ? (double)least * stage->processes / (double)all : 0);
}

static int run(struct stage *stage, uint64_t length)
{
	struct crew crew = { .count = stage->processes,
		             .work = work,
		             .context = stage };
	int result = crew_start(&crew, 0);
	uint64_t all = 0;

	if (result < 0)
		return result;
	look_on(stage, length);
	__atomic_store_n(&stage->stop, 1, __ATOMIC_RELAXED);
	result = crew_end(&crew, GRACE_NS);
	for (unsigned i = 0; i < stage->processes; i++)
		all += stage->shares[i].count;
	return result == 0 && all != stage->number ? -EBADMSG : result;
}

static void compete(const int cpus[2], const struct sync_peer *peer,
                    unsigned processes, uint64_t length)
{
	struct stage *stage = duet_memory(sizeof(*stage));
	int result = -ENOMEM;

	stage->peer = peer;
	stage->cpus = cpus;
	stage->processes = processes;
	stage->object = peer->open();
	if (stage->object)
		result = run(stage, length);
	if (result < 0) {
		fprintf(stderr, "%s, %u processes: %s\n", peer->name, processes,
		        strerror(-result));
		exit(1);
	}
	peer->close(stage->object);
	duet_free(stage, sizeof(*stage));
}

static void compete_all(const int cpus[2], unsigned processes, uint64_t length)
{
	for (size_t group = 0; group < all_sync_peers_count; group++) {
		const struct sync_peer *peer = all_sync_peers[group];

		for (; peer->name; peer++) {
			if (peer->guard)
				compete(cpus, peer, processes, length);
		}
	}
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned rounds = effort.quick ? 1 : ROUNDS;
	size_t count = effort.quick ? QUICK_CROWDS : CROWDS;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: contended: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	driver_allow(SECONDS);
	for (unsigned round = 0; driver_round("contended", round, rounds);
	     round++) {
		for (size_t i = 0; i < count; i++)
			compete_all(cpus, crowds[i], LONGER * effort.run);
	}
	return 0;
}
