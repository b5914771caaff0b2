/* SPDX-License-Identifier: MIT */
/*
 * The door to the kernel's waiting: futexes on shared words, and a fence that
 * runs on every other process's CPU.
 */
#ifndef WEIR_DOORS_FUTEX_H
#define WEIR_DOORS_FUTEX_H

#include "doors/atomics.h"

/*
 * Sleeps while *word is `expected`, until the absolute CLOCK_MONOTONIC time
 * `deadline` in nanoseconds.  0 woken, changed or interrupted; -ETIMEDOUT;
 * -EUCLEAN the word's page is gone.
 */
int futex_wait(const struct word32 *word, uint32_t expected, int64_t deadline);

/* Wakes up to `count` sleepers; returns how many, or -EUCLEAN. */
int futex_wake(struct word32 *word, int count);

/*
 * Lets fence_others of other processes reach this one.  Once a process (forks
 * inherit it).  False: the kernel cannot; then this process must use
 * fence_full, and tell its peers to.
 */
bool fence_join(void);

/*
 * Orders this thread's stores before it against its loads after it, and does
 * the same at some point in the middle of every thread of every process that
 * joined, so that these get by with fence_light.  Costs microseconds.
 */
void fence_others(void);

#endif
