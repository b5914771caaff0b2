/* SPDX-License-Identifier: MIT */
/*
 * Desks: what each thread of this process knows of a queue.
 *
 * A thread finds its desk in a cache of its own, or, when it uses many queues in
 * turn, in the handle's list, under registry_lock.  A desk ends with its thread,
 * or the handle, or in the child of a fork, where it is the parent's.
 */
#ifndef WEIR_QUEUE_DESKS_H
#define WEIR_QUEUE_DESKS_H

#include "queue/handle.h"

/* This thread's desk, or NULL: it must do without. */
struct desk *desk_mine_slow(struct weir_queue *queue);

enum { DESKS_CACHED = 4 };

/* The desks this thread used last; its address tells the thread. */
struct desk_cache {
	uint64_t id;
	struct desk *desk;
};

extern __thread struct desk_cache desk_cache[DESKS_CACHED];

static inline struct desk *desk_mine(struct weir_queue *queue)
{
	struct desk_cache *cached = &desk_cache[queue->id % DESKS_CACHED];

	if (unlikely(cached->id != queue->id))
		return desk_mine_slow(queue);
	return cached->desk;
}

/* The handle's desks begin and end; under registry_lock. */
void desks_begin(struct weir_queue *queue);
void desks_end(struct weir_queue *queue);

/* Where this thread's blocks come from. */
static inline struct source queue_source(struct weir_queue *queue)
{
	return (struct source){
		.pool = &queue->view.pool,
		.groups = &queue->view.groups,
		.desk = queue->view.pool.group ? desk_mine(queue) : NULL,
		.asker = { .member = home_member(&queue->home) },
	};
}

#endif
