/* SPDX-License-Identifier: MIT */
/*
 * Explore: one call, killed after each of its instructions.
 *
 * The call is single-stepped in a child.  Only the shared memory survives a
 * kill, so each image of it that was seen stands for all instructions that left
 * it so.  For each image, and for each fate, a world is made in which just that
 * is left, and everybody who is left goes on (settle.h).  Then the first call
 * of whoever goes on is stepped in the same manner, from each image, for
 * recovery may be killed as well.
 */
#ifndef TESTS_CRASH_EXPLORE_H
#define TESTS_CRASH_EXPLORE_H

#include "crash/recoveries.h"
#include "crash/settle.h"

/* The message that the victim's call sends, and its bytes. */
enum { IN_FLIGHT = 1000000 };
extern unsigned char in_flight[WORLD_RING];

struct operation {
	const char *name;
	int side; /* of the victim */
	uint32_t offset;
	/* What both ends did before; may be NULL. */
	void (*prepare)(struct world *world);
	/* Stepped; returns what it should return if nobody dies. */
	int (*call)(struct world *world);
	int result;
	/* What the call does to what is owed, when it has returned. */
	bool sends;
	uint32_t size; /* of what it sends */
	int takes;     /* messages */
	bool tries;    /* for a lock that it does not get */
};

struct tally {
	uint64_t steps;
	int images;
	int recoveries;
	uint64_t steps_again; /* of calls that recover */
	int images_again;
	int recoveries_again;
};

/* NULL, or the first thing that was wrong. */
const char *explore(const struct operation *operation, const char *name,
                    struct tally *tally);

/* A test: explores each of them, prints what was done. */
void explore_all(const struct operation *operations, size_t count,
                 const char *name);

#define explore_these(operations)                                              \
	explore_all(operations, sizeof(operations) / sizeof((operations)[0]),  \
	            name_new("kill"))

#endif
