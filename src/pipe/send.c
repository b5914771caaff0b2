/* SPDX-License-Identifier: MIT */
#include "pipe/send.h"
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

		/* A part of no bytes may stand at NULL. */
		if (now > 0)
			copy_in(to, (const char *)part->iov_base + from->offset,
			        now);
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
		.only_cpu = &end->shared->only_cpu[end->side],
		.other_cpu = &end->shared->only_cpu[!end->side],
		.lead = length >= BULK ? LEAD_NONE : LEAD_STREAM,
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

/*
 * The message is under way.  A receiver that had taken everything before it may
 * be long dead, so this is the moment to ask, its latency does not suffer;
 * unless it was asleep and woke up.
 */
__attribute__((noinline)) int send_finish(struct weir_pipe *end, uint64_t after)
{
	struct word32 *data = &end->out.shared->data;
	int code;

	pipe_thread_sends++;
	if ((load32_relaxed(data) & EVENT_SLEEPING) && wait_wake_slow(data) > 0)
		return 0;
	code = end_peer_gone_cheap(end);
	/* Whoever received it may have gone since; the proof that it is gone
	   comes after all that it stored. */
	if (code == -EPIPE &&
	    (int64_t)(load64_acquire(&end->out.shared->head) - after) >= 0)
		return 0;
	return code;
}

void send_ready(struct weir_pipe *end)
{
	bool fast = end->out.size && !end->reserving && !end->draining &&
	            !end->home->fenced;

	end->send_limit = fast ? ring_longest(&end->out) + 1 : 0;
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
	return send_finish(end, position + record_size(size));
}

static __attribute__((noinline)) int send_checked(struct weir_pipe *end,
                                                  const void *message,
                                                  size_t size, int64_t timeout)
{
	struct iovec part = { (void *)(uintptr_t)message, size };

	if (!end || (!message && size > 0) || size > SSIZE_MAX)
		return -EINVAL;
	return send_slow(end, &part, size, timeout);
}

/*
 * The fast path: ring_claim, ring_publish and wait_wake in one piece, with the
 * ring in registers.  Whatever is not as usual goes to send_checked.
 */
static inline __attribute__((always_inline)) int
send_fast(struct weir_pipe *end, const void *message, size_t size,
          int64_t timeout)
{
	uint64_t position;
	struct ring ring;

	if (unlikely(!end || !message || size >= end->send_limit ||
	             !end_peer_swift(end)))
		return send_checked(end, message, size, timeout);
	ring = end->out;
	if (unlikely(!ring_claim_fast(&ring, size, &position)))
		return send_checked(end, message, size, timeout);
	ring_clear_next(&ring, position, size);
	copy_in(ring_payload(&ring, position), message, size);
	return send_publish(end, &ring, position, size);
}

static __attribute__((noinline)) int send_sized(struct weir_pipe *end,
                                                const void *message,
                                                size_t size, int64_t timeout)
{
	return send_fast(end, message, size, timeout);
}

int weir_pipe_send(struct weir_pipe *end, const void *message, size_t size,
                   int64_t timeout)
{
	/* The smallest messages feel every instruction: with its size known,
	   one needs no call and no stack. */
	if (likely(size == 8))
		return send_fast(end, message, 8, timeout);
	return send_sized(end, message, size, timeout);
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
