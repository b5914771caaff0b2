/* SPDX-License-Identifier: MIT */
/* Some processes, or threads of one, that work at the same time. */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CREW_MAX = 64 };

struct crew;

struct worker {
	const struct crew *crew;
	unsigned number;
	pid_t process; /* one of these, 0 once it ended */
	pthread_t thread;
};

/*
 * Each works `work(context, number)`, with a number from 0 to count - 1, and
 * returns 0 or -errno.  One that fails ends the program, for others may wait
 * for it.
 */
struct crew {
	unsigned count;
	bool threads; /* of this process, instead of its children */
	int (*work)(void *context, unsigned number);
	void *context;
	struct worker workers[CREW_MAX];
};

/* Where all wait for one another; zero at first. */
struct meeting {
	uint32_t arrivals; /* atomic */
};

/* Returns when so many are here; at once, or, taking no CPU, a little later. */
void crew_meet(struct meeting *meeting, unsigned count);
void crew_meet_idly(struct meeting *meeting, unsigned count);

/* Starts all workers but those before `first`.  0 or -errno. */
int crew_start(struct crew *crew, unsigned first);

/*
 * Waits until those that were started have ended, but no longer than `grace`
 * nanoseconds for processes, which are killed then.  0, -ETIMEDOUT, -EPROTO if
 * one did not end well.
 */
int crew_end(struct crew *crew, uint64_t grace);

#endif
