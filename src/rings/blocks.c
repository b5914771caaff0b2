/* SPDX-License-Identifier: MIT */
#include "rings/blocks.h"

#include <errno.h>

enum {
	STEP_BYTES = 16 * 1024,
	STEP_SHARE = 256,
	FIRST_LOOKS = 16,
	LAPS_MOST = 8,
	LOOKS_MORE = 1 << 16
};

static bool try_block(const struct pool *pool, uint32_t member, uint32_t b)
{
	struct block *block = pool_block(pool, b);
	uint64_t word = load64_relaxed(&block->word);

	/* The CAS is C. */
	return word == BLOCK_FREE &&
	       cas64(&block->word, &word,
	             block_word(BLOCK_DRAFT, member, 0, 0));
}

/* The first that is free of `count` blocks from `from` on, in a circle. */
static int64_t try_some(const struct pool *pool, struct asker *asker,
                        uint32_t from, uint32_t count, uint32_t ready)
{
	for (uint32_t i = 0, b = from; i < count; i++, b++) {
		if (b >= ready)
			b = 0;
		asker->looks++;
		if (try_block(pool, asker->member, b))
			return b;
	}
	return -1;
}

/* A large block that was used just now is still in some cache. */
static int64_t try_recent(const struct pool *pool, struct asker *asker,
                          uint32_t ready)
{
	uint64_t hint = load64_relaxed(&pool->shared->freed);

	if (hint > 0 && hint <= ready && /* else in reserve */
	    try_block(pool, asker->member, (uint32_t)hint - 1))
		return (int64_t)hint - 1;
	return try_some(pool, asker, 0,
	                ready < FIRST_LOOKS ? ready : FIRST_LOOKS, ready);
}

static int64_t try_all(struct pool *pool, struct asker *asker, uint32_t ready)
{
	int64_t b = -1;

	if (!pool->small)
		b = try_recent(pool, asker, ready);
	if (b >= 0)
		return b;
	b = try_some(pool, asker, load32_relaxed(&pool->next), ready, ready);
	/* Or the first of those that get memory next. */
	store32_relaxed(&pool->next, b < 0 ? ready : (uint32_t)b + 1);
	return b;
}

/* Those for messages that have memory. */
static uint32_t usable(const struct pool *pool)
{
	uint32_t ready = pool_ready(pool);

	return ready < pool->base ? ready : pool->base;
}

bool pool_may_look(const struct pool *pool, const struct asker *asker)
{
	return asker->looks <= (uint64_t)pool->blocks * LAPS_MOST + LOOKS_MORE;
}

int pool_allocate(struct pool *pool, struct asker *asker, uint32_t *block)
{
	int64_t before = -1;
	int code = 0;

	while (code == 0) {
		uint32_t ready = usable(pool);
		int64_t b;

		/* Each turn has more blocks than the one before. */
		if (ready <= before)
			return -EUCLEAN;
		b = try_all(pool, asker, ready);
		if (b >= 0) {
			*block = (uint32_t)b;
			return 0;
		}
		before = ready;
		code = pool_may_look(pool, asker) ? pool_grow(pool, pool->base)
		                                  : -EAGAIN;
	}
	return code;
}

int pool_allocate_reserve(const struct pool *pool, struct asker *asker,
                          uint32_t *block)
{
	uint32_t end = pool->base + pool->reserve;

	for (int64_t before = -1; pool_ready(pool) < end;) {
		uint32_t ready = pool_ready(pool);
		int code = pool_grow(pool, end);

		/* Each turn has more blocks than the one before. */
		if (code < 0 || ready <= before)
			return code < 0 ? code : -EUCLEAN;
		before = ready;
	}
	for (uint32_t b = pool->base; b < end; b++) {
		asker->looks++;
		if (try_block(pool, asker->member, b)) {
			*block = b;
			return 0;
		}
	}
	return -EAGAIN;
}

void pool_free(const struct pool *pool, uint32_t block)
{
	/* Pairs with C: what was read of the message is read. */
	store64_release(&pool_block(pool, block)->word, BLOCK_FREE);
	if (!pool->small) /* relaxed: a hint */
		store64_relaxed(&pool->shared->freed, block + 1);
}

/* How many items there are next, of `most`. */
static uint64_t next_count(uint64_t ready, uint64_t size, uint64_t most)
{
	uint64_t more = STEP_BYTES / size;

	if (more < ready / STEP_SHARE)
		more = ready / STEP_SHARE;
	if (more == 0)
		more = 1;
	return most - ready > more ? ready + more : most;
}

int pool_take(const struct pool *pool, uint64_t offset, uint64_t *ready,
              uint64_t size, uint64_t most, struct word64 *published)
{
	uint64_t count = next_count(*ready, size, most);
	uint64_t seen = *ready;
	int code = home_take(pool->home, offset + *ready * size,
	                     (count - *ready) * size);

	if (code < 0)
		return code;
	/* What was seen is fine: somebody else got as far. */
	*ready = cas64(published, &seen, count) ? count : seen;
	return 0;
}

int pool_grow(const struct pool *pool, uint32_t most)
{
	uint64_t ready = pool_ready(pool);
	int code = 0;

	if (ready >= most)
		return -EAGAIN;
	if (!pool->small) {
		uint64_t count = next_count(ready, pool->stride, most);

		code = home_take(pool->home,
		                 pool->words_at + ready * pool->step,
		                 (count - ready) * pool->step);
	}
	if (code == 0)
		code = pool_take(pool, pool->data_at, &ready, pool->stride,
		                 most, &pool->shared->blocks_ready);
	return code;
}
