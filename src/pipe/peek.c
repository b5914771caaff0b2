/* SPDX-License-Identifier: MIT */
/* What there is to receive, without taking it off: next_size, peek, release. */
#include "pipe/receive.h"

ssize_t weir_pipe_next_size(struct weir_pipe *end, int64_t timeout)
{
	struct record record;
	int code;

	if (!end)
		return -EINVAL;
	code = may_receive(end);
	if (code == 0)
		code = receive_next(end, receive_deadline(timeout), &record);
	if (code < 0)
		return code;
	return record.kind == RECORD_MESSAGE ? (ssize_t)record.length
	                                     : stream_total(&record);
}

/* A message that stands in one record: its record, or -errno. */
static int peek(struct weir_pipe *end, int64_t timeout, struct record *record)
{
	int code;

	if (likely(end->receive_fast &&
	           ring_at_fast(&end->in, ring_head(&end->in), record))) {
		record->kind = RECORD_MESSAGE;
		return 0;
	}
	code = receive_next(end, receive_deadline(timeout), record);
	if (code < 0)
		return code;
	return record->kind == RECORD_MESSAGE ? 0 : -EMSGSIZE;
}

ssize_t weir_pipe_peek(struct weir_pipe *end, int64_t timeout,
                       const void **message)
{
	int code;

	if (!end || !message)
		return -EINVAL;
	if (end->in.size == 0)
		return -EPERM;
	if (!end->peeking) {
		struct record record;

		code = peek(end, timeout, &record);
		if (code < 0)
			return code;
		end->peeked = record;
		end->peeking = true;
		receive_ready(end);
	}
	*message = end->peeked.payload;
	return (ssize_t)end->peeked.length;
}

int weir_pipe_release(struct weir_pipe *end)
{
	struct ring ring;

	if (!end)
		return -EINVAL;
	if (!end->peeking)
		return -EPERM;
	end->peeking = false;
	receive_ready(end);
	ring = end->in;
	end->bulk = end->peeked.length >= BULK;
	return (int)receive_off(end, &ring, record_end(&end->peeked), 0);
}
