/* SPDX-License-Identifier: MIT */
/* How full a queue is, and its end. */
#include "queue/events.h"
#include "queue/put.h"
#include "queue/tasks.h"
#include "rings/returned.h"

#include <errno.h>

/* Messages in the ring; 0 if it is spoiled. */
static uint64_t queued(const struct weir_queue *queue)
{
	uint64_t head, tail;

	return index_bounds(&queue->view.index, &head, &tail) == 0 ? tail - head
	                                                           : 0;
}

size_t weir_queue_size(const struct weir_queue *queue)
{
	uint64_t returned;

	if (!queue)
		return 0;
	/* First those that came back: one that is leased and comes back
	   meanwhile is not counted twice. */
	returned = returned_count(&queue->view.pool);
	return returned + queued(queue);
}

size_t weir_queue_capacity(const struct weir_queue *queue)
{
	return queue ? queue->view.index.capacity : 0;
}

bool weir_queue_empty(const struct weir_queue *queue)
{
	return weir_queue_size(queue) == 0;
}

bool weir_queue_full(const struct weir_queue *queue)
{
	return queue && queued(queue) >= queue->view.index.capacity;
}

int weir_queue_shutdown(struct weir_queue *queue, bool immediate)
{
	struct queue_view *view;
	int code;

	if (!queue)
		return -EINVAL;
	code = queue_intact(queue);
	if (code < 0)
		return code;
	view = &queue->view;
	/* Before the end is put: who sees that knows what it means. */
	if (immediate)
		store32_release(&view->shared->dropping, 1);
	code = immediate ? tasks_drop(view) : index_shut(&view->index);
	if (code < 0)
		return code;
	queue_wake(view, QUEUE_DATA, SIZE_MAX);
	queue_wake(view, QUEUE_ROOM, SIZE_MAX);
	queue_wake(view, QUEUE_IDLE, SIZE_MAX);
	return 0;
}
