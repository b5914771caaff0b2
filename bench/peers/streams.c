/* SPDX-License-Identifier: MIT */
/* The kernel's pipes and Unix sockets; `parameter` is the kind. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../peer_loops.h"

enum { PIPE, STREAM, SEQPACKET };

/* How much the kernel is asked to hold: as much as weir's ring. */
enum { ROOM = 256 * 1024 };

struct port {
	int out;
	int in;
};

static inline int send_all(void *port, const void *message, size_t size)
{
	const struct port *side = port;
	const char *from = message;

	while (size) {
		ssize_t sent = write(side->out, from, size);

		if (sent < 0)
			return -errno;
		from += sent;
		size -= (size_t)sent;
	}
	return 0;
}

static inline int receive_all(void *port, void *message, size_t size)
{
	const struct port *side = port;
	char *to = message;

	while (size) {
		ssize_t received = read(side->in, to, size);

		if (received < 0)
			return -errno;
		if (received == 0)
			return -EPIPE;
		to += received;
		size -= (size_t)received;
	}
	return 0;
}

static int produce(void *port, const struct run *run)
{
	return produce_with(send_all, port, run);
}

static int consume(void *port, const struct run *run)
{
	return consume_with(receive_all, port, run);
}

static int ping(void *port, const struct run *run)
{
	return ping_with(send_all, receive_all, port, run);
}

static int pong(void *port, const struct run *run)
{
	return pong_with(send_all, receive_all, port, run);
}

static int open_pipes(struct port ports[2])
{
	int there[2];
	int back[2];

	if (pipe(there) < 0 || pipe(back) < 0)
		return -errno;
	fcntl(there[1], F_SETPIPE_SZ, ROOM);
	fcntl(back[1], F_SETPIPE_SZ, ROOM);
	ports[SENDER] = (struct port){ .out = there[1], .in = back[0] };
	ports[RECEIVER] = (struct port){ .out = back[1], .in = there[0] };
	return 0;
}

static int open_sockets(struct port ports[2], int type)
{
	int room = ROOM;
	int ends[2];

	if (socketpair(AF_UNIX, type, 0, ends) < 0)
		return -errno;
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	ports[SENDER] = (struct port){ .out = ends[0], .in = ends[0] };
	ports[RECEIVER] = (struct port){ .out = ends[1], .in = ends[1] };
	return 0;
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	static struct port ports[2];
	int result;

	if (peer->parameter == PIPE)
		result = open_pipes(ports);
	else if (peer->parameter == STREAM)
		result = open_sockets(ports, SOCK_STREAM);
	else
		result = open_sockets(ports, SOCK_SEQPACKET);
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	link->depth = ROOM / (size + 512);
	return result;
}

static void drop_port(void *port)
{
	const struct port *side = port;

	close(side->out);
	if (side->in != side->out)
		close(side->in);
}

static void close_link(struct link *link)
{
	(void)link;
}

#define STREAM_PEER(name_, kind)                                               \
	{                                                                      \
		.name = (name_), .parameter = (kind), .open = open_link,       \
		.drop = drop_port, .close = close_link, .produce = produce,    \
		.consume = consume, .ping = ping, .pong = pong                 \
	}

const struct peer stream_peers[] = {
	STREAM_PEER("pipe(2)", PIPE),
	STREAM_PEER("socketpair stream", STREAM),
	STREAM_PEER("socketpair seqpacket", SEQPACKET),
	{ .name = NULL },
};
