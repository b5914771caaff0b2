/* SPDX-License-Identifier: MIT */
/*
 * Recoveries: the first calls of those who go on after a death.  They are killed
 * at every instruction too.
 */
#ifndef TESTS_CRASH_RECOVERIES_H
#define TESTS_CRASH_RECOVERIES_H

#include "crash/world.h"

/* What dies with the victim. */
enum fate {
	FATE_SHARED, /* nothing: a sibling holds the same end */
	FATE_ALONE,  /* its end */
	FATE_NONE    /* the other end as well */
};

/* Who recovers first, by what call, after which fate of the victim. */
struct recovery {
	/* World->ends has what it may use. */
	int (*call)(struct world *world);
	enum fate fate;
	int side;   /* of the victim; -1: whichever */
	bool sends; /* NEXT_SIZE bytes, the pattern of the seed NEXT */
	bool takes; /* a message */
	bool tries; /* for a lock that it does not get */
};

enum { NEXT = 1000001, NEXT_SIZE = 40 };

extern const struct recovery recoveries[];
extern const int recovery_count;

/* What is owed while this call is under way as well. */
void recovery_owe(const struct recovery *recovery, struct world *world);

#endif
