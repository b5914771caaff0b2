/* SPDX-License-Identifier: MIT */
/* Messages that stay in place until they are done. */
#include "doors/clock.h"
#include "queue/get.h"
#include "queue/tasks.h"

#include <errno.h>
#include <stdlib.h>

/* Of weir_lease.reserved. */
enum { LEASE_BLOCK, LEASE_WORD, LEASE_COPY };

/* Somebody else took the message that it was for. */
static int give_up_block(struct weir_queue *queue, const struct chain *chain,
                         uint32_t member)
{
	chain_free(&queue->view.pool, chain, member);
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return 0;
}

/*
 * A small message has no block: it gets one, which says LEASING until the cell
 * says so too.  1, 0 somebody else took it, or -errno.
 */
static int lease_small(struct weir_queue *queue, struct source *source,
                       struct arrival *arrival, struct chain *chain)
{
	struct pool *pool = source->pool;
	uint32_t member = source->asker.member;
	uint32_t length = cell_argument(arrival->first);
	uint64_t first = arrival->first;
	uint64_t leased;
	struct word64 *word;
	int code;

	if (length > SMALL_MOST)
		return -EUCLEAN;
	code = chain_allocate(source, length, chain);
	if (code < 0)
		return code;
	/* It must still be there once the block is had: else somebody may have
	   leased it, in this very block, and be done; if this call died before
	   its CAS failed, the block would say that it leased it.  Acquire, and
	   not before the block was seen FREE. */
	if (load64_acquire(&arrival->cell->pair.first) != first)
		return give_up_block(queue, chain, member);
	chain_write(pool, chain, &arrival->second);
	word = &pool_block(pool, chain->first)->word;
	chain->word = block_turned(chain->word, BLOCK_LEASING, member,
	                           arrival->position);
	/* Relaxed: the CAS comes after it. */
	store64_relaxed(word, chain->word);
	leased = cell_turned(first, CELL_LEASED, chain->first);
	if (!cas64(&arrival->cell->pair.first, &first, leased))
		return give_up_block(queue, chain, member);
	index_settle(&queue->view.index, arrival->position, leased);
	chain->word = block_turned(chain->word, BLOCK_TAKEN, member, 1);
	return 1;
}

struct take {
	struct weir_queue *queue;
	struct chain chain;
	bool lacks_block;
	enum queue_event event; /* that it waits for */
};

static int lease_first(struct take *take)
{
	struct weir_queue *queue = take->queue;
	struct chain *chain = &take->chain;
	struct index *index = &queue->view.index;
	struct arrival arrival = { .position = index_head(index) };
	struct source source = queue_source(queue);

	source.leases = true;
	for (int i = 0; i < CONTEST_TRIES; i++) {
		int code = index_first(index, arrival.position, &arrival);

		if (code != 1)
			return code == 0 ? -EAGAIN : code;
		code = arrival.block == NO_BLOCK
		               ? lease_small(queue, &source, &arrival, chain)
		               : get_block(queue, &arrival, SIZE_MAX, chain);
		take->lacks_block = code == -EAGAIN;
		if (code == 1)
			index_taken_before(index, arrival.position + 1);
		if (code != 0)
			return code;
		arrival.position++;
	}
	return -EUCLEAN;
}

static int attempt(void *call)
{
	struct take *take = call;
	int code = 0;

	take->lacks_block = false;
	if (returned_any(&take->queue->view.pool))
		code = get_returned(take->queue, SIZE_MAX, &take->chain);
	return code == 0 ? lease_first(take) : code;
}

/* -ENOBUFS: what it waits for from now on is the other event. */
static int attempt_again(void *call)
{
	struct take *take = call;
	int code = attempt(take);
	bool for_room = take->event == QUEUE_ROOM;

	return code == -EAGAIN && take->lacks_block != for_room ? -ENOBUFS
	                                                        : code;
}

