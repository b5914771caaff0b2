/* SPDX-License-Identifier: MIT */
#include "queue/fast.h"

#include <errno.h>

static bool fits_cell(size_t size)
{
	return CAS_PAIR && size <= SMALL_MOST;
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
	if (size > SMALL_MOST && chain_blocks(pool, size) > pool->base)
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
		code = queue_code(queue);
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
