/* SPDX-License-Identifier: MIT */
/*
 * The fast paths of putting and getting, where there is room or a message, and
 * a block at hand: what the functions of put.c and get.c do, straight down.  Of
 * each, false means that nothing was done.
 */
#ifndef WEIR_QUEUE_FAST_H
#define WEIR_QUEUE_FAST_H

#include "queue/get.h"

#include <errno.h>

/* ---- put */

static inline uint64_t fewer_bytes(const void *message, size_t size)
{
	uint64_t bytes = 0;

	if (size > 0)
		memcpy(&bytes, message, size);
	return bytes;
}

static inline uint64_t small_bytes(const void *message, size_t size)
{
	uint64_t bytes;

	if (unlikely(size != sizeof(bytes)))
		return fewer_bytes(message, size);
	memcpy(&bytes, message, sizeof(bytes));
	return bytes;
}

/* The next block of the desk's group is free, and becomes a draft; or -1. */
fast_path int64_t draft_fast(const struct pool *pool, struct desk *desk,
                             uint32_t member)
{
	uint32_t b = (uint32_t)desk->group * pool->group + desk->place;
	struct word64 *word = &pool_block(pool, b)->word;

	/* C and D of rings/blocks.h; relaxed as in groups.c. */
	if (load64_acquire(word) != BLOCK_FREE)
		return -1;
	store64_relaxed(word, block_word(BLOCK_DRAFT, member, 0, 0));
	desk->place = desk->place + 1 == pool->group ? 0 : desk->place + 1;
	return b;
}

/* As put_chain does, of a block's draft, if nothing stands in the way. */
fast_path bool post_fast(const struct index *index,
                         const struct vacancy *vacancy, uint32_t b,
                         const void *message, size_t size, uint32_t member)
{
	const struct pool *pool = index->pool;
	struct word64 *word = &pool_block(pool, b)->word;
	uint64_t posted = block_word(BLOCK_POSTED, member, (uint32_t)size,
	                             vacancy->position);

	/* It counts only if it is still vacant once the block is had. */
	if (likely(load64_relaxed(&vacancy->cell->pair.first) ==
	           vacancy->seen.first)) {
		copy_in(pool_data_short(pool, b), message, size);
		store64_relaxed(word, posted);
		if (likely(index_fill_pair(vacancy, CELL_BLOCK, b, posted)))
			return true;
	}
	store64_release(word, BLOCK_FREE);
	return false;
}

fast_path bool put_block_fast(struct weir_queue *queue, const void *message,
                              size_t size, const struct vacancy *vacancy)
{
	const struct pool *pool = &queue->view.pool;
	struct desk *desk = desk_mine(queue);
	uint32_t member = home_member(&queue->home);
	int64_t b;
	bool put;

	if (unlikely(!desk || desk->busy || desk->group == NO_GROUP))
		return false;
	desk->busy = true;
	fence_light();
	b = draft_fast(pool, desk, member);
	put = b >= 0 && post_fast(&queue->view.index, vacancy, (uint32_t)b,
	                          message, size, member);
	fence_light();
	desk->busy = false;
	return put;
}

/* What `position` shows, in a local. */
fast_path struct vacancy vacancy_at(const struct index *index,
                                    uint64_t position)
{
	struct cell_layout *cell = index_cell(index, position);

	/* Relaxed: the CAS that fills the cell orders what follows. */
	return (struct vacancy){
		.position = position,
		.cell = cell,
		.seen = { load64_relaxed(&cell->pair.first),
		          load64_relaxed(&cell->pair.second) },
	};
}

fast_path bool put_small_fast(const struct index *index, const void *message,
                              size_t size, uint64_t position)
{
	struct vacancy vacancy = vacancy_at(index, position);

	return likely(CAS_PAIR &&
	              index_vacant(index, position, vacancy.seen.first)) &&
	       index_fill_pair(&vacancy, CELL_SMALL, (uint32_t)size,
	                       small_bytes(message, size));
}

fast_path bool put_short_fast(struct weir_queue *queue, const void *message,
                              size_t size, uint64_t position)
{
	struct index *index = &queue->view.index;
	struct vacancy vacancy = vacancy_at(index, position);

	return likely(CAS_PAIR && size <= queue->view.pool.short_most &&
	              queue->view.pool.group &&
	              index_vacant(index, position, vacancy.seen.first)) &&
	       put_block_fast(queue, message, size, &vacancy);
}

fast_path bool put_fast(struct weir_queue *queue, const void *message,
                        size_t size, uint64_t position)
{
	if (unlikely(!message))
		return false;
	if (size <= SMALL_MOST)
		return put_small_fast(&queue->view.index, message, size,
		                      position);
	return put_short_fast(queue, message, size, position);
}

/* ---- get */

/* 1, 0 somebody else took it, -EMSGSIZE, -EUCLEAN. */
fast_path int get_small(struct arrival *arrival, void *buffer, size_t capacity,
                        size_t *size)
{
	uint32_t length = cell_argument(arrival->first);

	if (unlikely(length > SMALL_MOST))
		return -EUCLEAN;
	if (unlikely(length > capacity))
		return -EMSGSIZE;
	if (unlikely(!index_take_small(arrival)))
		return 0;
	if (likely(length == sizeof(arrival->second)))
		memcpy(buffer, &arrival->second, sizeof(arrival->second));
	else if (length > 0)
		memcpy(buffer, &arrival->second, length);
	*size = length;
	return 1;
}

/* What `position` shows, in a local; false: no message of this lap. */
fast_path bool arrival_at(const struct index *index, uint64_t position,
                          struct arrival *arrival)
{
	arrival->position = position;
	arrival->cell = index_cell(index, position);
	/* Pairs with A of rings/index.h. */
	arrival->first = load64_acquire(&arrival->cell->pair.first);
	/* Relaxed: B fails if it is of another lap. */
	arrival->second = load64_relaxed(&arrival->cell->pair.second);
	arrival->block = cell_argument(arrival->first);
	return likely(cell_ahead(arrival->first, index_lap(index, position)) ==
	              0);
}

/* These two take what arrival_at found. */
fast_path bool get_small_fast(struct arrival *arrival, void *buffer,
                              size_t capacity, size_t *size)
{
	return cell_kind(arrival->first) == CELL_SMALL &&
	       get_small(arrival, buffer, capacity, size) == 1;
}

fast_path bool get_short_fast(struct weir_queue *queue, struct arrival *arrival,
                              void *buffer, size_t capacity, size_t *size)
{
	const struct index *index = &queue->view.index;
	const struct pool *pool = &queue->view.pool;
	uint32_t length = block_length(arrival->second);

	if (unlikely(cell_kind(arrival->first) != CELL_BLOCK ||
	             arrival->block >= pool->blocks ||
	             length > pool->short_most || length > capacity ||
	             !block_is(arrival->second, BLOCK_POSTED,
	                       arrival->position) ||
	             !index_take_block(index, arrival,
	                               home_member(&queue->home))))
		return false;
	copy_out(buffer, pool_data_short(pool, arrival->block), length);
	pool_free(pool, arrival->block);
	*size = length;
	return true;
}

fast_path bool get_fast(struct weir_queue *queue, void *buffer, size_t capacity,
                        struct arrival *arrival, size_t *size)
{
	return arrival_at(&queue->view.index, arrival->position, arrival) &&
	       (get_small_fast(arrival, buffer, capacity, size) ||
	        get_short_fast(queue, arrival, buffer, capacity, size));
}

#endif
