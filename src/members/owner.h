/* SPDX-License-Identifier: MIT */
/*
 * Owner word: whose something in a region is, and in what state.
 *
 *	63                      16 15            4 3       0
 *	|      generation        |     member     |  state  |
 *
 * It changes by CAS only, and its generation moves on whenever what it stands
 * for begins anew, so a CAS from a word that was seen long ago fails.  State 0
 * is FREE everywhere, so zeroed memory is free.
 */
#ifndef WEIR_MEMBERS_OWNER_H
#define WEIR_MEMBERS_OWNER_H

#include "segment/layout_region.h"

enum { OWNER_FREE = 0, OWNER_STATE_BITS = 4, OWNER_MEMBER_BITS = 12 };

_Static_assert(MEMBERS_MOST <= 1 << OWNER_MEMBER_BITS, "a member fits");

static inline uint32_t owner_state(uint64_t word)
{
	return (uint32_t)word & ((1 << OWNER_STATE_BITS) - 1);
}

static inline uint32_t owner_member(uint64_t word)
{
	return (uint32_t)(word >> OWNER_STATE_BITS) &
	       ((1 << OWNER_MEMBER_BITS) - 1);
}

static inline uint64_t owner_generation(uint64_t word)
{
	return word >> (OWNER_STATE_BITS + OWNER_MEMBER_BITS);
}

/* The same owner and generation, in another state. */
static inline uint64_t owner_turned(uint64_t word, uint32_t state)
{
	return (word & ~(uint64_t)((1 << OWNER_STATE_BITS) - 1)) | state;
}

/*
 * {generation, entry}: who was the last to get something.  Unlike the owner
 * word, it does not change with the state.
 */
enum { OWNER_ENTRY_BITS = 20 };

_Static_assert(ENTRIES_MOST <= 1 << OWNER_ENTRY_BITS, "an entry fits");

static inline uint64_t owner_said(uint64_t word, uint32_t entry)
{
	return owner_generation(word) << OWNER_ENTRY_BITS | entry;
}

static inline uint32_t owner_said_entry(uint64_t said)
{
	return (uint32_t)said & ((1 << OWNER_ENTRY_BITS) - 1);
}

/* The next generation. */
static inline uint64_t owner_next(uint64_t word, uint32_t member,
                                  uint32_t state)
{
	uint64_t generation = owner_generation(word) + 1;

	return generation << (OWNER_STATE_BITS + OWNER_MEMBER_BITS) |
	       (uint64_t)member << OWNER_STATE_BITS | state;
}

#endif
