/* SPDX-License-Identifier: MIT */
/*
 * Bell: where those sleep who wait at an object, and how they are woken; see
 * waiting/wait.h for the protocol, of which bell_ring is C to D.
 */
#ifndef WEIR_SYNC_BELL_H
#define WEIR_SYNC_BELL_H

#include "region/vigil.h"
#include "sync/handle.h"

enum { RING_ALL = INT32_MAX };

/* What is repeated until it is done, and how deaths are found: see vigil.h. */
struct waiting {
	vigil_attempt attempt;
	vigil_recover recover;
	void *call;
	int64_t slice; /* or 0: SLICE_LONG */
};

/* vigil_keep at this object, for this event of it. */
int bell_await(struct sync *sync, struct bell_layout *bell,
               struct word32 *event, const struct waiting *waiting,
               int64_t timeout);

int bell_ring_slow(struct word32 *event, int count);

/* The caller changed the state so that `count` of those who sleep at this
   event of the object can go on.  How many were woken. */
static inline int bell_ring_at(const struct bell_layout *bell,
                               struct word32 *event, int count)
{
	fence_light();
	/* Relaxed: ordered after the change by the fences of wait.h. */
	if (unlikely((load32_relaxed(event) & EVENT_SLEEPING) |
	             load32_relaxed(&bell->unfenced)))
		return bell_ring_slow(event, count);
	return 0;
}

static inline void bell_ring(struct bell_layout *bell, int count)
{
	bell_ring_at(bell, &bell->event, count);
}

#endif
