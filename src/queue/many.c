/* SPDX-License-Identifier: MIT */
/* Several messages with one look at the positions, and one wake. */
#include "queue/fast.h"

#include "doors/ck.h"

#include <errno.h>
#include <limits.h>

enum {
	TELL_EVERY = 32, /* positions are told: others begin to look there */
	RUN_AHEAD = 8,   /* two lines of cells */
	RUN_HINTS = 64
};

struct puts {
	struct weir_queue *queue;
	const struct iovec *messages;
	size_t count;
	size_t done;
};

/* One more: 0, or the codes of weir_queue_put. */
static int put_next(struct puts *puts, struct vacancy *vacancy)
{
	const struct iovec *message = &puts->messages[puts->done];
	int code;

	if (put_fast(puts->queue, message->iov_base, message->iov_len,
	             vacancy->position)) {
		vacancy->position++;
		return 0;
	}
	code = put_check(puts->queue, message->iov_base, message->iov_len);
	if (code == 0)
		code = put_once(puts->queue, message->iov_base,
		                message->iov_len, vacancy);
	return code;
}

/* As many as there is room for: 1, or what the first one says. */
static int put_attempt(void *call)
{
	struct puts *puts = call;
	struct index *index = &puts->queue->view.index;
	struct vacancy vacancy = { .position = index_tail(index) };
	int code = 0;

	while (puts->done < puts->count) {
		code = put_next(puts, &vacancy);
		if (code < 0)
			break;
		if (++puts->done % TELL_EVERY == 0)
			index_put_before(index, vacancy.position);
	}
	if (puts->done == 0)
		return code;
	index_put_before(index, vacancy.position);
	return 1;
}

ssize_t weir_queue_put_many(struct weir_queue *queue,
                            const struct iovec *messages, size_t count,
                            int64_t timeout)
{
	struct puts puts = { queue, messages, count, 0 };
	int code;

	if (!queue || (!messages && count > 0) || count > SSIZE_MAX)
		return -EINVAL;
	if (count == 0)
		return 0;
	code = queue_code(queue);
	if (code == 0)
		code = put_attempt(&puts);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_ROOM, put_attempt, &puts,
		                  timeout);
	if (code < 0)
		return code;
	queue_wake(&queue->view, QUEUE_DATA, puts.done);
	return (ssize_t)puts.done;
}

struct gets {
	struct weir_queue *queue;
	struct iovec *messages;
	size_t count;
	size_t done;
};

/*
 * Amid a stream, who takes the few messages of the line that is being written
 * slows down both: let the putters run ahead first.
 */
static void let_run_ahead(const struct weir_queue *queue, size_t count)
{
	const struct index *index = &queue->view.index;
	uint64_t ahead = index_head(index) + RUN_AHEAD - 1;
	uint64_t first;

	if (count < RUN_AHEAD || !queue_streams(queue))
		return;
	for (int i = 0; i < RUN_HINTS; i++) {
		/* Relaxed: a hint. */
		first = load64_relaxed(&index_cell(index, ahead)->pair.first);
		if (cell_ahead(first, index_lap(index, ahead)) >= 0)
			break;
		spin_hint();
	}
}

static int get_attempt(void *call)
{
	struct gets *gets = call;
	struct index *index = &gets->queue->view.index;
	struct arrival arrival = { .position = index_head(index) };
	int code = 1;

	queue_recover_amid(gets->queue);
	while (gets->done < gets->count) {
		struct iovec *message = &gets->messages[gets->done];

		code = get_once(gets->queue, message->iov_base,
		                message->iov_len, &arrival, &message->iov_len);
		if (code != 1)
			break;
		if (++gets->done % TELL_EVERY == 0)
			index_taken_before(index, arrival.position);
	}
	if (gets->done == 0)
		return code;
	index_taken_before(index, arrival.position);
	return 1;
}

static bool buffers_valid(const struct iovec *messages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!messages[i].iov_base && messages[i].iov_len > 0)
			return false;
	}
	return true;
}

ssize_t weir_queue_get_many(struct weir_queue *queue, struct iovec *messages,
                            size_t count, int64_t timeout)
{
	struct gets gets = { queue, messages, count, 0 };
	int code;

	if (!queue || (!messages && count > 0) || count > SSIZE_MAX ||
	    !buffers_valid(messages, count))
		return -EINVAL;
	if (count == 0)
		return 0;
	code = queue_code(queue);
	let_run_ahead(queue, count);
	if (code == 0)
		code = get_attempt(&gets);
	if (code == -EAGAIN)
		code = queue_wait(queue, QUEUE_DATA, get_attempt, &gets,
		                  timeout);
	if (code == -ESHUTDOWN)
		code = queue_end(queue, get_attempt, &gets);
	if (code == -EMSGSIZE)
		queue_wake(&queue->view, QUEUE_DATA, 1);
	if (code < 0)
		return code;
	queue_wake(&queue->view, QUEUE_ROOM, gets.done);
	return (ssize_t)gets.done;
}
