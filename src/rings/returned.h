/* SPDX-License-Identifier: MIT */
/*
 * Returned blocks: messages that somebody took and did not finish.
 *
 * A block's word says RETURNED; `returned` says where such blocks may be, a bit
 * for each slice of the pool, so that who gets sees by one load that there is
 * none.
 *
 *	who returns                     who gets
 *	-----------                     --------
 *	A word = RETURNED               C w = returned: a bit is set?
 *	B returned: set the bit,        D look at the slice's words
 *	  and count one on              E none: CAS returned w -> less the bit
 *
 * E fails if B of anybody came after C.  A bit may be set for nothing; that a
 * block is RETURNED without its bit happens only if its returner died between A
 * and B, and then his recovery sets it.
 */
#ifndef WEIR_RINGS_RETURNED_H
#define WEIR_RINGS_RETURNED_H

#include "rings/blocks.h"

enum { RETURNED_SLICES = 24 };

/* One that was found; zeroed at first. */
struct returned {
	uint32_t block;
	uint64_t word;
	uint64_t looks; /* how many it took: for one call that is bounded */
};

/* The bit of this block, for returned_mark. */
uint64_t returned_bit(const struct pool *pool, uint32_t block);

/* B; several bits at once. */
void returned_mark(const struct pool *pool, uint64_t bits);

static inline bool returned_any(const struct pool *pool)
{
	/* Relaxed: who must see a bit is woken, or looks again. */
	return load64_relaxed(&pool->shared->returned) &
	       ((1 << RETURNED_SLICES) - 1);
}

/* C to E: one that is there; false: none, or that took too long. */
bool returned_find(const struct pool *pool, struct returned *found);

/* How many there are. */
uint64_t returned_count(const struct pool *pool);

#endif
