/* SPDX-License-Identifier: MIT */
/*
 * Workers at one object that are killed at random and replaced.  Each writes
 * what it is doing into a ledger, so that when it is killed at most the one call
 * that was under way is in question.
 */
#ifndef TESTS_PROCESS_SYNC_RAGE_H
#define TESTS_PROCESS_SYNC_RAGE_H

#include "case.h"
#include "child.h"
#include "pattern.h"

#include <stdatomic.h>
#include <weir/weir.h>

enum { WORKERS = 5, KILLS = 120 };

/* What ends at all ends within this. */
#define AT_ALL WEIR_SECONDS(CASE_SECONDS)

/* What a worker is doing. */
enum { NOTHING, TAKING, HAVING, GIVING };

struct ledger {
	atomic_int doing[WORKERS];
	atomic_int inside;   /* 1 + who has the lock */
	atomic_int told;     /* how often somebody was told of a death */
	atomic_ullong score; /* of a condition: {made, used}, 32 bits each */
	atomic_int epoch;    /* of a barrier: how often it was reset */
	atomic_int rounds;
};

struct storm {
	struct ledger *ledger;
	struct weir_lock *lock;
	struct weir_rlock *rlock;
	struct weir_semaphore *semaphore;
	struct weir_condition *condition;
	struct weir_barrier *barrier;
	void (*work)(struct storm *storm, int number);
	int number; /* of the worker to be started */
	bool exact; /* it is known of each that dies whether it held it */
	int least;  /* how many die */
	uint64_t seed;
	int kills;
	/* How many died that held it for sure, and perhaps. */
	int sure, unsure;
};

/* How long all cases together shall take; 0: until enough were killed. */
extern int64_t rage_seconds;
enum { RAGE_CASES = 6 };

void storm_begin(struct storm *storm,
                 void (*work)(struct storm *storm, int number));
void storm_end(struct storm *storm);

/* Kills and replaces workers at random; at the end, kills them all.  `after`:
   each time, or NULL. */
void rage(struct storm *storm, void (*after)(struct storm *storm));

void pause_for(int64_t nanoseconds);

#endif
