/* SPDX-License-Identifier: MIT */
/*
 * Victim: a child that runs one call, an instruction at a time, until it is
 * killed.
 */
#ifndef TESTS_CRASH_VICTIM_H
#define TESTS_CRASH_VICTIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct victim_mark;

struct victim {
	pid_t child;
	uint64_t steps; /* instructions of the call so far */
	struct victim_mark *mark;
};

/* Tracer and victims take turns: on one CPU that is three times as fast. */
void victims_share_one_cpu(void);

/* Starts a child that stands before call(argument). */
void victim_start(struct victim *victim, int (*call)(void *argument),
                  void *argument);

/* The same, but it has called before(argument) already, at full speed. */
void victim_start_after(struct victim *victim, void (*before)(void *argument),
                        int (*call)(void *argument), void *argument);

/* One more instruction: true while the call has not returned. */
bool victim_step(struct victim *victim);

/*
 * Runs to the end of its next system call; true if that failed.  So long as the
 * memory is the same before and after, it may stand for the steps up to there.
 */
bool victim_hop(struct victim *victim);

/* Lets it run on, without steps. */
void victim_go(struct victim *victim);

/* True if the call returns within so many nanoseconds from now. */
bool victim_returns(const struct victim *victim, int64_t nanoseconds);

/* What the call returned. */
int victim_result(const struct victim *victim);

/* SIGKILL; afterwards nothing of it is left. */
void victim_kill(struct victim *victim);

#endif
