/* SPDX-License-Identifier: MIT */
#include "pipe/stream.h"

int receive_find(const struct weir_pipe *end, struct record *record)
{
	const struct ring *ring = &end->in;
	uint64_t head = ring_head(ring);
	uint64_t position = head;
	int found;

	/* A broken off stream leaves its FIRST, and PARTs without one. */
	for (;;) {
		found = ring_next(ring, position, record);
		if (likely(found != 1 || record->kind == RECORD_MESSAGE))
			return found;
		if (record->kind == RECORD_FIRST && stream_alive(end, record))
			return 1;
		position = record_end(record);
		if (position - head > ring->size)
			return -EUCLEAN;
	}
}

/* What a receiver waits for. */
struct data_wanted {
	struct weir_pipe *end;
	struct record record;
};

/*
 * The next message's first record.  What lies before it, left by streams that
 * were broken off, is taken off, for the sender may need the room.
 */
static int find_message(struct data_wanted *wanted)
{
	struct weir_pipe *end = wanted->end;
	int found = receive_find(end, &wanted->record);

	if (found >= 0 && wanted->record.position != ring_head(&end->in))
		receive_done(end, wanted->record.position);
	return found;
}

/* The same for poll, which takes nothing off: debris counts as something. */
static int find_anything(struct data_wanted *wanted)
{
	struct weir_pipe *end = wanted->end;
	int found = receive_find(end, &wanted->record);

	if (found != 0)
		return found;
	return ring_next(&end->in, ring_head(&end->in), &wanted->record);
}

static int look_with(struct data_wanted *wanted, enum look how,
                     int (*find)(struct data_wanted *))
{
	struct weir_pipe *end = wanted->end;
	int found = find(wanted);
	int code;

	if (found != 0)
		return found;
	if (how == LOOK_CHEAP && end_peer_unchanged(end) && !end->draining)
		return 0;
	code = end->draining ? -EPIPE : end_peer_gone(end);
	if (code == 0)
		return 0;
	/* What it sent before it went is there by now. */
	found = find(wanted);
	return found != 0 ? found : code;
}

static int look_for_message(void *subject, enum look how)
{
	return look_with(subject, how, find_message);
}

static int look_for_anything(void *subject, enum look how)
{
	return look_with(subject, how, find_anything);
}

/* Looks, and waits if it may; 1 or -errno. */
static int look_or_wait(struct data_wanted *wanted, wait_look eyes,
                        int64_t deadline)
{
	struct weir_pipe *end = wanted->end;
	int found = eyes(wanted, LOOK_CHEAP);

	if (found == 0 && deadline != 0)
		return receive_wait(end, eyes, wanted, deadline);
	/* The kernel is asked only if it was not asked just now. */
	if (found == 0 && end_peer_gone_cheap(end) < 0)
		found = eyes(wanted, LOOK_HARD);
	return found == 0 ? -EAGAIN : found;
}

int receive_wait(struct weir_pipe *end, wait_look eyes, void *subject,
                 int64_t deadline)
{
	struct wait wait = {
		.event = &end->in.shared->data,
		.patience = &end->data_patience,
		.look = eyes,
		.subject = subject,
		.slice = SLICE_LONG,
		.deadline = deadline,
		.eager = end->sends_seen != pipe_thread_sends,
	};

	end->sends_seen = pipe_thread_sends;
	return wait_for(&wait);
}

static int receive_next(struct weir_pipe *end, int64_t deadline,
                        struct record *record)
{
	struct data_wanted wanted = { .end = end };
	int found;

	stream_settle(end);
	found = look_or_wait(&wanted, look_for_message, deadline);
	if (found == 1)
		*record = wanted.record;
	return found;
}

static int64_t receive_deadline(int64_t timeout)
{
	return timeout <= 0 ? 0 : wait_deadline(timeout);
}

static int may_receive(const struct weir_pipe *end)
{
	if (end->in.size == 0)
		return -EPERM;
	return end->peeking ? -EBUSY : 0;
}

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

static ssize_t recv_slow(struct weir_pipe *end, void *buffer, size_t capacity,
                         int64_t timeout)
{
	struct record record;
	ssize_t length = may_receive(end);
	int64_t deadline;

	if (length < 0)
		return length;
	deadline = receive_deadline(timeout);
	do {
		length = receive_next(end, deadline, &record);
		if (length < 0)
			return length;
		if (record.kind == RECORD_MESSAGE)
			length = take(end, &record, buffer, capacity);
		else
			length = stream_receive(end, &record, buffer, capacity,
			                        deadline);
	} while (length == -ECANCELED);
	return length;
}

ssize_t weir_pipe_recv(struct weir_pipe *end, void *buffer, size_t capacity,
                       int64_t timeout)
{
	struct record record;

	if (unlikely(!end || (!buffer && capacity > 0)))
		return -EINVAL;
	if (unlikely(end->in.size == 0 || end->peeking ||
	             ring_next(&end->in, ring_head(&end->in), &record) != 1 ||
	             record.kind != RECORD_MESSAGE))
		return recv_slow(end, buffer, capacity, timeout);
	return take(end, &record, buffer, capacity);
}

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

int weir_pipe_poll(struct weir_pipe *end, int64_t timeout)
{
	struct data_wanted wanted = { .end = end };
	int64_t deadline;
	uint64_t head;
	int found;

	if (!end)
		return -EINVAL;
	if (end->in.size == 0)
		return -EPERM;
	deadline = receive_deadline(timeout);
	do {
		head = ring_head(&end->in);
		found = look_or_wait(&wanted, look_for_anything, deadline);
		/* A receiver may have moved on while we looked at its head. */
	} while (found == -EUCLEAN && head != ring_head(&end->in));
	if (found == -EAGAIN || found == -ETIMEDOUT)
		return 0;
	return found == -EPIPE ? 1 : found;
}

ssize_t weir_pipe_peek(struct weir_pipe *end, int64_t timeout,
                       const void **message)
{
	struct record record;
	int code;

	if (!end || !message)
		return -EINVAL;
	if (end->in.size == 0)
		return -EPERM;
	if (!end->peeking) {
		code = receive_next(end, receive_deadline(timeout), &record);
		if (code < 0)
			return code;
		if (record.kind != RECORD_MESSAGE)
			return -EMSGSIZE;
		end->peeked = record;
		end->peeking = true;
	}
	*message = end->peeked.payload;
	return (ssize_t)end->peeked.length;
}

int weir_pipe_release(struct weir_pipe *end)
{
	if (!end)
		return -EINVAL;
	if (!end->peeking)
		return -EPERM;
	end->peeking = false;
	receive_done(end, record_end(&end->peeked));
	return 0;
}
