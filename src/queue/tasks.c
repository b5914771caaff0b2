/* SPDX-License-Identifier: MIT */
#include "queue/tasks.h"

#include "queue/events.h"
#include "queue/put.h"
#include "rings/returned.h"

#include <errno.h>

/* Who has an unfinished task counts once, so often only who is lied to. */
enum { LAST_BITS = 24, COUNTS_MOST = 16 };

/* What is finished or dropped is counted modulo this. */
#define MODULUS (UINT64_C(1) << (64 - LAST_BITS))

static uint64_t counter_word(uint64_t count, uint32_t block)
{
	return count << LAST_BITS | block;
}

static uint64_t count_of(uint64_t word)
{
	return word >> LAST_BITS;
}

/* A word {count, whose block was the last}, and what that block says. */
struct counter {
	struct word64 *word;
	enum block_state before; /* it may be the one with the number `stamp` */
	enum block_state after;  /* it is counted */
};

static struct counter of_finished(const struct queue_view *view)
{
	return (struct counter){ &view->shared->finished, BLOCK_FINISHING,
		                 BLOCK_FREEING };
}

static struct counter of_dropped(const struct queue_view *view)
{
	return (struct counter){ &view->shared->dropped, BLOCK_GIVEN_UP,
		                 BLOCK_COUNTED };
}

/* A and D. */
static void help(const struct queue_view *view, const struct counter *counter,
                 uint64_t seen)
{
	uint32_t last = seen & NO_BLOCK;
	struct block *block;
	uint64_t word;

	if (last >= view->pool.blocks)
		return;
	block = pool_block(&view->pool, last);
	word = load64_relaxed(&block->word);
	/* As long as nothing was counted it names block 0, which never says
	   that it may be number 0 until as many were as a stamp can tell. */
	if (block_is(word, counter->before, count_of(seen)))
		cas64(&block->word, &word,
		      block_turned(word, counter->after, block_member(word),
		                   0));
}

/* B and C; `word` is what the block says now. */
static int count(const struct queue_view *view, const struct counter *counter,
                 uint32_t b, uint64_t word, uint32_t member, uint32_t *tries)
{
	struct block *block = pool_block(&view->pool, b);

	while ((*tries)++ < CONTEST_TRIES + view->pool.blocks) {
		uint64_t seen =
			load64_acquire(counter->word); /* pairs with C */
		uint64_t number = (count_of(seen) + 1) % MODULUS;

		help(view, counter, seen);
		/* Relaxed: C comes after it. */
		store64_relaxed(
			&block->word,
			block_turned(word, counter->before, member, number));
		if (cas64(counter->word, &seen, counter_word(number, b))) {
			help(view, counter, counter_word(number, b));
			return 0;
		}
	}
	return -EUCLEAN;
}

/* The same for a dead member's block that says so already. */
static int count_dead(const struct queue_view *view,
                      const struct counter *counter, uint32_t b, uint64_t word,
                      uint32_t *tries)
{
	struct word64 *at = &pool_block(&view->pool, b)->word;

	help(view, counter, load64_acquire(counter->word));
	if (load64_acquire(at) != word)
		return 0; /* it was counted */
	return count(view, counter, b, word, block_member(word), tries);
}

int tasks_finish(const struct queue_view *view, const struct chain *chain,
                 uint32_t member)
{
	struct counter finished = of_finished(view);
	uint32_t tries = 0;
	int code = count(view, &finished, chain->first, chain->word, member,
	                 &tries);

	if (code == 0)
		chain_free(&view->pool, chain, member);
	queue_wake(view, QUEUE_IDLE, SIZE_MAX);
	return code;
}

int tasks_give_up(const struct queue_view *view, const struct chain *chain,
                  uint32_t member)
{
	struct counter dropped = of_dropped(view);
	uint32_t tries = 0;
	int code = count(view, &dropped, chain->first, chain->word, member,
	                 &tries);

	return code < 0 ? code : tasks_finish(view, chain, member);
}

int tasks_finish_dead(const struct queue_view *view, uint32_t b, uint64_t word,
                      uint32_t *tries)
{
	struct word64 *at = &pool_block(&view->pool, b)->word;
	struct counter dropped = of_dropped(view);
	struct counter finished = of_finished(view);
	int code = 0;

	if (block_state(word) == BLOCK_GIVEN_UP) {
		code = count_dead(view, &dropped, b, word, tries);
		word = load64_acquire(at);
	}
	if (code == 0 && block_state(word) == BLOCK_COUNTED)
		return count(view, &finished, b, word, block_member(word),
		             tries);
	if (code == 0 && block_state(word) == BLOCK_FINISHING)
		code = count_dead(view, &finished, b, word, tries);
	return code;
}

