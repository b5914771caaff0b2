/* SPDX-License-Identifier: MIT */
#include "rings/returned.h"

enum { TRIES = 10000, LAPS_MOST = 4, LOOKS_MORE = 1 << 16 };

#define BITS ((UINT64_C(1) << RETURNED_SLICES) - 1)
#define ONE  (UINT64_C(1) << RETURNED_SLICES)

static uint32_t slice_length(const struct pool *pool)
{
	return (pool->blocks + RETURNED_SLICES - 1) / RETURNED_SLICES;
}

uint64_t returned_bit(const struct pool *pool, uint32_t block)
{
	return UINT64_C(1) << (block / slice_length(pool));
}

void returned_mark(const struct pool *pool, uint64_t bits)
{
	struct word64 *returned = &pool->shared->returned;
	uint64_t seen = load64_relaxed(returned);

	/* If this fails so often, somebody spoils the word. */
	for (int i = 0; i < TRIES; i++) {
		if (cas64(returned, &seen, (seen + ONE) | bits))
			return;
	}
}

/* So many in one call, it is somebody who sets bits for nothing. */
static bool may_look(const struct pool *pool, struct returned *found)
{
	return found->looks++ < (uint64_t)pool->blocks * LAPS_MOST + LOOKS_MORE;
}

/* D, from what was found last on, in a circle. */
static bool look_at(const struct pool *pool, uint32_t slice,
                    struct returned *found)
{
	uint32_t length = slice_length(pool);
	uint32_t ready = pool_ready(pool);
	uint32_t first = slice * length;
	uint32_t end = first + length < ready ? first + length : ready;
	uint32_t b = found->block;

	if (b < first || b >= end)
		b = first;
	for (uint32_t i = first; i < end; i++) {
		/* Acquire: pairs with the release in who returns. */
		uint64_t word = load64_acquire(&pool_block(pool, b)->word);

		found->looks++;
		if (block_state(word) == BLOCK_RETURNED) {
			found->block = b;
			found->word = word;
			return true;
		}
		if (++b == end)
			b = first;
	}
	return false;
}

bool returned_find(const struct pool *pool, struct returned *found)
{
	struct word64 *returned = &pool->shared->returned;

	while (may_look(pool, found)) {
		/* Pairs with B. */
		uint64_t seen = load64_acquire(returned);
		uint64_t bits = seen & BITS;
		uint32_t slice;

		if (bits == 0)
			return false;
		slice = (uint32_t)__builtin_ctzll(bits);
		if (look_at(pool, slice, found))
			return true;
		cas64(returned, &seen,
		      (seen + ONE) & ~(UINT64_C(1) << slice)); /* E */
	}
	return false;
}

uint64_t returned_count(const struct pool *pool)
{
	uint32_t ready = returned_any(pool) ? pool_ready(pool) : 0;
	uint64_t count = 0;

	for (uint32_t b = 0; b < ready; b++) {
		uint64_t word = load64_relaxed(&pool_block(pool, b)->word);

		count += block_state(word) == BLOCK_RETURNED;
	}
	return count;
}
