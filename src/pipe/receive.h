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

#endif
