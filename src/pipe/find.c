/* SPDX-License-Identifier: MIT */
/* Finding the next message, and waiting for it. */
#include "pipe/receive.h"

/* So many bytes in a row, without waiting in between, are a stream. */
enum { STREAMING = 1024, POLL_TRIES = 100 };

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

/*
 * The same for poll, which takes nothing off.  So if a sender sleeps because of
 * what a broken off stream left, that counts as something to receive.
 */
static int find_anything(struct data_wanted *wanted)
{
	struct weir_pipe *end = wanted->end;
	int found = receive_find(end, &wanted->record);

	if (found != 0 ||
	    !(load32_relaxed(&end->in.shared->room) & EVENT_SLEEPING))
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

/*
 * Before this end sleeps, the sender knows of all the room there is; else both
 * may sleep, for receive_due leaves telling it to later calls.
 */
static void tell_all(struct weir_pipe *end)
{
	uint64_t head = ring_head(&end->in);

	if (load64_relaxed(&end->in.shared->published) != head)
		receive_tell(end, head, 0);
}

static int look_for_message(void *subject, enum look how)
{
	struct data_wanted *wanted = subject;

	if (how == LOOK_HARD)
		tell_all(wanted->end);
	return look_with(wanted, how, find_message);
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

/* What has come since this end last waited says what will come next. */
static int lead(struct weir_pipe *end)
{
	uint64_t head = ring_head(&end->in);
	uint64_t burst = head - load64_relaxed(&end->waited_at);

	store64_relaxed(&end->waited_at, head);
	if (answer_awaited(end) || end->bulk)
		return LEAD_NONE;
	return burst < STREAMING ? LEAD_SHORT : LEAD_STREAM;
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
		.only_cpu = &end->shared->only_cpu[end->side],
		.other_cpu = &end->shared->only_cpu[!end->side],
		.lead = lead(end),
	};

	store32_relaxed(&end->sends_seen, pipe_thread_sends);
	return wait_for(&wait);
}

int receive_next(struct weir_pipe *end, int64_t deadline, struct record *record)
{
	struct data_wanted wanted = { .end = end };
	int found;

	stream_settle(end);
	found = look_or_wait(&wanted, look_for_message, deadline);
	if (found == 1)
		*record = wanted.record;
	return found;
}

int weir_pipe_poll(struct weir_pipe *end, int64_t timeout)
{
	struct data_wanted wanted = { .end = end };
	int64_t deadline;
	uint64_t head;
	int tries = 0;
	int found;

	if (!end)
		return -EINVAL;
	if (end->in.size == 0)
		return -EPERM;
	deadline = receive_deadline(timeout);
	do {
		head = ring_head(&end->in);
		found = look_or_wait(&wanted, look_for_anything, deadline);
		/* A receiver may have moved on while we looked at its head, by
		   a whole ring; who sees that so often is being fooled. */
	} while (found == -EUCLEAN && head != ring_head(&end->in) &&
	         ++tries < POLL_TRIES);
	if (found == -EAGAIN || found == -ETIMEDOUT)
		return 0;
	return found == -EPIPE ? 1 : found;
}
