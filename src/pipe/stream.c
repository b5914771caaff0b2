/* SPDX-License-Identifier: MIT */
#include "pipe/stream.h"

#include "doors/clock.h"

#include <limits.h>

/* At the front of a FIRST's payload. */
struct stream_head {
	uint64_t total;
	uint64_t attempt;
};

enum { PHASE_BITS = 2 };

static uint64_t stream_word(uint64_t attempt, enum stream_phase phase)
{
	return attempt << PHASE_BITS | (uint64_t)phase;
}

static uint64_t attempt_of(uint64_t word)
{
	return word >> PHASE_BITS;
}

/* A quarter of the ring, so that both sides can work at the same time. */
static uint64_t part_longest(const struct ring *ring)
{
	return ring->size / 4 - RECORD_HEADER;
}

/* What is sent, and how far. */
struct sending {
	struct weir_pipe *end;
	struct gather from;
	uint64_t total;
	uint64_t sent;
	uint64_t word; /* {attempt, OPEN} */
	int64_t deadline;
};

static int send_part(struct sending *sending)
{
	struct weir_pipe *end = sending->end;
	const struct ring *ring = &end->out;
	struct stream_head head = { sending->total, attempt_of(sending->word) };
	uint64_t front = sending->sent == 0 ? sizeof(head) : 0;
	uint64_t size = sending->total - sending->sent;
	uint64_t position;
	int code;

	if (size > part_longest(ring) - front)
		size = part_longest(ring) - front;
	code = send_claim(end, front + size, sending->word, sending->deadline,
	                  &position);
	if (code != 0)
		return code;
	ring_clear_next(ring, position, front + size);
	copy_in(ring_payload(ring, position), &head, (size_t)front);
	gather_copy(&sending->from, ring_payload(ring, position) + front,
	            (size_t)size);
	sending->sent += size;
	send_record(end, position, front ? RECORD_FIRST : RECORD_PART,
	            front + size);
	return 0;
}

/* One attempt: 0 sent, SEND_RESTART the receiver wants another, -errno. */
static int attempt(struct sending *sending)
{
	struct word64 *stream = &sending->end->out.shared->stream;
	uint64_t word = attempt_of(load64_relaxed(stream)) + 1;
	int code = 0;

	sending->word = word = stream_word(word, STREAM_OPEN);
	store64_release(stream, word);
	sending->sent = 0;
	while (code == 0 && sending->sent < sending->total)
		code = send_part(sending);
	if (code < 0) {
		store64_release(stream,
		                stream_word(attempt_of(word), STREAM_IDLE));
		wait_wake(&sending->end->out.shared->data);
	}
	if (code == 0 && !cas64(stream, &word,
	                        stream_word(attempt_of(word), STREAM_FINISHED)))
		return SEND_RESTART;
	return code;
}

int stream_send(struct weir_pipe *end, const struct iovec *parts,
                uint64_t total, int64_t deadline)
{
	struct sending sending = {
		.end = end,
		.total = total,
		.deadline = deadline,
	};
	int code;

	for (;;) {
		sending.from = (struct gather){ .parts = parts };
		code = attempt(&sending);
		if (code != SEND_RESTART)
			return code;
		if (deadline == 0)
			return -EAGAIN;
		if (clock_now() >= deadline)
			return -ETIMEDOUT;
	}
}

/* Reads what `first` says of its stream, once.  False: it cannot be. */
static bool read_head(const struct record *first, struct stream_head *head)
{
	if (first->length < sizeof(*head))
		return false;
	copy_out(head, first->payload, sizeof(*head));
	return head->total <= SSIZE_MAX &&
	       head->total >= first->length - sizeof(*head);
}

ssize_t stream_total(const struct record *first)
{
	struct stream_head head;

	return read_head(first, &head) ? (ssize_t)head.total : -EUCLEAN;
}

/* All parts of this stream are in the ring. */
static bool whole(const struct ring *ring, const struct record *first,
                  const struct stream_head *head)
{
	uint64_t missing = head->total + sizeof(*head) - first->length;
	struct record part = *first;

	while (missing > 0) {
		if (ring_next(ring, record_end(&part), &part) != 1 ||
		    part.kind != RECORD_PART || part.length > missing ||
		    part.length == 0)
			return false;
		if (record_end(&part) - first->position > ring->size)
			return false;
		missing -= part.length;
	}
	return true;
}

bool stream_alive(const struct weir_pipe *end, const struct record *first)
{
	struct stream_head head;
	uint64_t word;

	if (!read_head(first, &head))
		return true; /* spoiled: whoever receives it will say so */
	word = load64_acquire(&end->in.shared->stream);
	if (word == stream_word(head.attempt, STREAM_OPEN) ||
	    word == stream_word(head.attempt, STREAM_FINISHED))
		return true;
	return whole(&end->in, first, &head);
}

/* What is received, and how far. */
struct receiving {
	struct weir_pipe *end;
	uint64_t attempt;
	uint64_t total;
	uint64_t got;
	unsigned char *buffer;
	struct record part;
};

