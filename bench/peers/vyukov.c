/* SPDX-License-Identifier: MIT */
/*
 * Vyukov's queue, see vyukov.h; `parameter` is its alignment.  8-byte messages
 * have as many slots as the rings of words have entries, larger ones as many as
 * weir's queue; "snug" is what takes 256 KiB, or 4 slots.
 */
#include "vyukov.h"

#include "../duet.h"
#include "../message_work.h"
#include "../peer_loops.h"

enum { WORDS = 16384, MESSAGES = 1024 };
enum { SNUG = 256 * 1024, SNUG_SLOTS = 4 };

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

static int open_slots(const struct peer *peer, struct link *link, size_t size,
                      size_t slots)
{
	static struct port ports[2];
	size_t length = vyukov_length(slots, size, peer->parameter);

	length = (length + 4095) / 4096 * 4096;
	link->depth = slots;
	link->length = 2 * length;
	link->memory = duet_memory(link->length);
	ports[SENDER].out = ports[RECEIVER].in = link->memory;
	ports[SENDER].in = ports[RECEIVER].out =
		(void *)((char *)link->memory + length);
	vyukov_init(ports[SENDER].out, slots, size, peer->parameter);
	vyukov_init(ports[SENDER].in, slots, size, peer->parameter);
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	return open_slots(peer, link, size,
	                  size == sizeof(uint64_t) ? WORDS : MESSAGES);
}

static int open_snug(const struct peer *peer, struct link *link, size_t size)
{
	size_t slots = SNUG / size;

	if (size < 1024)
		return -EMSGSIZE;
	return open_slots(peer, link, size,
	                  slots > SNUG_SLOTS ? slots : SNUG_SLOTS);
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
	{ "Vyukov", VYUKOV_DENSE, open_link, drop_port, close_link, produce,
	  consume, ping, pong },
	{ "Vyukov padded", VYUKOV_PADDED, open_link, drop_port, close_link,
	  produce, consume, ping, pong },
	{ "Vyukov snug", VYUKOV_DENSE, open_snug, drop_port, close_link,
	  produce, consume, NULL, NULL },
	{ .name = NULL },
};
