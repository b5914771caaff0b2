/* SPDX-License-Identifier: MIT */
/* What all peers that are weir's queue do alike. */
#ifndef BENCH_PEERS_WEIR_QUEUE_H
#define BENCH_PEERS_WEIR_QUEUE_H

#include <weir/queue.h>

#include "../peer_loops.h"

struct weir_queue_port {
	struct weir_queue *out;
	struct weir_queue *in;
};

/* Two queues, there and back. */
int weir_queue_open_link(const struct peer *peer, struct link *link,
                         size_t size);
void weir_queue_drop_port(void *port);
void weir_queue_close_link(struct link *link);

static inline int weir_queue_send(void *port, const void *message, size_t size)
{
	struct weir_queue *out = ((struct weir_queue_port *)port)->out;

	return weir_queue_put(out, message, size, WEIR_FOREVER);
}

static inline int weir_queue_receive(void *port, void *message, size_t size)
{
	struct weir_queue *in = ((struct weir_queue_port *)port)->in;
	ssize_t length = weir_queue_get(in, message, size, WEIR_FOREVER);

	if (length < 0)
		return (int)length;
	return (size_t)length == size ? 0 : -EBADMSG;
}

#endif
