/* SPDX-License-Identifier: MIT */
/*
 * The words of a queue: what a block's word and a cell say.
 *
 * Block's word, the truth about the block:
 *
 *	63              26 25        14 13        4 3       0
 *	|     stamp       |   length   |  member   |  state  |
 *
 *	FREE       stamp 0, nobody's
 *	DRAFT      member writes into it
 *	POSTED     member puts it, or has put it, at position `stamp`
 *	TAKEN      member has the message, handed out `stamp` times
 *	RETURNED   it was handed out `stamp` times, and waits for another one
 *	PART       of the chain that begins with block `stamp`
 *	LEASING    member leases the small message at position `stamp`
 *	GIVEN_UP   member drops it, as the number `stamp` of those that were
 *	           handed out too often
 *	COUNTED    it is dropped, and not finished yet
 *	FINISHING  member is done with it, as the task number `stamp`
 *	FREEING    member frees it, and what hangs on it
 *	DROPPED    it was at position `stamp`, or came back, and is dropped
 *
 * length: of the message, or LENGTH_LONG: it stands in the second word, with
 * the number of the next block of the chain.
 *
 * Cell, two words; the first:
 *
 *	63             27 26                   3 2     0
 *	|      lap       |       argument       |  kind  |
 *
 *	EMPTY    nothing was put here, or a small message that was taken
 *	SMALL    a message of `argument` bytes: they are the second word
 *	BLOCK    block `argument`; the second word is its word, when it was put
 *	BARE     the same, but the second word says nothing
 *	LEASED   there was a small message, which is in block `argument` now
 *	SHUT     nothing will be put from here on
 *	DROPPED  there was a small message, which was dropped
 *
 * Positions run freely in 64 bits and begin at the number of cells, so that
 * zeroed cells are those of lap 0.  Laps are compared modulo 2^37: with 64
 * cells, the fewest there are, a lap comes again after 2^43 messages.
 */
#ifndef WEIR_RINGS_WORDS_H
#define WEIR_RINGS_WORDS_H

#include "segment/layout_queue.h"

enum block_state {
	BLOCK_FREE = 0,
	BLOCK_DRAFT,
	BLOCK_POSTED,
	BLOCK_TAKEN,
	BLOCK_RETURNED,
	BLOCK_PART,
	BLOCK_LEASING,
	BLOCK_FINISHING,
	BLOCK_FREEING,
	BLOCK_DROPPED,
	BLOCK_GIVEN_UP,
	BLOCK_COUNTED
};

enum {
	BLOCK_MEMBER_SHIFT = 4,
	BLOCK_MEMBER_BITS = 10,
	BLOCK_LENGTH_SHIFT = 14,
	BLOCK_LENGTH_BITS = 12,
	BLOCK_STAMP_SHIFT = 26,
	LENGTH_LONG = (1 << BLOCK_LENGTH_BITS) - 1,
	BLOCKS_MOST = 1 << 23,
	NO_BLOCK = (1 << 24) - 1,
	SMALL_MOST = 8 /* bytes of a message that a cell holds */
};

#define STAMP_MASK (UINT64_MAX >> BLOCK_STAMP_SHIFT)

_Static_assert(MEMBERS_MOST <= 1 << BLOCK_MEMBER_BITS, "a member fits");

static inline uint64_t block_word(enum block_state state, uint32_t member,
                                  uint32_t length, uint64_t stamp)
{
	return stamp << BLOCK_STAMP_SHIFT |
	       (uint64_t)length << BLOCK_LENGTH_SHIFT |
	       (uint64_t)member << BLOCK_MEMBER_SHIFT | state;
}

static inline enum block_state block_state(uint64_t word)
{
	return word & ((1 << BLOCK_MEMBER_SHIFT) - 1);
}

static inline uint32_t block_member(uint64_t word)
{
	return word >> BLOCK_MEMBER_SHIFT & ((1 << BLOCK_MEMBER_BITS) - 1);
}

static inline uint32_t block_length(uint64_t word)
{
	return word >> BLOCK_LENGTH_SHIFT & LENGTH_LONG;
}

static inline uint64_t block_stamp(uint64_t word)
{
	return word >> BLOCK_STAMP_SHIFT;
}

/* The same length, with all else anew. */
static inline uint64_t block_turned(uint64_t word, enum block_state state,
                                    uint32_t member, uint64_t stamp)
{
	return block_word(state, member, block_length(word), stamp);
}

/* This very block's word says that it is in `state`, with this stamp. */
static inline bool block_is(uint64_t word, enum block_state state,
                            uint64_t stamp)
{
	return block_state(word) == state &&
	       block_stamp(word) == (stamp & STAMP_MASK);
}

/* The second word: {next 24, length 40}. */
enum { LONG_LENGTH_BITS = 40 };

static inline uint64_t long_word(uint64_t length, uint32_t next)
{
	return (uint64_t)next << LONG_LENGTH_BITS | length;
}

static inline uint64_t long_length(uint64_t word)
{
	return word & ((UINT64_C(1) << LONG_LENGTH_BITS) - 1);
}

static inline uint32_t long_next(uint64_t word)
{
	return (uint32_t)(word >> LONG_LENGTH_BITS);
}

enum cell_kind {
	CELL_EMPTY = 0,
	CELL_SMALL,
	CELL_BLOCK,
	CELL_BARE,
	CELL_LEASED,
	CELL_SHUT,
	CELL_DROPPED
};

enum {
	CELL_ARGUMENT_SHIFT = 3,
	CELL_LAP_SHIFT = 27,
	CELL_LAP_BITS = 64 - CELL_LAP_SHIFT,
	CELLS_FEWEST_SHIFT = 6
};

#define CELL_LAP_ONE (UINT64_C(1) << CELL_LAP_SHIFT)

/* `position >> shift` is the lap; what it has above its bits falls off. */
static inline uint64_t cell_word(enum cell_kind kind, uint32_t argument,
                                 uint64_t lap)
{
	return lap << CELL_LAP_SHIFT |
	       (uint64_t)argument << CELL_ARGUMENT_SHIFT | kind;
}

static inline enum cell_kind cell_kind(uint64_t word)
{
	return word & ((1 << CELL_ARGUMENT_SHIFT) - 1);
}

static inline uint32_t cell_argument(uint64_t word)
{
	return (uint32_t)(word >> CELL_ARGUMENT_SHIFT) & NO_BLOCK;
}

/* How many laps the cell is ahead of `lap`; negative: behind. */
static inline int64_t cell_ahead(uint64_t word, uint64_t lap)
{
	uint64_t difference = word - (lap << CELL_LAP_SHIFT);

	return (int64_t)difference >> CELL_LAP_SHIFT;
}

/* The same lap, with another kind and argument. */
static inline uint64_t cell_turned(uint64_t word, enum cell_kind kind,
                                   uint32_t argument)
{
	return word >> CELL_LAP_SHIFT << CELL_LAP_SHIFT |
	       (uint64_t)argument << CELL_ARGUMENT_SHIFT | kind;
}

#endif
