/* SPDX-License-Identifier: MIT */
/* What the calls that send have in common. */
#ifndef WEIR_PIPE_SEND_H
#define WEIR_PIPE_SEND_H

#include "pipe/transfer.h"

/* After a message was published; 0 or, if the other end is gone, -EPIPE. */
int send_finish(struct weir_pipe *end);

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