/* 1 the next part, 0 not yet, -ECANCELED something else follows, -EUCLEAN. */
static int find_part(struct receiving *receiving)
{
	const struct ring *ring = &receiving->end->in;
	struct record *part = &receiving->part;
	int found = ring_next(ring, ring_head(ring), part);

	if (found != 1)
		return found;
	if (part->kind != RECORD_PART)
		return -ECANCELED;
	if (part->length == 0 ||
	    part->length > receiving->total - receiving->got)
		return -EUCLEAN;
	return 1;
}

static int look_for_part(void *subject, enum look how)
{
	struct receiving *receiving = subject;
	struct weir_pipe *end = receiving->end;
	int found = find_part(receiving);
	uint64_t word;
	int code = 0;

	if (found != 0)
		return found;
	word = load64_acquire(&end->in.shared->stream);
	if (word != stream_word(receiving->attempt, STREAM_OPEN) &&
	    word != stream_word(receiving->attempt, STREAM_FINISHED))
		code = -ECANCELED;
	else if (how == LOOK_HARD || !end_peer_unchanged(end))
		code = end->draining ? -EPIPE : end_peer_gone(end);
	if (code == 0)
		return 0;
	/* What was sent before that is there by now. */
	found = find_part(receiving);
	return found != 0 ? found : code;
}

static void take_part(struct receiving *receiving, const struct record *part,
                      uint64_t front)
{
	uint64_t size = part->length - front;

	if (size > 0) /* else there may be no buffer */
		copy_out(receiving->buffer + receiving->got,
		         part->payload + front, (size_t)size);
	receiving->got += size;
	receive_done(receiving->end, record_end(part));
}

/*
 * No more is waited for.  0: the sender was asked to begin again; 1: it has finished, so
 * the rest is there; -ECANCELED it has broken off.
 */
static int give_up(struct receiving *receiving)
{
	struct ring_layout *shared = receiving->end->in.shared;
	uint64_t word = stream_word(receiving->attempt, STREAM_OPEN);

	if (cas64(&shared->stream, &word,
	          stream_word(receiving->attempt, STREAM_RESTART))) {
		wait_wake(&shared->room);
		return 0;
	}
	if (word == stream_word(receiving->attempt, STREAM_FINISHED))
		return 1;
	return -ECANCELED;
}

/* The next part, waiting at most until the later of deadline and grace. */
static int await_part(struct receiving *receiving, int64_t deadline)
{
	int64_t grace = wait_deadline(STREAM_GRACE);
	int found = look_for_part(receiving, LOOK_CHEAP);

	if (found == 0)
		found = receive_wait(receiving->end, look_for_part, receiving,
		                     deadline > grace ? deadline : grace);
	/* An heir does not wait for what a sender that lives has not sent yet:
	   -EPIPE.  The sender must not think then that it was received. */
	if (found != -ETIMEDOUT && found != -EPIPE)
		return found;
	if (give_up(receiving) == 0)
		return found == -ETIMEDOUT && deadline == 0 ? -EAGAIN : found;
	/* Finished, and perhaps other messages were begun since: what is
	   missing stands in the ring.  Or it was broken off. */
	found = look_for_part(receiving, LOOK_CHEAP);
	return found == 0 ? -EUCLEAN : found;
}

ssize_t stream_receive(struct weir_pipe *end, const struct record *first,
                       void *buffer, size_t capacity, int64_t deadline)
{
	struct receiving receiving = { .end = end, .buffer = buffer };
	struct stream_head head;
	int found = 1;

	if (!read_head(first, &head))
		return -EUCLEAN;
	if (head.total > capacity)
		return -EMSGSIZE;
	receiving.attempt = head.attempt;
	receiving.total = head.total;
	/* Before FIRST is taken off, so that a successor knows. */
	store64_release(&end->in.shared->begun, head.attempt);
	take_part(&receiving, first, sizeof(head));
	while (receiving.got < receiving.total && found == 1) {
		found = await_part(&receiving, deadline);
		if (found == 1)
			take_part(&receiving, &receiving.part, 0);
	}
	store64_release(&end->in.shared->begun, 0);
	return found == 1 ? (ssize_t)receiving.total : found;
}

/* The receiver before died when it had not even taken the first part. */
static bool untouched(const struct weir_pipe *end, uint64_t begun)
{
	struct stream_head head;
	struct record first;

	return ring_next(&end->in, ring_head(&end->in), &first) == 1 &&
	       first.kind == RECORD_FIRST && read_head(&first, &head) &&
	       head.attempt == begun;
}

void stream_settle(struct weir_pipe *end)
{
	struct receiving receiving = { .end = end };

	receiving.attempt = load64_relaxed(&end->in.shared->begun);
	if (likely(receiving.attempt == 0))
		return;
	if (!untouched(end, receiving.attempt))
		give_up(&receiving);
	store64_release(&end->in.shared->begun, 0);
}
