/* SPDX-License-Identifier: MIT */
#include "pipe/stream.h"

#include <limits.h>

__thread uint32_t pipe_thread_sends;

void gather_copy(struct gather *from, void *shared, size_t size)
{
	unsigned char *to = shared;

	while (size > 0) {
		const struct iovec *part = &from->parts[from->part];
		size_t left = part->iov_len - from->offset;
		size_t now = left < size ? left : size;

		copy_in(to, (const char *)part->iov_base + from->offset, now);
		to += now;
		size -= now;
		from->offset += now;
		if (from->offset == part->iov_len) {
			from->part++;
			from->offset = 0;
		}
	}
}

/* What a sender waits for. */
struct room_wanted {
	struct weir_pipe *end;
	uint64_t length;
	uint64_t stream;
	uint64_t position;
	bool found;
};

static int look_for_room(void *subject, enum look how)
{
	struct room_wanted *wanted = subject;
	struct weir_pipe *end = wanted->end;
	int code;

	if (how == LOOK_HARD || !end_peer_unchanged(end)) {
		code = end_peer_gone(end);
		if (code < 0)
			return code;
	}
	if (wanted->stream &&
	    load64_acquire(&end->out.shared->stream) != wanted->stream)
		return SEND_RESTART;
	code = ring_claim(&end->out, wanted->length, &wanted->position);
	if (code == -EAGAIN)
		return 0;
	wanted->found = code == 0;
	return code == 0 ? 1 : code;
}

int send_claim(struct weir_pipe *end, uint64_t length, uint64_t stream,
               int64_t deadline, uint64_t *position)
{
	struct room_wanted wanted = {
		.end = end,
		.length = length,
		.stream = stream,
	};
	struct wait wait = {
		.event = &end->out.shared->room,
		.patience = &end->room_patience,
		.look = look_for_room,
		.subject = &wanted,
		/* Short: a receiver that is busy wakes nobody before an eighth
		   of the ring is free, although there may be room. */
		.slice = SLICE_SHORT,
		.deadline = deadline,
	};
	int code;

	code = look_for_room(&wanted, LOOK_CHEAP);
	if (code == 0 && deadline == 0)
		code = end_peer_gone_cheap(end) < 0 ? -EPIPE : -EAGAIN;
	else if (code == 0)
		code = wait_for(&wait);
	if (code < 0)
		return code;
	if (!wanted.found)
		return SEND_RESTART;
	*position = wanted.position;
	return 0;
}

/* A deadline of 0 stands for "may not wait". */
static int64_t send_deadline(int64_t timeout)
{
	return timeout <= 0 ? 0 : wait_deadline(timeout);
}

/*
 * A receiver that had taken everything before this message may be long dead:
 * then is the moment to ask, and at each eighth of the ring.  The message is
 * under way already, so its latency does not suffer.
 */
static inline int send_finish(struct weir_pipe *end, uint64_t position,
                              uint64_t length)
{
	const struct ring *ring = &end->out;
	uint64_t after = position + record_size(length);

	pipe_thread_sends++;
	if (load64_relaxed(&ring->shared->published) == position ||
	    ((position ^ after) & (ring->size / 8)))
		return end_peer_gone_cheap(end);
	return 0;
}

/* Whether this end may send at all, apart from whether the peer lives. */
static int may_send(const struct weir_pipe *end)
{
	if (end->out.size == 0)
		return -EPERM;
	if (end->reserving)
		return -EBUSY;
	return end->draining ? -EPIPE : 0;
}

static int send_slow(struct weir_pipe *end, const struct iovec *parts,
                     size_t size, int64_t timeout)
{
	struct gather from = { .parts = parts };
	int64_t deadline;
	uint64_t position;
	int code = may_send(end);

	if (code < 0)
		return code;
	deadline = send_deadline(timeout);
	if (size > ring_longest(&end->out)) {
		code = stream_send(end, parts, size, deadline);
		pipe_thread_sends++;
		return code;
	}
	code = send_claim(end, size, 0, deadline, &position);
	if (code < 0)
		return code;
	ring_clear_next(&end->out, position, size);
	gather_copy(&from, ring_payload(&end->out, position), size);
	send_record(end, position, RECORD_MESSAGE, size);
	return send_finish(end, position, size);
}

/* Small messages are the common ones: no call for them. */
static inline void copy_message(unsigned char *shared, const void *message,
                                size_t size)
{
	if (size == 8)
		copy_in(shared, message, 8);
	else
		copy_in(shared, message, size);
}

int weir_pipe_send(struct weir_pipe *end, const void *message, size_t size,
                   int64_t timeout)
{
	struct iovec part = { (void *)(uintptr_t)message, size };
	uint64_t position;

	if (unlikely(!end || (!message && size > 0) || size > SSIZE_MAX))
		return -EINVAL;
	if (unlikely(size > ring_longest(&end->out) || end->out.size == 0 ||
	             end->reserving || !end_peer_unchanged(end) ||
	             ring_claim(&end->out, size, &position) != 0))
		return send_slow(end, &part, size, timeout);
	ring_clear_next(&end->out, position, size);
	copy_message(ring_payload(&end->out, position), message, size);
	send_record(end, position, RECORD_MESSAGE, size);
	return send_finish(end, position, size);
}

int weir_pipe_sendv(struct weir_pipe *end, const struct iovec *parts, int count,
                    int64_t timeout)
{
	size_t size = 0;

	if (!end || count < 0 || count > IOV_MAX || (!parts && count > 0))
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		if (!parts[i].iov_base && parts[i].iov_len > 0)
			return -EINVAL;
		if (parts[i].iov_len > (size_t)SSIZE_MAX - size)
			return -EINVAL;
		size += parts[i].iov_len;
	}
	return send_slow(end, parts, size, timeout);
}

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
	if (!end_peer_unchanged(end) ||
	    ring_claim(&end->out, size, &position) != 0) {
		code = send_claim(end, size, 0, send_deadline(timeout),
		                  &position);
		if (code < 0)
			return code;
	}
	end->reserved_at = position;
	end->reserved = size;
	end->reserving = true;
	*space = ring_payload(&end->out, position);
	return 0;
}

int weir_pipe_commit(struct weir_pipe *end, size_t size)
{
	uint64_t position;

	if (!end)
		return -EINVAL;
	if (!end->reserving)
		return -EPERM;
	if (size > end->reserved)
		return -EINVAL;
	end->reserving = false;
	if (!end_peer_unchanged(end)) {
		int code = end_peer_gone(end);

		if (code < 0)
			return code;
	}
	position = end->reserved_at;
	ring_clear_next(&end->out, position, size);
	send_record(end, position, RECORD_MESSAGE, size);
	return send_finish(end, position, size);
}

void weir_pipe_abandon(struct weir_pipe *end)
{
	if (end)
		end->reserving = false;
}
