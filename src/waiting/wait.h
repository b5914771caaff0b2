/* SPDX-License-Identifier: MIT */
/*
 * Waiting: look, spin for a while, then sleep in the kernel.
 *
 * State is the truth, never the wake.  A waiter sleeps on an event word next to
 * the state it waits for:
 *
 *	waiter                          whoever changes the state
 *	------                          -------------------------
 *	A  event |= SLEEPING            C  change the state
 *	   fence_others()                  fence_light()
 *	B  look at the state again      D  if (event & SLEEPING)
 *	   futex_wait(event, as in A)         event += 2, less SLEEPING;
 *	                                      futex_wake(event)
 *
 * fence_others (doors/futex.h) acts as a full fence between A and B, and as one
 * between C and D of everybody else, so either B sees C or D sees A.  D changes
 * the word before it wakes, so a waiter between B and its sleep does not sleep.
 * That makes D a load of a line that nobody writes while nobody sleeps: no
 * fence and no read-modify-write on the fast path.
 *
 * Where the kernel has no such fence, fence_light must be fence_full, as it is
 * in wait_wake, for all who do not count nanoseconds.
 *
 * Whoever wakes may die between C and D, and whoever is woken may die before it
 * acts.  So nobody sleeps longer than a slice without looking again.
 */
#ifndef WEIR_WAITING_WAIT_H
#define WEIR_WAITING_WAIT_H

#include "doors/atomics.h"
#include "segment/layout.h"
#include "weir/common.h"

enum { EVENT_SLEEPING = 1 };

/* Private to a handle: what waiting has taught so far. */
struct patience {
	struct word32 budget; /* nanoseconds worth spinning for */
};

/* How a waiter looks at the state it waits for. */
enum look {
	LOOK_CHEAP, /* shared memory only */
	LOOK_HARD   /* and ask the kernel who is alive */
};

/* 0: not yet; anything else ends the wait and is its result. */
typedef int (*wait_look)(void *subject, enum look how);

struct wait {
	struct word32 *event;
	struct patience *patience;
	wait_look look;
	void *subject;
	int64_t slice; /* longest sleep, in nanoseconds */
	int64_t deadline;
	int lead; /* how often to hint before the first look: LEAD_... */
	/* Hints in shared memory: 1 + the only CPU that this side, and the
	   other one, may use; 0: it has a choice, or is not known. */
	struct word32 *only_cpu;
	const struct word32 *other_cpu;
};

/*
 * A reader that finds nothing and looks again at once keeps taking away the
 * cache line that is being written.  Amid a stream of small messages it pays to
 * let the writer run ahead, for some microseconds; else a message would only be
 * late.  A queue's messages are written to more lines, so there it pays for
 * longer.  How long a hint takes is another matter on each machine: LEAD_LONGEST
 * bounds it.
 */
enum { LEAD_NONE = 1, LEAD_SHORT = 16, LEAD_STREAM = 256, LEAD_FAR = 512 };

#define LEAD_LONGEST WEIR_US(5)

#define SLICE_LONG  WEIR_MS(60)
#define SLICE_SHORT WEIR_MS(2)

/* The absolute time at which a relative timeout ends. */
int64_t wait_deadline(int64_t timeout);

/*
 * Waits until look is not 0; returns what it returned, or -ETIMEDOUT, or
 * -EUCLEAN.  The caller has looked already, in vain.
 */
int wait_for(const struct wait *wait);

/* What D does if somebody sleeps.  Returns how many were woken. */
int wait_wake_slow(struct word32 *event);

/*
 * The same, for up to `count` sleepers where more may sleep than can go on:
 * SLEEPING stays until there were fewer.  Whom it woke may die before he acts,
 * so the others' slices count here.
 */
int wait_wake_some(struct word32 *event, int count);

/* C to D above with a light fence: true if wait_wake_slow is due. */
static inline bool wait_sleeping(const struct word32 *event)
{
	fence_light();
	/* Relaxed: the fences order it after the change of the state. */
	return load32_relaxed(event) & EVENT_SLEEPING;
}

/* C to D above; the caller has changed the state. */
static inline void wait_wake(struct word32 *event)
{
	fence_full();
	if (load32_relaxed(event) & EVENT_SLEEPING)
		wait_wake_slow(event);
}

#endif
