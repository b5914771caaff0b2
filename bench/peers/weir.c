/* SPDX-License-Identifier: MIT */
/*
 * weir's pipe, duplex and with default options but for the size of its ring,
 * which `parameter` gives.
 *
 * The zero copy peers come in pairs of equal work.  "made" messages are written
 * as a whole by the sender and read as a whole by the receiver, in place or in
 * private memory with a copy each way; the plain ones only carry a number.
 */
#include <weir/pipe.h>

#include "../message_work.h"
#include "../peer_loops.h"

enum { RING = 256 * 1024, LARGE_RING = 4 * 1024 * 1024, RECORD_HEAD = 8 };

static inline int send_message(void *port, const void *message, size_t size)
{
	return weir_pipe_send(port, message, size, WEIR_FOREVER);
}

static inline int receive_message(void *port, void *message, size_t size)
{
	ssize_t length = weir_pipe_recv(port, message, size, WEIR_FOREVER);

	if (length < 0)
		return (int)length;
	return (size_t)length == size ? 0 : -EBADMSG;
}

static int produce(void *port, const struct run *run)
{
	return produce_with(send_message, port, run);
}

static int consume(void *port, const struct run *run)
{
	return consume_with(receive_message, port, run);
}

static int ping(void *port, const struct run *run)
{
	return ping_with(send_message, receive_message, port, run);
}

static int pong(void *port, const struct run *run)
{
	return pong_with(send_message, receive_message, port, run);
}

static int produce_in_place(void *port, const struct run *run)
{
	for (uint64_t i = 0; i < run->count; i++) {
		void *space;
		int result = weir_pipe_reserve(port, run->size, WEIR_FOREVER,
		                               &space);

		if (result < 0)
			return result;
		number_message(space, run->size, run->first + i);
		result = weir_pipe_commit(port, run->size);
		if (result < 0)
			return result;
	}
	return 0;
}

static int consume_in_place(void *port, const struct run *run)
{
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < run->count; i++) {
		const void *message;
		ssize_t length = weir_pipe_peek(port, WEIR_FOREVER, &message);

		if (length < 0)
			return (int)length;
		wrong |= (size_t)length ^ run->size;
		wrong |= misnumbered(message, run->size, run->first + i);
		weir_pipe_release(port);
	}
	return wrong ? -EBADMSG : 0;
}

static int produce_made_in_place(void *port, const struct run *run)
{
	for (uint64_t i = 0; i < run->count; i++) {
		void *space;
		int result = weir_pipe_reserve(port, run->size, WEIR_FOREVER,
		                               &space);

		if (result < 0)
			return result;
		message_make(space, run->size, run->first + i);
		result = weir_pipe_commit(port, run->size);
		if (result < 0)
			return result;
	}
	return 0;
}

static int consume_made_in_place(void *port, const struct run *run)
{
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < run->count; i++) {
		const void *message;
		ssize_t length = weir_pipe_peek(port, WEIR_FOREVER, &message);

		if (length < 0)
			return (int)length;
		wrong |= (size_t)length ^ run->size;
		wrong |= message_unlike(message, run->size, run->first + i);
		weir_pipe_release(port);
	}
	return wrong ? -EBADMSG : 0;
}

static int produce_made(void *port, const struct run *run)
{
	void *message = message_room(run->size, &(uint64_t){ 0 });

	for (uint64_t i = 0; i < run->count; i++) {
		int result;

		message_make(message, run->size, run->first + i);
		result = send_message(port, message, run->size);
		if (result < 0)
			return result;
	}
	return 0;
}

static int consume_made(void *port, const struct run *run)
{
	void *message = message_room(run->size, &(uint64_t){ 0 });
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < run->count; i++) {
		int result = receive_message(port, message, run->size);

		if (result < 0)
			return result;
		wrong |= message_unlike(message, run->size, run->first + i);
	}
	return wrong ? -EBADMSG : 0;
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	struct weir_pipe_options options = { .size = peer->parameter };
	struct weir_pipe *ends[2];
	int result = weir_pipe_pair(ends, &options);

	if (result < 0)
		return result;
	link->port[SENDER] = ends[1];
	link->port[RECEIVER] = ends[0];
	link->depth = peer->parameter / (size + RECORD_HEAD);
	return 0;
}

/* Making and reading whole messages is a question for large ones. */
static int open_large(const struct peer *peer, struct link *link, size_t size)
{
	if (size < 1024)
		return -EMSGSIZE;
	return open_link(peer, link, size);
}

static void drop_port(void *port)
{
	weir_pipe_close(port);
}

static void close_link(struct link *link)
{
	(void)link;
}

const struct peer weir_peers[] = {
	{ "weir", RING, open_link, drop_port, close_link, produce, consume,
	  ping, pong },
	{ "weir 4 MiB ring", LARGE_RING, open_link, drop_port, close_link,
	  produce, consume, NULL, NULL },
	{ "weir in place", RING, open_link, drop_port, close_link,
	  produce_in_place, consume_in_place, NULL, NULL },
	{ "weir made", RING, open_large, drop_port, close_link, produce_made,
	  consume_made, NULL, NULL },
	{ "weir made in place", RING, open_large, drop_port, close_link,
	  produce_made_in_place, consume_made_in_place, NULL, NULL },
	{ .name = NULL },
};
