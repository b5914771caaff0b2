/* SPDX-License-Identifier: MIT */
/* Zero copy: the sender fills the ring itself. */
#include "pipe/send.h"

int weir_pipe_reserve(struct weir_pipe *end, size_t size, int64_t timeout,
                      void **space)
{
	uint64_t position;
	int code;

	if (!end || !space)
		return -EINVAL;
	code = may_send(end);
	if (code < 0)
		return code;
	if (size > ring_longest(&end->out))
		return -EMSGSIZE;
	if (!end_peer_swift(end) ||
	    ring_claim(&end->out, size, &position) != 0) {
		code = send_claim(end, size, 0, send_deadline(timeout),
		                  &position);
		if (code < 0)
			return code;
	}
	end->reserved_at = position;
	end->reserved = size;
	end->reserving = true;
	send_ready(end);
	*space = ring_payload(&end->out, position);
	return 0;
}

int weir_pipe_commit(struct weir_pipe *end, size_t size)
{
	struct ring ring;
	int code;

	if (!end)
		return -EINVAL;
	if (!end->reserving)
		return -EPERM;
	if (size > end->reserved)
		return -EINVAL;
	end->reserving = false;
	send_ready(end);
	ring = end->out;
	if (likely(end->send_limit && end_peer_swift(end))) {
		ring_clear_next(&ring, end->reserved_at, size);
		return send_publish(end, &ring, end->reserved_at, size);
	}
	code = end_peer_unchanged(end) ? 0 : end_peer_gone(end);
	if (code < 0)
		return code;
	ring_clear_next(&ring, end->reserved_at, size);
	send_record(end, end->reserved_at, RECORD_MESSAGE, size);
	return send_finish(end, end->reserved_at + record_size(size));
}

void weir_pipe_abandon(struct weir_pipe *end)
{
	if (!end)
		return;
	end->reserving = false;
	send_ready(end);
}
