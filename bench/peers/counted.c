/* SPDX-License-Identifier: MIT */
/*
 * What it costs to be able to wake: a ring that needs nothing but a store to
 * publish (ck_ring), and weir's pipe, each as it is and with what a sender may
 * add per message so that a receiver can sleep.
 */
#include <ck_ec.h>
#include <ck_ring.h>
#include <stdalign.h>
#include <weir/pipe.h>

#include "../duet.h"
#include "../peer_loops.h"

enum { WORDS = 16384 };

/* In shared memory; nobody sleeps, so only the sender touches the counts. */
struct counted {
	alignas(128) ck_ec32_t count;
	alignas(128) uint32_t waiting;
	alignas(128) ck_ring_t ring;
	alignas(128) ck_ring_buffer_t buffer[WORDS];
};

struct port {
	struct counted *counted;
	struct weir_pipe *end;
};

static const struct ck_ec_ops no_ops;
static const struct ck_ec_mode single = { &no_ops, true };
static const struct ck_ec_mode multiple = { &no_ops, false };

static inline int send_word(void *port, const void *message, size_t size)
{
	struct counted *to = ((struct port *)port)->counted;
	uintptr_t word;

	memcpy(&word, message, sizeof(word));
	while (!ck_ring_enqueue_spsc(&to->ring, to->buffer, (void *)word))
		relax();
	(void)size;
	return 0;
}

static inline int send_single(void *port, const void *message, size_t size)
{
	send_word(port, message, size);
	ck_ec32_inc(&((struct port *)port)->counted->count, &single);
	return 0;
}

static inline int send_multiple(void *port, const void *message, size_t size)
{
	send_word(port, message, size);
	ck_ec32_inc(&((struct port *)port)->counted->count, &multiple);
	return 0;
}

/* Publish, full fence, look whether anybody announced that it sleeps. */
static inline int send_fenced(void *port, const void *message, size_t size)
{
	const struct counted *to = ((struct port *)port)->counted;

	send_word(port, message, size);
	ck_pr_fence_memory();
	return ck_pr_load_32(&to->waiting) ? -EPROTO : 0;
}

static inline int receive_word(void *port, void *message, size_t size)
{
	struct counted *from = ((struct port *)port)->counted;
	void *word;

	while (!ck_ring_dequeue_spsc(&from->ring, from->buffer, &word))
		relax();
	memcpy(message, &word, sizeof(word));
	(void)size;
	return 0;
}

static inline int send_weir(void *port, const void *message, size_t size)
{
	return weir_pipe_send(((struct port *)port)->end, message, size,
	                      WEIR_FOREVER);
}

static inline int send_weir_single(void *port, const void *message, size_t size)
{
	int result = send_weir(port, message, size);

	ck_ec32_inc(&((struct port *)port)->counted->count, &single);
	return result;
}

static inline int receive_weir(void *port, void *message, size_t size)
{
	ssize_t length = weir_pipe_recv(((struct port *)port)->end, message,
	                                size, WEIR_FOREVER);

	return length < 0 ? (int)length : 0;
}

static int produce(void *port, const struct run *run)
{
	return produce_with(send_word, port, run);
}

static int produce_single(void *port, const struct run *run)
{
	return produce_with(send_single, port, run);
}

static int produce_multiple(void *port, const struct run *run)
{
	return produce_with(send_multiple, port, run);
}

static int produce_fenced(void *port, const struct run *run)
{
	return produce_with(send_fenced, port, run);
}

static int consume(void *port, const struct run *run)
{
	return consume_with(receive_word, port, run);
}

static int produce_weir(void *port, const struct run *run)
{
	return produce_with(send_weir, port, run);
}

static int produce_weir_single(void *port, const struct run *run)
{
	return produce_with(send_weir_single, port, run);
}

static int consume_weir(void *port, const struct run *run)
{
	return consume_with(receive_weir, port, run);
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	static struct port ports[2];
	struct weir_pipe *ends[2];
	struct counted *counted;
	int result = weir_pipe_pair(ends, NULL);

	(void)peer;
	(void)size;
	if (result < 0)
		return result;
	link->length = sizeof(*counted);
	link->memory = counted = duet_memory(link->length);
	link->depth = WORDS;
	ck_ec32_init(&counted->count, 0);
	ck_ring_init(&counted->ring, WORDS);
	ports[SENDER] = (struct port){ counted, ends[1] };
	ports[RECEIVER] = (struct port){ counted, ends[0] };
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

static void drop_port(void *port)
{
	weir_pipe_close(((struct port *)port)->end);
}

static void close_link(struct link *link)
{
	duet_free(link->memory, link->length);
}

const struct peer counted_peers[] = {
	{ "ck_ring", 0, open_link, drop_port, close_link, produce, consume,
	  NULL, NULL },
	{ "ck_ring, ck_ec single", 0, open_link, drop_port, close_link,
	  produce_single, consume, NULL, NULL },
	{ "ck_ring, ck_ec multiple", 0, open_link, drop_port, close_link,
	  produce_multiple, consume, NULL, NULL },
	{ "ck_ring, fence", 0, open_link, drop_port, close_link, produce_fenced,
	  consume, NULL, NULL },
	{ "weir", 0, open_link, drop_port, close_link, produce_weir,
	  consume_weir, NULL, NULL },
	{ "weir, ck_ec single", 0, open_link, drop_port, close_link,
	  produce_weir_single, consume_weir, NULL, NULL },
	{ .name = NULL },
};
