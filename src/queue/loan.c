/* SPDX-License-Identifier: MIT */
/* Messages that are written in place. */
#include "queue/put.h"

#include <errno.h>

/* Of weir_loan.reserved. */
enum { LOAN_BLOCK, LOAN_WORD, LOAN_SIZE };

struct reserve {
	struct weir_queue *queue;
	size_t size;
	struct chain chain;
};

/* 1 or -errno. */
static int attempt(void *call)
{
	struct reserve *reserve = call;
	struct weir_queue *queue = reserve->queue;
	struct source source = queue_source(queue);
	struct index *index = &queue->view.index;
	struct vacancy vacancy = { .steps = 0 };
	int code = index_vacancy(index, index_tail(index), &vacancy);

	if (code == 0)
		code = chain_allocate(&source, reserve->size, &reserve->chain);
	return code < 0 ? code : 1;
}

int weir_queue_reserve(struct weir_queue *queue, size_t size, int64_t timeout,
                       struct weir_loan *loan)
{
	struct reserve reserve = { .queue = queue, .size = size };
	struct pool *pool;
	int code;

	if (!queue || !loan)
		return -EINVAL;
	pool = &queue->view.pool;
	if (size > queue->view.block_size)
		return -EMSGSIZE;
	code = queue_code(queue);
	if (code == 0)
		code = attempt(&reserve);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_ROOM, attempt, &reserve,
		                  timeout);
	if (code < 0)
		return code;
	*loan = (struct weir_loan){
		.data = pool_data(pool, reserve.chain.first,
		                  reserve.chain.word),
		.size = size,
		.reserved = {
			[LOAN_BLOCK] = (uint64_t)reserve.chain.first + 1,
			[LOAN_WORD] = reserve.chain.word,
			[LOAN_SIZE] = size,
		},
	};
	return 0;
}

/* The loan's block; false if it is not an open one of this process. */
static bool loan_chain(struct weir_queue *queue, const struct weir_loan *loan,
                       struct chain *chain)
{
	struct pool *pool = &queue->view.pool;
	uint64_t block = loan->reserved[LOAN_BLOCK];
	uint64_t word = loan->reserved[LOAN_WORD];
	uint64_t now;

	if (block == 0 || block > pool->blocks ||
	    block_state(word) != BLOCK_DRAFT ||
	    block_member(word) != home_member(&queue->home))
		return false;
	chain->first = (uint32_t)block - 1;
	chain->word = word;
	chain->size = loan->size;
	/* Relaxed: only this process changes it. */
	now = load64_relaxed(&pool_block(pool, chain->first)->word);
	return block_state(now) == BLOCK_DRAFT &&
	       block_member(now) == block_member(word);
}

static void close_loan(struct weir_loan *loan)
{
	loan->reserved[LOAN_BLOCK] = 0;
	loan->data = NULL;
}

/* As many bytes as were written. */
static void set_size(const struct pool *pool, struct chain *chain)
{
	if (block_length(chain->word) == LENGTH_LONG)
		/* Relaxed: before the message is put. */
		store64_relaxed(&pool_block(pool, chain->first)->more,
		                long_word(chain->size, NO_BLOCK));
	else
		chain->word = block_word(BLOCK_DRAFT, block_member(chain->word),
		                         (uint32_t)chain->size, 0);
}

int weir_queue_commit(struct weir_queue *queue, struct weir_loan *loan)
{
	struct index *index;
	struct chain chain;
	struct vacancy vacancy = { .steps = 0 };
	int code;

	if (!queue || !loan)
		return -EINVAL;
	if (!loan_chain(queue, loan, &chain))
		return -EPERM;
	if (loan->size > loan->reserved[LOAN_SIZE])
		return -EINVAL;
	index = &queue->view.index;
	vacancy.position = index_tail(index);
	set_size(&queue->view.pool, &chain);
	code = put_chain(queue, &chain, &vacancy);
	if (code == -ESHUTDOWN)
		weir_queue_abandon(queue, loan);
	if (code < 0)
		return code;
	index_put_before(index, vacancy.position);
	close_loan(loan);
	queue_wake(&queue->view, QUEUE_DATA, 1);
	return 0;
}

void weir_queue_abandon(struct weir_queue *queue, struct weir_loan *loan)
{
	struct chain chain;

	if (!queue || !loan || !loan_chain(queue, loan, &chain))
		return;
	chain_free(&queue->view.pool, &chain, home_member(&queue->home));
	close_loan(loan);
	queue_wake(&queue->view, QUEUE_ROOM, 1);
}