uint64_t tasks_given_up(const struct queue_view *view)
{
	return count_of(load64_relaxed(&view->shared->dropped));
}

static bool drop_block(const struct queue_view *view, uint32_t b, uint64_t word,
                       uint64_t position)
{
	return cas64(&pool_block(&view->pool, b)->word, &word,
	             block_turned(word, BLOCK_DROPPED, 0, position));
}

static bool drop_cell(const struct queue_view *view, struct arrival *arrival)
{
	if (arrival->block != NO_BLOCK)
		return drop_block(view, arrival->block, arrival->second,
		                  arrival->position);
	return cas64(&arrival->cell->pair.first, &arrival->first,
	             cell_turned(arrival->first, CELL_DROPPED, 0));
}

/* True: there was something. */
static bool drop_queued(const struct queue_view *view)
{
	const struct index *index = &view->index;
	struct arrival arrival = { .position = index_head(index) };
	bool dropped = false;

	/* Whoever drops the same has marked it, so each turn gets further. */
	for (uint64_t i = 0; i < 2 * index->count; i++) {
		if (index_first(index, arrival.position, &arrival) != 1)
			break;
		dropped |= drop_cell(view, &arrival);
		arrival.position++;
	}
	index_taken_before(index, arrival.position);
	return dropped;
}

static bool drop_returned(const struct queue_view *view)
{
	struct returned returned = { .looks = 0 };
	bool dropped = false;

	for (uint32_t i = 0; i < 2 * view->pool.blocks; i++) {
		if (!returned_find(&view->pool, &returned))
			break;
		dropped |= drop_block(view, returned.block, returned.word, 0);
	}
	return dropped;
}

int tasks_drop(const struct queue_view *view)
{
	int code = index_shut(&view->index);
	bool queued, returned;

	if (code < 0)
		return code;
	queued = drop_queued(view);
	returned = drop_returned(view);
	/* In vain, it must wake nobody: who joins would wake himself. */
	if (queued || returned) {
		queue_wake(view, QUEUE_IDLE, SIZE_MAX);
		queue_wake(view, QUEUE_DATA, SIZE_MAX);
	}
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

/* How many more they are than were finished; 0: they are not. */
static int64_t unfinished_of(int64_t tasks, uint64_t finished)
{
	uint64_t more = ((uint64_t)tasks - finished) % MODULUS;

	return more < MODULUS / 2 ? (int64_t)more : 0;
}

int64_t tasks_unfinished(const struct queue_view *view)
{
	/* Finished first: it never overtakes what was put. */
	uint64_t finished = load64_acquire(&view->shared->finished);
	int64_t tasks = count_tasks(view);

	return tasks < 0 ? tasks : unfinished_of(tasks, count_of(finished));
}

int weir_queue_task_done(struct weir_queue *queue)
{
	struct counter finished;
	struct queue_view *view;
	int64_t tasks = 0, unfinished = 0;
	int counts = 0;

	if (!queue)
		return -EINVAL;
	if (queue_intact(queue) < 0)
		return -EUCLEAN;
	view = &queue->view;
	finished = of_finished(view);
	for (int i = 0; i < CONTEST_TRIES && counts < COUNTS_MOST; i++) {
		/* Pairs with C. */
		uint64_t seen = load64_acquire(finished.word);
		uint64_t done = count_of(seen);

		if (counts > 0)
			unfinished = unfinished_of(tasks, done);
		if (unfinished == 0) {
			tasks = count_tasks(view);
			unfinished = unfinished_of(tasks, done);
			counts++;
		}
		if (tasks < 0 || unfinished == 0)
			return tasks < 0 ? -EUCLEAN : -EOVERFLOW;
		help(view, &finished, seen);
		if (cas64(finished.word, &seen,
		          counter_word(done + 1, NO_BLOCK))) {
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
	code = queue_intact(queue);
	if (code == 0)
		code = attempt(queue);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_IDLE, attempt, queue, timeout);
	return code < 0 ? code : 0;
}
