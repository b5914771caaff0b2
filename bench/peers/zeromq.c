/* SPDX-License-Identifier: MIT */
/*
 * ZeroMQ's PUSH and PULL over ipc, for one sender and one receiver: it has no
 * queue that many share, each receiver has one of its own.  A context does not
 * survive fork, so each side makes its own when it starts.
 */
#include <stdio.h>
#include <unistd.h>
#include <zmq.h>

#include "../peer_loops.h"

struct port {
	char in_name[48];
	char out_name[48];
	void *context;
	void *in;
	void *out;
};

static inline int send_message(void *port, const void *message, size_t size)
{
	void *out = ((struct port *)port)->out;

	return zmq_send(out, message, size, 0) < 0 ? -errno : 0;
}

static inline int receive_message(void *port, void *message, size_t size)
{
	int length = zmq_recv(((struct port *)port)->in, message, size, 0);

	if (length < 0)
		return -errno;
	return (size_t)length == size ? 0 : -EBADMSG;
}

/* Its own thread need not share the CPU that this one is bound to. */
static void free_thread(void *context)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	for (int cpu = 0; cpu < cpus; cpu++)
		zmq_ctx_set(context, ZMQ_THREAD_AFFINITY_CPU_ADD, cpu);
}

static int start(struct port *port)
{
	if (port->context)
		return 0;
	port->context = zmq_ctx_new();
	if (!port->context)
		return -errno;
	free_thread(port->context);
	port->in = zmq_socket(port->context, ZMQ_PULL);
	port->out = zmq_socket(port->context, ZMQ_PUSH);
	/* Milliseconds until it looks again for who binds later. */
	zmq_setsockopt(port->out, ZMQ_RECONNECT_IVL, &(int){ 1 }, sizeof(int));
	if (!port->in || !port->out || zmq_bind(port->in, port->in_name) < 0 ||
	    zmq_connect(port->out, port->out_name) < 0)
		return -errno;
	return 0;
}

static int produce(void *port, const struct run *run)
{
	int result = start(port);

	return result < 0 ? result : produce_with(send_message, port, run);
}

static int consume(void *port, const struct run *run)
{
	int result = start(port);

	return result < 0 ? result : consume_with(receive_message, port, run);
}

static int ping(void *port, const struct run *run)
{
	int result = start(port);

	return result < 0 ? result
	                  : ping_with(send_message, receive_message, port, run);
}

static int pong(void *port, const struct run *run)
{
	int result = start(port);

	return result < 0 ? result
	                  : pong_with(send_message, receive_message, port, run);
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	static struct port ports[2];
	static unsigned serial;

	(void)peer;
	(void)size;
	serial++;
	for (int side = 0; side < 2; side++) {
		struct port *port = &ports[side];

		snprintf(port->in_name, sizeof(port->in_name),
		         "ipc://@weir-bench.%ld.%u.%d", (long)getpid(), serial,
		         side);
		snprintf(port->out_name, sizeof(port->out_name),
		         "ipc://@weir-bench.%ld.%u.%d", (long)getpid(), serial,
		         !side);
		link->port[side] = port;
	}
	link->depth = 1000; /* its default, on each side */
	return 0;
}

/* Returns when all that was sent is on its way. */
static void drop_port(void *argument)
{
	struct port *port = argument;

	if (!port->context)
		return;
	zmq_close(port->in);
	zmq_close(port->out);
	zmq_ctx_term(port->context);
	port->context = NULL;
}

static void close_link(struct link *link)
{
	(void)link;
}

const struct peer zeromq_peers[] = {
	{
		.name = "ZeroMQ ipc",
		.open = open_link,
		.drop = drop_port,
		.close = close_link,
		.produce = produce,
		.consume = consume,
		.ping = ping,
		.pong = pong,
		.single = true,
	},
	{ .name = NULL },
};
