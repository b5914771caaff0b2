/* SPDX-License-Identifier: MIT */
#include "queue/tasks.h"

#include "queue/events.h"
#include "queue/put.h"
#include "rings/returned.h"

#include <errno.h>

/* Who has an unfinished task counts once, so often only who is lied to. */
enum { LAST_BITS = 24, COUNTS_MOST = 16 };

static uint64_t finished_word(uint64_t count, uint32_t block)
{
	return count << LAST_BITS | block;
}

static uint64_t count_of(uint64_t finished)
{
	return finished >> LAST_BITS;
}

/* A and D. */
static void help(const struct queue_view *view, uint64_t finished)
{
	uint32_t last = finished & NO_BLOCK;
	struct block *block;
	uint64_t word;

	if (last >= view->pool.blocks)
		return;
	block = pool_block(&view->pool, last);
	word = load64_relaxed(&block->word);
	if (count_of(finished) > 0 &&
	    block_is(word, BLOCK_FINISHING, count_of(finished)))
		cas64(&block->word, &word,
		      block_turned(word, BLOCK_FREEING, block_member(word), 0));
}

/* B and C; `word` is what the block says now. */
static int finish(const struct queue_view *view, uint32_t b, uint64_t word,
                  uint32_t member)
{
	struct word64 *finished = &view->shared->finished;
	struct block *block = pool_block(&view->pool, b);

	for (int i = 0; i < CONTEST_TRIES; i++) {
		uint64_t seen = load64_acquire(finished); /* pairs with C */
		uint64_t count = count_of(seen) + 1;

		help(view, seen);
		/* Relaxed: C comes after it. */
		store64_relaxed(
			&block->word,
			block_turned(word, BLOCK_FINISHING, member, count));
		if (cas64(finished, &seen, finished_word(count, b))) {
			help(view, finished_word(count, b));
			return 0;
		}
	}
	return -EUCLEAN;
}

int tasks_finish(const struct queue_view *view, const struct chain *chain,
                 uint32_t member)
{
	int code = finish(view, chain->first, chain->word, member);

	if (code == 0)
		chain_free(&view->pool, chain, member);
	queue_wake(view, QUEUE_IDLE, SIZE_MAX);
	return code;
}

int tasks_finish_dead(const struct queue_view *view, uint32_t b, uint64_t word)
{
	struct word64 *at = &pool_block(&view->pool, b)->word;
	uint64_t finished = load64_acquire(&view->shared->finished);

	help(view, finished);
	if (load64_acquire(at) != word)
		return 0; /* it was finished, and says FREEING */
	return finish(view, b, word, block_member(word));
}

static void drop_cell(const struct queue_view *view, struct arrival *arrival)
{
	uint64_t word = arrival->second;

	if (arrival->block == NO_BLOCK)
		cas64(&arrival->cell->pair.first, &arrival->first,
		      cell_turned(arrival->first, CELL_DROPPED, 0));
	else
		cas64(&pool_block(&view->pool, arrival->block)->word, &word,
		      block_turned(word, BLOCK_DROPPED, 0, arrival->position));
}

static void drop_queued(const struct queue_view *view)
{
	const struct index *index = &view->index;
	struct arrival arrival = { .position = index_head(index) };

	/* Whoever drops the same has marked it, so each turn gets further. */
	for (uint64_t i = 0; i < 2 * index->count; i++) {
		if (index_first(index, arrival.position, &arrival) != 1)
			break;
		drop_cell(view, &arrival);
		arrival.position++;
	}
	index_taken_before(index, arrival.position);
}

static void drop_returned(const struct queue_view *view)
{
	struct returned returned = { .looks = 0 };

	for (uint32_t i = 0; i < 2 * view->pool.blocks; i++) {
		uint64_t word;

		if (!returned_find(&view->pool, &returned))
			break;
		word = returned.word;
		cas64(&pool_block(&view->pool, returned.block)->word, &word,
		      block_turned(word, BLOCK_DROPPED, 0, 0));
	}
}

int tasks_drop(const struct queue_view *view)
{
	int code = index_shut(&view->index);

	if (code < 0)
		return code;
	drop_queued(view);
	drop_returned(view);
	queue_wake(view, QUEUE_IDLE, SIZE_MAX);
	queue_wake(view, QUEUE_DATA, SIZE_MAX);
	return 0;
}

/* `tail` is exact: what is behind a late one is in the first lap's cells. */
static int64_t dropped_count(const struct queue_view *view, uint64_t tail)
{
	uint32_t ready = pool_ready(&view->pool);
	int64_t count = 0;

	for (uint32_t b = 0; b < ready; b++) {
		uint64_t word =
			load64_relaxed(&pool_block(&view->pool, b)->word);

		count += block_state(word) == BLOCK_DROPPED;
	}
	/* Only cells that were filled have memory. */
	for (uint64_t i = 0; i < view->index.count; i++) {
		uint64_t position = tail - 1 - i;
		uint64_t first;

		if (position < view->index.count)
			break;
		first = load64_relaxed(
			&index_cell(&view->index, position)->pair.first);
		count += cell_kind(first) == CELL_DROPPED;
	}
	return count;
}

/* How many messages were put, less those that were dropped; -EUCLEAN. */
static int64_t count_tasks(const struct queue_view *view)
{
	bool dropping = tasks_dropping(view);
	int64_t count;
	uint64_t tail;

	if ((dropping && tasks_drop(view) < 0) ||
	    index_end(&view->index, &tail) < 0)
		return -EUCLEAN;
	count = (int64_t)(tail - view->index.count);
	if (count < 0)
		return -EUCLEAN;
	if (dropping)
		count -= dropped_count(view, tail);
	return count < 0 ? 0 : count;
}

int64_t tasks_unfinished(const struct queue_view *view)
{
	/* Finished first: it never overtakes what was put. */
	uint64_t finished = load64_acquire(&view->shared->finished);
	int64_t tasks = count_tasks(view);

	if (tasks < 0 || (uint64_t)tasks <= count_of(finished))
		return tasks < 0 ? tasks : 0;
	return tasks - (int64_t)count_of(finished);
}

int weir_queue_task_done(struct weir_queue *queue)
{
	struct queue_view *view;
	struct word64 *finished;
	int64_t tasks = 0;
	int counts = 0;

	if (!queue)
		return -EINVAL;
	view = &queue->view;
	finished = &view->shared->finished;
	for (int i = 0; i < CONTEST_TRIES && counts < COUNTS_MOST; i++) {
		uint64_t seen = load64_acquire(finished); /* pairs with C */
		uint64_t done = count_of(seen) + 1;

		if (done > (uint64_t)tasks) {
			tasks = count_tasks(view);
			counts++;
		}
		if (tasks < 0 || done > (uint64_t)tasks)
			return tasks < 0 ? -EUCLEAN : -EOVERFLOW;
		help(view, seen);
		if (cas64(finished, &seen, finished_word(done, NO_BLOCK))) {
			queue_wake(view, QUEUE_IDLE, SIZE_MAX);
			return 0;
		}
	}
	return -EUCLEAN;
}

/* 1 nothing is unfinished, -EAGAIN, -EUCLEAN. */
static int attempt(void *call)
{
	const struct weir_queue *queue = call;
	int64_t unfinished = tasks_unfinished(&queue->view);

	return unfinished > 0 ? -EAGAIN : unfinished < 0 ? -EUCLEAN : 1;
}

int weir_queue_join(struct weir_queue *queue, int64_t timeout)
{
	int code;

	if (!queue)
		return -EINVAL;
	code = attempt(queue);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_IDLE, attempt, queue, timeout);
	return code < 0 ? code : 0;
}
