/* SPDX-License-Identifier: MIT */
#include "queue/fast.h"
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
	struct word64 *at = &pool_block(pool, returned->block)->word;
	int code = read_ahead(pool, returned->block, word, capacity, chain);

	if (code != 1)
		return code;
	if (!cas64(at, &word, taken))
		return 0;
	/* Unlike POSTED, which says where, RETURNED may have come again, of
	   another message that is in the block now: only he who has it knows
	   how long it is. */
	code = chain_read(pool, returned->block, taken, chain);
	if (code == 0 && chain->size <= capacity)
		return 1;
	/* Release: what was read of it is read. */
	store64_release(at, returned->word);
	returned_mark(pool, returned_bit(pool, returned->block));
	queue_wake(&queue->view, QUEUE_DATA, 1);
	return code < 0 ? code : -EMSGSIZE;
}

int get_returned(struct weir_queue *queue, size_t capacity, struct chain *chain)
{
	const struct pool *pool = &queue->view.pool;
	struct returned returned = { .looks = 0 };
	bool may_move = true;

	for (int i = 0; i < RETURNED_TRIES; i++) {
		int code;

		if (tasks_dropping(&queue->view))
			return tasks_drop(&queue->view);
		if (!returned_find(pool, &returned))
			return 0;
		if (may_move && letters_due(queue, returned.word)) {
			code = letters_move(queue, &returned);
			if (code != 0)
				continue;
			/* It was copied in vain: once is enough. */
			may_move = false;
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
	if (get_fast(queue, buffer, capacity, arrival, size)) {
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
	int code;

	if (arrival.position % AMID_POSITIONS == 0)
		queue_recover_amid(get->queue);
	code = get_once(get->queue, get->buffer, get->capacity, &arrival,
	                &get->size);

	if (code == 1)
		index_taken_before(index, arrival.position);
	return code;
}

static slow_path ssize_t get_slow(struct weir_queue *queue, void *buffer,
                                  size_t capacity, int64_t timeout)
{
	struct get get = { queue, buffer, capacity, 0 };
	int code = queue_code(queue);

	if (!buffer && capacity > 0)
		return -EINVAL;
	if (code == 0)
		code = attempt(&get);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_DATA, attempt, &get, timeout);
	if (code == -ESHUTDOWN)
		code = queue_end(queue, attempt, &get);
	/* It may fit into somebody else's buffer, who sleeps. */
	if (code == -EMSGSIZE)
		queue_wake(&queue->view, QUEUE_DATA, 1);
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
	uint64_t position;
	size_t size;

	if (unlikely(!queue))
		return -EINVAL;
	position = index_head(index);
	if (unlikely(!buffer || position % AMID_POSITIONS == 0 ||
	             returned_any(&queue->view.pool) ||
	             !arrival_at(index, position, &arrival)))
		return get_slow(queue, buffer, capacity, timeout);
	if (!get_small_fast(&arrival, buffer, capacity, &size))
		return get_long(queue, &arrival, buffer, capacity, timeout);
	index_taken_before(index, arrival.position + 1);
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return (ssize_t)size;
}
