/* SPDX-License-Identifier: MIT */
#include "rings/chains.h"

#include <errno.h>

static bool is_short(const struct pool *pool, uint64_t size)
{
	return size < LENGTH_LONG && size <= pool->short_most;
}

uint64_t chain_blocks(const struct pool *pool, uint64_t size)
{
	uint64_t room = pool_room_long(pool);

	if (is_short(pool, size) || size == 0)
		return 1;
	return size / room + (size % room != 0);
}

static int allocate(struct source *source, uint32_t *block)
{
	struct pool *pool = source->pool;
	int code;

	if (pool->group)
		code = group_allocate(source->groups, source->desk,
		                      &source->asker, block);
	else
		code = pool_allocate(pool, &source->asker, block);
	if (code == -EAGAIN && source->leases)
		code = pool_allocate_reserve(pool, &source->asker, block);
	return code;
}

/* A further block, behind `last`. */
static int add_part(struct source *source, const struct chain *chain,
                    uint32_t *last)
{
	const struct pool *pool = source->pool;
	uint32_t b;
	int code = allocate(source, &b);

	if (code < 0)
		return code;
	/* Relaxed: whoever is to read it sees the message put first. */
	store64_relaxed(&pool_block(pool, b)->more, long_word(0, NO_BLOCK));
	/* Release: after the first one says that it is long. */
	store64_release(
		&pool_block(pool, b)->word,
		block_word(BLOCK_PART, source->asker.member, 0, chain->first));
	store64_relaxed(&pool_block(pool, *last)->more,
	                *last == chain->first ? long_word(chain->size, b)
	                                      : long_word(0, b));
	*last = b;
	return 0;
}

static int allocate_long(struct source *source, struct chain *chain)
{
	const struct pool *pool = source->pool;
	struct block *first = pool_block(pool, chain->first);
	uint64_t blocks = chain_blocks(pool, chain->size);
	uint32_t last = chain->first;
	int code = 0;

	chain->word =
		block_word(BLOCK_DRAFT, source->asker.member, LENGTH_LONG, 0);
	store64_relaxed(&first->more, long_word(chain->size, NO_BLOCK));
	store64_relaxed(&first->word, chain->word);
	for (uint64_t i = 1; i < blocks && code == 0; i++)
		code = add_part(source, chain, &last);
	if (code < 0)
		chain_free(pool, chain, source->asker.member);
	return code;
}

/*
 * So many blocks are free.  Who took some, and found no more, would keep them
 * from another one who needs fewer, time and again.
 */
static bool enough(struct source *source, uint64_t blocks)
{
	const struct pool *pool = source->pool;
	uint32_t ready = pool_ready(pool);
	uint64_t found = pool->base > ready ? pool->base - ready : 0;

	for (uint32_t b = 0; b < ready && found < blocks; b++) {
		source->asker.looks++;
		/* Relaxed: a hint.  Those in reserve are never put. */
		found += b - pool->base >= pool->reserve &&
		         load64_relaxed(&pool_block(pool, b)->word) ==
		                 BLOCK_FREE;
	}
	return found >= blocks;
}

int chain_allocate(struct source *source, uint64_t size, struct chain *chain)
{
	uint64_t blocks = chain_blocks(source->pool, size);
	int code = -EAGAIN;

	if (blocks == 1 || enough(source, blocks))
		code = allocate(source, &chain->first);
	if (code < 0)
		return code;
	chain->size = size;
	if (!is_short(source->pool, size))
		return allocate_long(source, chain);
	/* The word in the segment says so when it is put. */
	chain->word = block_word(BLOCK_DRAFT, source->asker.member,
	                         (uint32_t)size, 0);
	return 0;
}

int chain_read(const struct pool *pool, uint32_t first, uint64_t word,
               struct chain *chain)
{
	uint64_t size = block_length(word);
	uint64_t room = pool->short_most;

	if (size == LENGTH_LONG) {
		/* Written before the message was put; if that was taken since,
		   the first word says another thing. */
		size = long_length(
			load64_unsure(&pool_block(pool, first)->more));
		room = pool_room_long(pool) * pool_ready(pool);
	}
	if (size > room)
		return -EUCLEAN;
	chain->first = first;
	chain->word = word;
	chain->size = size;
	return 0;
}

bool chain_single(const struct pool *pool, const struct chain *chain)
{
	return block_length(chain->word) != LENGTH_LONG ||
	       chain->size <= pool_room_long(pool);
}

/* The block after `b`, or -EUCLEAN. */
static int64_t next_of(const struct pool *pool, uint32_t b)
{
	uint32_t next = long_next(load64_relaxed(&pool_block(pool, b)->more));

	return next < pool->blocks ? (int64_t)next : -EUCLEAN;
}

int chain_write(const struct pool *pool, const struct chain *chain,
                const void *message)
{
	const unsigned char *from = message;
	uint64_t room = pool_room_long(pool), left = chain->size;
	int64_t b = chain->first;

	if (block_length(chain->word) != LENGTH_LONG) {
		copy_in(pool_data_short(pool, chain->first), from, left);
		return 0;
	}
	for (;;) {
		uint64_t now = left < room ? left : room;

		copy_in(pool_data_long(pool, (uint32_t)b), from, now);
		left -= now;
		if (left == 0)
			return 0;
		from += now;
		b = next_of(pool, (uint32_t)b);
		if (b < 0)
			return (int)b;
	}
}

int chain_copy(const struct pool *pool, const struct chain *chain, void *buffer)
{
	unsigned char *to = buffer;
	uint64_t room = pool_room_long(pool), left = chain->size;
	int64_t b = chain->first;

	if (block_length(chain->word) != LENGTH_LONG) {
		copy_out(to, pool_data_short(pool, chain->first), left);
		return 0;
	}
	for (;;) {
		uint64_t now = left < room ? left : room;

		copy_out(to, pool_data_long(pool, (uint32_t)b), now);
		left -= now;
		if (left == 0)
			return 0;
		to += now;
		b = next_of(pool, (uint32_t)b);
		if (b < 0)
			return (int)b;
	}
}

void chain_free(const struct pool *pool, const struct chain *chain,
                uint32_t member)
{
	uint32_t first = chain->first;
	uint32_t next = NO_BLOCK;

	if (block_length(chain->word) == LENGTH_LONG)
		next = long_next(
			load64_relaxed(&pool_block(pool, first)->more));
	if (next < pool->blocks) {
		store64_relaxed(
			&pool_block(pool, first)->word,
			block_word(BLOCK_FREEING, member, LENGTH_LONG, 0));
	}
	/* No more than there are: it may have been made a circle. */
	for (uint32_t i = 0; i < pool->blocks && next < pool->blocks; i++) {
		struct block *part = pool_block(pool, next);
		uint32_t b = next;

		if (!block_is(load64_relaxed(&part->word), BLOCK_PART, first))
			break;
		next = long_next(load64_relaxed(&part->more));
		/* Its release orders it after FREEING. */
		pool_free(pool, b);
	}
	pool_free(pool, first);
}
