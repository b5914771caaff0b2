/* SPDX-License-Identifier: MIT */
/*
 * Waiting at a queue: for data, for room, for nothing being unfinished; and
 * looking for members that died, for what they had comes back.
 */
#ifndef WEIR_QUEUE_EVENTS_H
#define WEIR_QUEUE_EVENTS_H

#include "queue/handle.h"

/* What a call does again and again until it is done; 0: not yet. */
typedef int (*queue_attempt)(void *call);

enum queue_event { QUEUE_DATA, QUEUE_ROOM, QUEUE_IDLE };

/*
 * Repeats an attempt that just said -EAGAIN, waiting for the event in between;
 * what it returned that was not -EAGAIN, or -ETIMEDOUT, or -EAGAIN for a
 * timeout of 0.
 */
int queue_wait(struct weir_queue *queue, enum queue_event event,
               queue_attempt attempt, void *call, int64_t timeout);

/*
 * Repeats an attempt that just said -ESHUTDOWN, once those who died have given
 * back what they had: that comes before the end.
 */
int queue_end(struct weir_queue *queue, queue_attempt attempt, void *call);

/*
 * Where nobody ever has to wait, nobody would find out who died.  So who takes
 * messages calls this now and then.
 */
void queue_recover_amid(struct weir_queue *queue);

enum { AMID_POSITIONS = 64 };

/* `count` of those who wait for it can go on. */
void queue_wake_slow(const struct queue_view *view, enum queue_event event,
                     size_t count);

/* So many messages since somebody last waited here: more will come. */
enum { STREAMING = 16 };

static inline bool queue_streams(const struct weir_queue *queue)
{
	return index_head(&queue->view.index) -
	               load64_relaxed(&queue->waited_at) >=
	       STREAMING;
}

static inline struct word32 *queue_event(const struct queue_view *view,
                                         enum queue_event event)
{
	struct queue_layout *shared = view->shared;

	return event == QUEUE_DATA   ? &shared->data
	       : event == QUEUE_ROOM ? &shared->room
	                             : &shared->idle;
}

/* C and D of waiting/wait.h: what they wait for has just come to be. */
static inline void queue_wake(const struct queue_view *view,
                              enum queue_event event, size_t count)
{
	fence_light();
	/* Relaxed: ordered after the change by the fences of wait.h. */
	if (unlikely((load32_relaxed(queue_event(view, event)) &
	              EVENT_SLEEPING) |
	             load32_relaxed(&view->shared->unfenced)))
		queue_wake_slow(view, event, count);
}

#endif
