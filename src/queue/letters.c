/* SPDX-License-Identifier: MIT */
#include "queue/letters.h"

#include "doors/urcu.h"
#include "members/registry.h"
#include "queue/events.h"
#include "queue/tasks.h"

#include <errno.h>
#include <stdlib.h>

/* The other queue, opened at the first need; NULL: there is none. */
static struct weir_queue *other_queue(struct weir_queue *queue)
{
	struct weir_region *region =
		queue->home.region->single ? NULL : queue->home.region;
	struct weir_queue *opened = NULL;
	struct weir_queue *known = grace_read((void *const *)&queue->letters);
	int code;

	if (known)
		return known;
	code = region ? weir_queue_open_in(&opened, region, queue->dead_letter)
	              : weir_queue_open(&opened, queue->dead_letter);
	if (code < 0)
		return NULL;
	registry_lock();
	known = queue->letters;
	if (!known)
		grace_publish((void **)&queue->letters, opened);
	registry_unlock();
	if (!known)
		return opened;
	weir_queue_close(opened);
	return known;
}

void letters_close(struct weir_queue *queue)
{
	weir_queue_close(queue->letters);
}

/* 0 or -errno. */
static int put_there(struct weir_queue *queue, const struct chain *chain)
{
	struct weir_queue *other = other_queue(queue);
	void *copy;
	int code;

	if (!other)
		return -ENOENT;
	copy = malloc(chain->size ? chain->size : 1);
	if (!copy)
		return -ENOMEM;
	code = chain_copy(&queue->view.pool, chain, copy);
	if (code == 0)
		code = weir_queue_put(other, copy, chain->size, WEIR_NOWAIT);
	free(copy);
	return code;
}

/* Which the caller has. */
static int move(struct weir_queue *queue, const struct chain *chain)
{
	const struct queue_view *view = &queue->view;
	uint32_t member = home_member(&queue->home);
	int code;

	if (!queue->dead_letter[0])
		return tasks_give_up(view, chain, member);
	code = put_there(queue, chain);
	return code < 0 ? code : tasks_finish(view, chain, member);
}

int letters_move(struct weir_queue *queue, const struct returned *returned)
{
	const struct pool *pool = &queue->view.pool;
	struct word64 *at = &pool_block(pool, returned->block)->word;
	uint32_t member = home_member(&queue->home);
	uint64_t word = returned->word;
	struct chain chain;

	if (!cas64(at, &word,
	           block_turned(word, BLOCK_TAKEN, member, block_stamp(word))))
		return 1;
	if (chain_read(pool, returned->block, returned->word, &chain) < 0)
		return 0;
	if (move(queue, &chain) < 0) {
		/* Release: what was read of it is read. */
		store64_release(at, returned->word);
		returned_mark(pool, returned_bit(pool, returned->block));
		return 0;
	}
	queue_wake(&queue->view, QUEUE_ROOM, 1);
	return 1;
}

uint64_t weir_queue_dropped(const struct weir_queue *queue)
{
	return queue ? tasks_given_up(&queue->view) : 0;
}
