/* SPDX-License-Identifier: MIT */
/*
 * Vyukov's queue, see vyukov.h.  8-byte messages have as many slots as the rings
 * of words have entries; `parameter` is how many larger ones have (0: what takes
 * 256 KiB, or 4).
 */
#include "vyukov.h"

#include "../duet.h"
#include "../message_work.h"
#include "../peer_loops.h"

enum { WORDS = 16384, SNUG = 256 * 1024, SNUG_SLOTS = 4 };

struct port {
	struct vyukov *out;
	struct vyukov *in;
};

static inline int send_message(void *port, const void *message, size_t size)
{
	struct vyukov *out = ((struct port *)port)->out;
	unsigned pauses = 0;

	while (!vyukov_put(out, message, size))
		wait_again(&pauses);
	return 0;
}

static inline int receive_message(void *port, void *message, size_t size)
{
	struct vyukov *in = ((struct port *)port)->in;
	unsigned pauses = 0;
	ssize_t length;

	while ((length = vyukov_get(in, message)) < 0)
		wait_again(&pauses);
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

static size_t slots(const struct peer *peer, size_t size)
{
	if (peer->parameter == 0)
		return SNUG / size > SNUG_SLOTS ? SNUG / size : SNUG_SLOTS;
	return size == sizeof(uint64_t) ? WORDS : peer->parameter;
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	static struct port ports[2];
	size_t length;

	link->depth = slots(peer, size);
	length = (vyukov_length(link->depth, size) + 4095) / 4096 * 4096;
	link->length = 2 * length;
	link->memory = duet_memory(link->length);
	ports[SENDER].out = ports[RECEIVER].in = link->memory;
	ports[SENDER].in = ports[RECEIVER].out =
		(void *)((char *)link->memory + length);
	vyukov_init(ports[SENDER].out, link->depth, size);
	vyukov_init(ports[SENDER].in, link->depth, size);
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

static int open_large(const struct peer *peer, struct link *link, size_t size)
{
	return size < 1024 ? -EMSGSIZE : open_link(peer, link, size);
}

static void drop_port(void *port)
{
	(void)port;
}

static void close_link(struct link *link)
{
	duet_free(link->memory, link->length);
}

const struct peer vyukov_peers[] = {
	{ "Vyukov", 1024, open_link, drop_port, close_link, produce, consume,
	  ping, pong },
	{ "Vyukov snug", 0, open_large, drop_port, close_link, produce, consume,
	  NULL, NULL },
	{ .name = NULL },
};
