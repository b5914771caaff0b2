/* SPDX-License-Identifier: MIT */
/*
 * weir's queue without copies.
 *
 * These peers come in pairs of equal work, as those of the pipe do: "made"
 * messages are written as a whole by the producer and read as a whole by the
 * consumer, in place or in private memory with a copy each way; those of the
 * plain ones only carry a number.
 */
#include "../message_work.h"
#include "weir_queue.h"

/* There may be no room for it any more; it is the next then. */
static int commit(struct weir_queue *out, struct weir_loan *loan)
{
	unsigned pauses = 0;
	int result;

	while ((result = weir_queue_commit(out, loan)) == -EAGAIN)
		wait_again(&pauses);
	return result;
}

static int produce_in_place(void *port, const struct run *run)
{
	struct weir_queue *out = ((struct weir_queue_port *)port)->out;

	for (uint64_t i = 0; i < run->count; i++) {
		struct weir_loan loan;
		int result =
			weir_queue_reserve(out, run->size, WEIR_FOREVER, &loan);

		if (result < 0)
			return result;
		number_message(loan.data, run->size, run->first + i);
		result = commit(out, &loan);
		if (result < 0)
			return result;
	}
	return 0;
}

static int consume_in_place(void *port, const struct run *run)
{
	struct weir_queue *in = ((struct weir_queue_port *)port)->in;
	uint64_t count = run->tally->count;
	uint64_t end = count + run->count;
	uint64_t wrong = 0;

	while (count != end) {
		struct weir_lease lease;
		int result = weir_queue_lease(in, WEIR_FOREVER, &lease);

		if (result < 0)
			return result;
		wrong |= lease.size ^ run->size;
		wrong |= torn(lease.data, run->size, &run->tally->sum);
		result = weir_queue_done(in, &lease);
		if (result < 0)
			return result;
		tally_up(run->tally, ++count);
	}
	return wrong ? -EBADMSG : 0;
}

static int produce_made_in_place(void *port, const struct run *run)
{
	struct weir_queue *out = ((struct weir_queue_port *)port)->out;

	for (uint64_t i = 0; i < run->count; i++) {
		struct weir_loan loan;
		int result =
			weir_queue_reserve(out, run->size, WEIR_FOREVER, &loan);

		if (result < 0)
			return result;
		message_make_numbered(loan.data, run->size, run->first + i);
		result = commit(out, &loan);
		if (result < 0)
			return result;
	}
	return 0;
}

static int consume_made_in_place(void *port, const struct run *run)
{
	struct weir_queue *in = ((struct weir_queue_port *)port)->in;
	uint64_t count = run->tally->count;
	uint64_t end = count + run->count;
	uint64_t wrong = 0;

	while (count != end) {
		struct weir_lease lease;
		int result = weir_queue_lease(in, WEIR_FOREVER, &lease);

		if (result < 0)
			return result;
		wrong |= lease.size ^ run->size;
		wrong |= message_unlike_numbered(lease.data, run->size,
		                                 &run->tally->sum);
		result = weir_queue_done(in, &lease);
		if (result < 0)
			return result;
		tally_up(run->tally, ++count);
	}
	return wrong ? -EBADMSG : 0;
}

static int produce_made(void *port, const struct run *run)
{
	void *message = message_room(run->size, &(uint64_t){ 0 });

	for (uint64_t i = 0; i < run->count; i++) {
		int result;

		message_make_numbered(message, run->size, run->first + i);
		result = weir_queue_send(port, message, run->size);
		if (result < 0)
			return result;
	}
	return 0;
}

static int consume_made(void *port, const struct run *run)
{
	void *message = message_room(run->size, &(uint64_t){ 0 });
	uint64_t count = run->tally->count;
	uint64_t end = count + run->count;
	uint64_t wrong = 0;

	while (count != end) {
		int result = weir_queue_receive(port, message, run->size);

		if (result < 0)
			return result;
		wrong |= message_unlike_numbered(message, run->size,
		                                 &run->tally->sum);
		tally_up(run->tally, ++count);
	}
	return wrong ? -EBADMSG : 0;
}

/* Messages of 8 bytes have no place of their own. */
static int open_placed(const struct peer *peer, struct link *link, size_t size)
{
	return size <= 8 ? -EMSGSIZE : weir_queue_open_link(peer, link, size);
}

/* Making and reading whole messages is a question for large ones. */
static int open_large(const struct peer *peer, struct link *link, size_t size)
{
	return size < 1024 ? -EMSGSIZE : weir_queue_open_link(peer, link, size);
}

const struct peer weir_in_place_peers[] = {
	{ "weir in place", 0, open_placed, weir_queue_drop_port,
	  weir_queue_close_link, produce_in_place, consume_in_place },
	{ "weir made", 0, open_large, weir_queue_drop_port,
	  weir_queue_close_link, produce_made, consume_made },
	{ "weir made in place", 0, open_large, weir_queue_drop_port,
	  weir_queue_close_link, produce_made_in_place, consume_made_in_place },
	{ .name = NULL },
};
