/* SPDX-License-Identifier: MIT */
#include "queue/get.h"

#include "queue/letters.h"
#include "queue/tasks.h"

#include <errno.h>

/* So often others were faster: those that are queued may come first. */
enum { RETURNED_TRIES = 1000 };

/* Reads what this block is going to be, before it is taken. */
static int read_ahead(const struct pool *pool, uint32_t block, uint64_t word,
                      size_t capacity, struct chain *chain)
{
	int code = chain_read(pool, block, word, chain);

	if (code == 0 && chain->size <= capacity)
		return 1;
	if (load64_relaxed(&pool_block(pool, block)->word) != word)
		return 0; /* it was taken: what was read says nothing */
	return code < 0 ? code : -EMSGSIZE;
}

int get_block(struct weir_queue *queue, struct arrival *arrival,
              size_t capacity, struct chain *chain)
{
	const struct queue_view *view = &queue->view;
	int code = read_ahead(&view->pool, arrival->block, arrival->second,
	                      capacity, chain);

	if (code != 1)
		return code;
	if (!index_take_block(&view->index, arrival, home_member(&queue->home)))
		return 0;
	chain->word = arrival->second;
	return 1;
}

static int take_returned(struct weir_queue *queue,
                         const struct returned *returned, size_t capacity,
                         struct chain *chain)
{
	const struct pool *pool = &queue->view.pool;
	uint64_t word = returned->word;
	uint64_t taken =
		block_turned(word, BLOCK_TAKEN, home_member(&queue->home),
	                     block_stamp(word) + 1);
	int code = read_ahead(pool, returned->block, word, capacity, chain);

	if (code != 1)
		return code;
	if (!cas64(&pool_block(pool, returned->block)->word, &word, taken))
		return 0;
	chain->word = taken;
	return 1;
}

int get_returned(struct weir_queue *queue, size_t capacity, struct chain *chain)
{
	const struct pool *pool = &queue->view.pool;
	struct returned returned = { .looks = 0 };

	for (int i = 0; i < RETURNED_TRIES; i++) {
		int code;

		if (tasks_dropping(&queue->view))
			return tasks_drop(&queue->view);
		if (!returned_find(pool, &returned))
			return 0;
		if (letters_due(queue, returned.word)) {
			code = letters_move(queue, &returned);
			if (code != 0)
				continue;
		}
		code = take_returned(queue, &returned, capacity, chain);
		if (code != 0)
			return code;
	}
	return 0;
}

/* What the caller has goes into his buffer. */
static int deliver(struct weir_queue *queue, const struct chain *chain,
                   void *buffer)
{
	int code = chain_copy(&queue->view.pool, chain, buffer);

	chain_free(&queue->view.pool, chain, home_member(&queue->home));
	return code;
}

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

static int get_first(struct weir_queue *queue, void *buffer, size_t capacity,
                     struct arrival *arrival, size_t *size)
{
	struct chain chain;

	for (int i = 0; i < CONTEST_TRIES; i++) {
		int code = index_first(&queue->view.index, arrival->position,
		                       arrival);

		if (code != 1)
			return code == 0 ? -EAGAIN : code;
		if (arrival->block == NO_BLOCK) {
			code = get_small(arrival, buffer, capacity, size);
		} else {
			code = get_block(queue, arrival, capacity, &chain);
			if (code == 1) {
				*size = chain.size;
				code = deliver(queue, &chain, buffer);
				code = code < 0 ? code : 1;
			}
		}
		/* Not this one any more, whoever took it. */
		arrival->position += code >= 0;
		if (likely(code != 0))
			return code;
	}
	return -EUCLEAN;
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

/*
 * The next two take what `arrival_at` found, if nothing stands in the way: what
 * the slower functions do, straight down.  False: nothing was done.
 */
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

int get_once(struct weir_queue *queue, void *buffer, size_t capacity,
             struct arrival *arrival, size_t *size)
{
	struct chain chain;
	int code;

	if (unlikely(returned_any(&queue->view.pool))) {
		code = get_returned(queue, capacity, &chain);
		if (code < 0)
			return code;
		if (code == 1) {
			*size = chain.size;
			code = deliver(queue, &chain, buffer);
			return code < 0 ? code : 1;
		}
	}
	if (arrival_at(&queue->view.index, arrival->position, arrival) &&
	    (get_small_fast(arrival, buffer, capacity, size) ||
	     get_short_fast(queue, arrival, buffer, capacity, size))) {
		arrival->position++;
		return 1;
	}
	return get_first(queue, buffer, capacity, arrival, size);
}

struct get {
	struct weir_queue *queue;
	void *buffer;
	size_t capacity;
	size_t size;
};

static int attempt(void *call)
{
	struct get *get = call;
	struct index *index = &get->queue->view.index;
	struct arrival arrival = { .position = index_head(index) };
	int code = get_once(get->queue, get->buffer, get->capacity, &arrival,
	                    &get->size);

	if (code == 1)
		index_taken_before(index, arrival.position);
	return code;
}

static slow_path ssize_t get_slow(struct weir_queue *queue, void *buffer,
                                  size_t capacity, int64_t timeout)
{
	struct get get = { queue, buffer, capacity, 0 };
	int code = home_code(&queue->home);

	if (!buffer && capacity > 0)
		return -EINVAL;
	if (code == 0)
		code = attempt(&get);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_DATA, attempt, &get, timeout);
	if (code == -ESHUTDOWN)
		code = queue_end(queue, attempt, &get);
	if (code < 0)
		return code;
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return (ssize_t)get.size;
}

static __attribute__((noinline)) ssize_t get_long(struct weir_queue *queue,
                                                  struct arrival *arrival,
                                                  void *buffer, size_t capacity,
                                                  int64_t timeout)
{
	size_t size;

	if (unlikely(home_code(&queue->home) < 0 ||
	             !get_short_fast(queue, arrival, buffer, capacity, &size)))
		return get_slow(queue, buffer, capacity, timeout);
	index_taken_before(&queue->view.index, arrival->position + 1);
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return (ssize_t)size;
}

ssize_t weir_queue_get(struct weir_queue *queue, void *buffer, size_t capacity,
                       int64_t timeout)
{
	struct index *index = &queue->view.index;
	struct arrival arrival;
	size_t size;

	if (unlikely(!queue))
		return -EINVAL;
	if (unlikely(!buffer || returned_any(&queue->view.pool) ||
	             !arrival_at(index, index_head(index), &arrival)))
		return get_slow(queue, buffer, capacity, timeout);
	if (!get_small_fast(&arrival, buffer, capacity, &size))
		return get_long(queue, &arrival, buffer, capacity, timeout);
	index_taken_before(index, arrival.position + 1);
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return (ssize_t)size;
}
