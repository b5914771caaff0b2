/* SPDX-License-Identifier: MIT */
/* What the calls that send have in common. */
#ifndef WEIR_PIPE_SEND_H
#define WEIR_PIPE_SEND_H

#include "pipe/transfer.h"

/*
 * After a message was published that ends at position `after`.  0, or -EPIPE if
 * the other end is gone and did not receive it.
 */
int send_finish(struct weir_pipe *end, uint64_t after);

/*
 * Publishes a message whose payload is in place, where end_peer_swift holds and
 * send_limit is not 0: nobody needs more than a light fence.
 */
static inline int send_publish(struct weir_pipe *end, const struct ring *ring,
                               uint64_t position, uint64_t size)
{
	struct ring_layout *shared = ring->shared;

	ring_publish(ring, position, RECORD_MESSAGE, size);
	if (unlikely(wait_sleeping(&shared->data) ||
	             load64_relaxed(&shared->published) == position))
		return send_finish(end, position + record_size(size));
	pipe_thread_sends++;
	return 0;
}

/* A deadline of 0 stands for "may not wait". */
static inline int64_t send_deadline(int64_t timeout)
{
	return timeout <= 0 ? 0 : wait_deadline(timeout);
}

/* Whether this end may send at all, apart from whether the peer lives. */
static inline int may_send(const struct weir_pipe *end)
{
	if (end->out.size == 0)
		return -EPERM;
	if (end->reserving)
		return -EBUSY;
	return end->draining ? -EPIPE : 0;
}

#endif
