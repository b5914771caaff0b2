/* SPDX-License-Identifier: MIT */
#include "pipe/receive.h"

#include "doors/ck.h"
#include "doors/clock.h"

/* A cache line travels there and back in less time than these looks take. */
enum { ANSWER_LOOKS = 2000, NOT_FAST = -100000 };

/* Takes off the message that stands in one record. */
static inline ssize_t take(struct weir_pipe *end, const struct record *record,
                           void *buffer, size_t capacity)
{
	if (unlikely(record->length > capacity))
		return -EMSGSIZE;
	if (record->length == 8)
		copy_out(buffer, record->payload, 8);
	else
		copy_out(buffer, record->payload, record->length);
	receive_done(end, record_end(record));
	return (ssize_t)record->length;
}

/*
 * A ring has room for a few streams that were broken off, so after so many of
 * them in a row somebody keeps beginning them, and time may be up; or they
 * stand there in a circle, and head is long past tail.
 */
enum { BROKEN_OFF_MOST = 64 };

static int broken_off(const struct weir_pipe *end, int64_t deadline)
{
	const struct ring *ring = &end->in;
	/* Relaxed: a sender that died before it stored tail left it behind by
	   one record, and a late view of it is not worse. */
	uint64_t tail = load64_relaxed(&ring->shared->tail);

	if ((int64_t)(ring_head(ring) - tail) > (int64_t)ring->size)
		return -EUCLEAN;
	if (deadline == 0)
		return -EAGAIN;
	return clock_now() >= deadline ? -ETIMEDOUT : 0;
}

static ssize_t recv_slow(struct weir_pipe *end, void *buffer, size_t capacity,
                         int64_t timeout)
{
	struct record record;
	ssize_t length = may_receive(end);
	int64_t deadline;

	if (length < 0)
		return length;
	deadline = receive_deadline(timeout);
	for (int broken = 1;; broken++) {
		length = receive_next(end, deadline, &record);
		if (length < 0)
			return length;
		if (record.kind == RECORD_MESSAGE)
			return take(end, &record, buffer, capacity);
		length = stream_receive(end, &record, buffer, capacity,
		                        deadline);
		if (length != -ECANCELED)
			return length;
		if (broken % BROKEN_OFF_MOST == 0) {
			length = broken_off(end, deadline);
			if (length < 0)
				return length;
		}
	}
}

void receive_ready(struct weir_pipe *end)
{
	end->receive_fast = end->in.size && !end->peeking && !end->home->fenced;
}

__attribute__((noinline)) ssize_t receive_tell(struct weir_pipe *end,
                                               uint64_t head, ssize_t result)
{
	struct word32 *room = &end->in.shared->room;

	ring_tell(&end->in, head);
	if (unlikely(end->home->fenced || !end_peer_swift(end)))
		wait_wake(room);
	else if (unlikely(wait_sleeping(room)))
		wait_wake_slow(room);
	return result;
}

/*
 * An answer to what this thread sent comes within the time that a cache line
 * needs to travel there and back, or much later.  So for a moment nothing but
 * the header is looked at.  Without the hint between two looks it takes a
 * quarter longer, and fetching the next line as well twice as long: both take
 * the line away from who writes it.
 */
static void await_answer(struct weir_pipe *end)
{
	uint64_t head = ring_head(&end->in);
	const struct word64 *header = ring_header(&end->in, head);

	if (load64_relaxed(&end->in.shared->published) != head)
		receive_tell(end, head, 0);
	for (int i = 0; i < ANSWER_LOOKS; i++) {
		if (load64_relaxed(header) != 0)
			break;
		spin_hint();
	}
}

/*
 * The fast path: ring_at, ring_consume and ring_tell in one piece, with the ring
 * in registers.  NOT_FAST: something is not as usual, and nothing happened.
 */
static inline ssize_t recv_fast(struct weir_pipe *end, void *buffer,
                                size_t capacity)
{
	struct ring ring = end->in;
	struct record record;

	if (unlikely(!ring_at_fast(&ring, ring_head(&ring), &record) ||
	             record.length > capacity))
		return NOT_FAST;
	copy_out(buffer, record.payload, record.length);
	end->bulk = record.length >= BULK;
	return receive_off(end, &ring, record_end(&record),
	                   (ssize_t)record.length);
}

static __attribute__((noinline)) ssize_t recv_sized(struct weir_pipe *end,
                                                    void *buffer,
                                                    size_t capacity,
                                                    int64_t timeout)
{
	ssize_t length = NOT_FAST;

	if (!end || (!buffer && capacity > 0))
		return -EINVAL;
	if (likely(buffer && end->receive_fast)) {
		length = recv_fast(end, buffer, capacity);
		if (length == NOT_FAST && timeout > 0 && answer_awaited(end) &&
		    !end_shares_cpu(end)) {
			await_answer(end);
			length = recv_fast(end, buffer, capacity);
			store32_relaxed(&end->sends_seen, pipe_thread_sends);
		}
	}
	if (unlikely(length == NOT_FAST))
		return recv_slow(end, buffer, capacity, timeout);
	return length;
}

/* Like send, the smallest messages go without a call and a stack. */
ssize_t weir_pipe_recv(struct weir_pipe *end, void *buffer, size_t capacity,
                       int64_t timeout)
{
	struct ring ring;
	uint64_t head;

	if (unlikely(!end || !buffer || capacity < 8 || !end->receive_fast))
		return recv_sized(end, buffer, capacity, timeout);
	ring = end->in;
	head = ring_head(&ring);
	if (unlikely(!ring_has_8(&ring, head)))
		return recv_sized(end, buffer, capacity, timeout);
	copy_out(buffer, ring_payload(&ring, head), 8);
	head += record_size(8);
	return receive_off(end, &ring, head, 8);
}