/* For a message; while that is a small one that lacks a block, for room. */
static int lease_wait(struct take *take, int64_t timeout)
{
	int64_t deadline = timeout > 0 ? wait_deadline(timeout) : 0;

	for (;;) {
		int code;

		take->event = take->lacks_block ? QUEUE_ROOM : QUEUE_DATA;
		code = queue_wait(take->queue, take->event, attempt_again, take,
		                  timeout);
		if (code != -ENOBUFS)
			return code;
		/* Whoever woke this one may have meant another. */
		queue_wake(&take->queue->view, take->event, 1);
		if (timeout <= 0)
			return -EAGAIN;
		if (timeout != WEIR_FOREVER) {
			timeout = deadline - clock_now();
			if (timeout <= 0)
				return -ETIMEDOUT;
		}
	}
}

/* Who gave it back, or who must not keep it. */
static void give_back(struct weir_queue *queue, const struct chain *chain)
{
	struct queue_view *view = &queue->view;
	struct pool *pool = &view->pool;

	/* Release: pairs with the acquire in returned_find. */
	store64_release(&pool_block(pool, chain->first)->word,
	                block_turned(chain->word, BLOCK_RETURNED, 0,
	                             block_stamp(chain->word)));
	returned_mark(pool, returned_bit(pool, chain->first));
	if (tasks_dropping(view))
		tasks_drop(view);
	queue_wake(view, QUEUE_DATA, 1);
}

/* One contiguous view of it; -ENOMEM, -EUCLEAN. */
static int show(const struct pool *pool, const struct chain *chain,
                struct weir_lease *lease)
{
	void *copy = NULL;
	int code;

	if (!chain_single(pool, chain)) {
		copy = malloc(chain->size);
		code = copy ? chain_copy(pool, chain, copy) : -ENOMEM;
		if (code < 0) {
			free(copy);
			return code;
		}
	}
	*lease = (struct weir_lease){
		.data = copy ? copy
		             : pool_data(pool, chain->first, chain->word),
		.size = chain->size,
		.deliveries = (unsigned)block_stamp(chain->word),
		.reserved = {
			[LEASE_BLOCK] = (uint64_t)chain->first + 1,
			[LEASE_WORD] = chain->word,
			[LEASE_COPY] = (uintptr_t)copy,
		},
	};
	return 0;
}

int weir_queue_lease(struct weir_queue *queue, int64_t timeout,
                     struct weir_lease *lease)
{
	struct take take = { .queue = queue };
	int code;

	if (!queue || !lease)
		return -EINVAL;
	code = queue_code(queue);
	queue_recover_amid(queue);
	if (code == 0)
		code = attempt(&take);
	if (code == -EAGAIN)
		code = lease_wait(&take, timeout);
	if (code == -ESHUTDOWN)
		code = queue_end(queue, attempt, &take);
	if (code < 0)
		return code;
	code = show(&queue->view.pool, &take.chain, lease);
	if (code < 0) {
		give_back(queue, &take.chain);
		return code;
	}
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return 0;
}

/* Ends the lease; false if it is not an open one of this process. */
static bool end_lease(struct weir_queue *queue, struct weir_lease *lease,
                      struct chain *chain)
{
	struct pool *pool = &queue->view.pool;
	uint64_t block = lease->reserved[LEASE_BLOCK];
	uint64_t word = lease->reserved[LEASE_WORD];

	if (block == 0 || block > pool->blocks ||
	    block_state(word) != BLOCK_TAKEN ||
	    block_member(word) != home_member(&queue->home) ||
	    /* Relaxed: only this process changes it. */
	    load64_relaxed(&pool_block(pool, (uint32_t)block - 1)->word) !=
	            word)
		return false;
	chain->first = (uint32_t)block - 1;
	chain->word = word;
	chain->size = lease->size;
	free((void *)(uintptr_t)lease->reserved[LEASE_COPY]);
	lease->reserved[LEASE_BLOCK] = 0;
	lease->data = NULL;
	return true;
}

int weir_queue_done(struct weir_queue *queue, struct weir_lease *lease)
{
	struct chain chain;
	int code;

	if (!queue || !lease)
		return -EINVAL;
	if (!end_lease(queue, lease, &chain))
		return -EPERM;
	code = tasks_finish(&queue->view, &chain, home_member(&queue->home));
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return code;
}

int weir_queue_giveback(struct weir_queue *queue, struct weir_lease *lease)
{
	struct chain chain;

	if (!queue || !lease)
		return -EINVAL;
	if (!end_lease(queue, lease, &chain))
		return -EPERM;
	give_back(queue, &chain);
	return 0;
}
