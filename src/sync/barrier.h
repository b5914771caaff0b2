/* SPDX-License-Identifier: MIT */
/* What one process knows of a barrier: see barrier.c. */
#ifndef WEIR_SYNC_BARRIER_H
#define WEIR_SYNC_BARRIER_H

#include "region/burial.h"
#include "sync/bell.h"
#include "weir/barrier.h"

struct weir_barrier {
	struct sync sync;
	struct dependent dependent;
	uint32_t parties;
};

enum { PARTIES_MOST = 1 << 20 };

/*
 * The barrier breaks if somebody waits there; else, if the dead one was in step,
 * when the next who is comes.  0 or -EUCLEAN.
 */
int barrier_lost(struct barrier_layout *shared, bool in_step);

/* A bit of a member; the first two say what it was. */
static inline bool member_enter(struct word64 *bits, uint32_t member)
{
	uint64_t bit = UINT64_C(1) << member % 64;

	return or64(&bits[member / 64], bit) & bit;
}

static inline bool member_leave(struct word64 *bits, uint32_t member)
{
	uint64_t bit = UINT64_C(1) << member % 64;

	return and64(&bits[member / 64], ~bit) & bit;
}

static inline bool member_is(const struct word64 *bits, uint32_t member)
{
	/* Relaxed: its own, or of a member whose death was proved. */
	return load64_relaxed(&bits[member / 64]) >> member % 64 & 1;
}

/* An object_burier. */
int barrier_bury_object(const struct weir_region *region, unsigned char *at,
                        uint64_t bytes, uint32_t member);

#endif
