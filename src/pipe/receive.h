/* SPDX-License-Identifier: MIT */
/* What the calls that receive have in common. */
#ifndef WEIR_PIPE_RECEIVE_H
#define WEIR_PIPE_RECEIVE_H

#include "pipe/stream.h"

/*
 * The next message's first record: 1, or -errno.  A deadline of 0 stands for
 * "may not wait".
 */
int receive_next(struct weir_pipe *end, int64_t deadline,
                 struct record *record);

static inline int64_t receive_deadline(int64_t timeout)
{
	return timeout <= 0 ? 0 : wait_deadline(timeout);
}

static inline int may_receive(const struct weir_pipe *end)
{
	if (end->in.size == 0)
		return -EPERM;
	return end->peeking ? -EBUSY : 0;
}

/* This thread has sent since it last waited here: it awaits an answer. */
static inline bool answer_awaited(const struct weir_pipe *end)
{
	return load32_relaxed(&end->sends_seen) != pipe_thread_sends;
}

/* Tells the sender that everything before `head` is free; returns `result`. */
ssize_t receive_tell(struct weir_pipe *end, uint64_t head, ssize_t result);

/*
 * Is it time to tell the sender?  An eighth of the ring is free that it does
 * not know of, or there is nothing left to receive.  But whoever is about to
 * answer has no time for that now: then the next call does it, while it waits.
 */
static inline bool receive_due(const struct weir_pipe *end,
                               const struct ring *ring, uint64_t head)
{
	uint64_t told = load64_relaxed(&ring->shared->published);

	return head - told >= ring->size / 8 ||
	       (load64_relaxed(ring_header(ring, head)) == 0 &&
	        !answer_awaited(end));
}

/* Takes off everything before `head`; returns `result`. */
static inline ssize_t receive_off(struct weir_pipe *end,
                                  const struct ring *ring, uint64_t head,
                                  ssize_t result)
{
	ring_consume(ring, head);
	if (unlikely(receive_due(end, ring, head)))
		return receive_tell(end, head, result);
	return result;
}

#endif
