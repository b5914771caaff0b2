/* SPDX-License-Identifier: MIT */
#include "queue/put.h"

#include <errno.h>

static bool fits_cell(size_t size)
{
	return CAS_PAIR && size <= SMALL_MOST;
}

static uint64_t small_bytes(const void *message, size_t size)
{
	uint64_t bytes = 0;

	if (likely(size == sizeof(bytes)))
		memcpy(&bytes, message, sizeof(bytes));
	else if (size > 0)
		memcpy(&bytes, message, size);
	return bytes;
}

/* A message that its cell holds: rings/index.h. */
static int put_small(struct weir_queue *queue, const void *message, size_t size,
                     struct vacancy *vacancy)
{
	struct index *index = &queue->view.index;
	uint64_t bytes = small_bytes(message, size);

	for (int i = 0; i < CONTEST_TRIES; i++) {
		int code = index_vacancy(index, vacancy->position, vacancy);

		if (code < 0)
			return code;
		if (index_fill_pair(vacancy, CELL_SMALL, (uint32_t)size,
		                    bytes)) {
			vacancy->position++;
			return 0;
		}
	}
	return -EUCLEAN;
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

/*
 * The next two put a message where there is room, and a block at hand: what the
 * slower functions do, straight down.  False: nothing was done.
 */
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

int put_chain(struct weir_queue *queue, const struct chain *chain,
              struct vacancy *vacancy)
{
	struct index *index = &queue->view.index;
	struct word64 *word =
		&pool_block(&queue->view.pool, chain->first)->word;
	uint32_t member = home_member(&queue->home);

	for (int i = 0; i < CONTEST_TRIES; i++) {
		int code = index_vacancy(index, vacancy->position, vacancy);
		uint64_t posted = block_turned(chain->word, BLOCK_POSTED,
		                               member, vacancy->position);
		bool put;

		if (code == 0) {
			/* Relaxed: A of rings/index.h comes after it. */
			store64_relaxed(word, posted);
			put = CAS_PAIR ? index_fill_pair(vacancy, CELL_BLOCK,
			                                 chain->first, posted)
			               : index_fill_one(vacancy, CELL_BARE,
			                                chain->first);
			if (likely(put)) {
				vacancy->position++;
				return 0;
			}
			continue;
		}
		if (i > 0)
			store64_relaxed(word, chain->word);
		return code;
	}
	return -EUCLEAN;
}

static slow_path int put_block(struct weir_queue *queue, const void *message,
                               size_t size, struct vacancy *vacancy)
{
	struct source source = queue_source(queue);
	struct chain chain;
	/* First of all is there room?  But a position counts only if it is
	   found once the block is had: see tests/model/queue.pml. */
	int code =
		index_vacancy(&queue->view.index, vacancy->position, vacancy);

	if (code == 0)
		code = chain_allocate(&source, size, &chain);
	if (code < 0)
		return code;
	code = chain_write(source.pool, &chain, message);
	if (code == 0)
		code = put_chain(queue, &chain, vacancy);
	if (code < 0)
		chain_free(source.pool, &chain, source.asker.member);
	return code;
}

int put_once(struct weir_queue *queue, const void *message, size_t size,
             struct vacancy *vacancy)
{
	if (fits_cell(size))
		return put_small(queue, message, size, vacancy);
	if (message &&
	    put_short_fast(queue, message, size, vacancy->position)) {
		vacancy->position++;
		return 0;
	}
	return put_block(queue, message, size, vacancy);
}

int put_check(const struct weir_queue *queue, const void *message, size_t size)
{
	const struct pool *pool = &queue->view.pool;

	if (!message && size > 0)
		return -EINVAL;
	if (size > SMALL_MOST && chain_blocks(pool, size) > pool->blocks)
		return -EMSGSIZE;
	return 0;
}

struct put {
	struct weir_queue *queue;
	const void *message;
	size_t size;
};

/* 1 or -errno. */
static int attempt(void *call)
{
	struct put *put = call;
	struct index *index = &put->queue->view.index;
	struct vacancy vacancy = { .position = index_tail(index) };
	int code = put_once(put->queue, put->message, put->size, &vacancy);

	if (code < 0)
		return code;
	index_put_before(index, vacancy.position);
	return 1;
}

static slow_path int put_slow(struct weir_queue *queue, const void *message,
                              size_t size, int64_t timeout)
{
	struct put put = { queue, message, size };
	int code = put_check(queue, message, size);

	if (code == 0)
		code = home_code(&queue->home);
	if (code == 0)
		code = attempt(&put);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_ROOM, attempt, &put, timeout);
	if (code < 0)
		return code;
	queue_wake(&queue->view, QUEUE_DATA, 1);
	return 0;
}

static __attribute__((noinline)) int put_long(struct weir_queue *queue,
                                              const void *message, size_t size,
                                              int64_t timeout)
{
	struct index *index = &queue->view.index;
	uint64_t position = index_tail(index);

	if (unlikely(!message ||
	             !put_short_fast(queue, message, size, position)))
		return put_slow(queue, message, size, timeout);
	index_put_before(index, position + 1);
	queue_wake(&queue->view, QUEUE_DATA, 1);
	return 0;
}

int weir_queue_put(struct weir_queue *queue, const void *message, size_t size,
                   int64_t timeout)
{
	struct index *index = &queue->view.index;
	uint64_t position;

	if (unlikely(!queue))
		return -EINVAL;
	if (size > SMALL_MOST)
		return put_long(queue, message, size, timeout);
	position = index_tail(index);
	if (unlikely(!message ||
	             !put_small_fast(index, message, size, position)))
		return put_slow(queue, message, size, timeout);
	index_put_before(index, position + 1);
	queue_wake(&queue->view, QUEUE_DATA, 1);
	return 0;
}
