/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues.  They are limited to 10 messages of 8 KiB by default
 * (/proc/sys/fs/mqueue, RLIMIT_MSGQUEUE).  Who may do so raises the limits, in
 * an IPC namespace of this program alone.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../peer_loops.h"

enum { ROOM = 256 * 1024, MOST = 256, FEW = 10 };

static const char size_limit[] = "/proc/sys/fs/mqueue/msgsize_max";
static const char count_limit[] = "/proc/sys/fs/mqueue/msg_max";

struct port {
	mqd_t out;
	mqd_t in;
};

static inline int send_message(void *port, const void *message, size_t size)
{
	const struct port *side = port;

	return mq_send(side->out, message, size, 0) < 0 ? -errno : 0;
}

static inline int receive_message(void *port, void *message, size_t size)
{
	const struct port *side = port;

	return mq_receive(side->in, message, size, NULL) < 0 ? -errno : 0;
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

static void set_limit(const char *path, size_t limit)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return;
	fprintf(file, "%zu\n", limit);
	fclose(file);
}

/* What fails here shows when the queue is made. */
static void raise_limits(void)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };
	static bool done;

	if (done)
		return;
	done = true;
	setrlimit(RLIMIT_MSGQUEUE, &most);
	if (unshare(CLONE_NEWIPC) < 0)
		return;
	set_limit(size_limit, MESSAGE_MAX);
	set_limit(count_limit, MOST);
}

/* Its name is gone at once, whatever happens to this program. */
static mqd_t make(size_t size, size_t count)
{
	struct mq_attr wanted = { .mq_maxmsg = (long)count,
		                  .mq_msgsize = (long)size };
	char name[64];
	mqd_t queue;

	snprintf(name, sizeof(name), "/weir-bench.%ld", (long)getpid());
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &wanted);
	if (queue != (mqd_t)-1)
		mq_unlink(name);
	return queue;
}

/* As many messages as weir's ring holds, or what the limits leave. */
static mqd_t make_deep(size_t size, size_t *depth)
{
	mqd_t queue;

	*depth = ROOM / size < MOST ? ROOM / size : MOST;
	queue = make(size, *depth);
	if (queue != (mqd_t)-1)
		return queue;
	*depth = FEW;
	return make(size, *depth);
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	static struct port ports[2];
	mqd_t there;
	mqd_t back;

	(void)peer;
	raise_limits();
	there = make_deep(size, &link->depth);
	back = make_deep(size, &link->depth);
	if (there == (mqd_t)-1 || back == (mqd_t)-1)
		return errno == EINVAL ? -EDQUOT : -errno;
	ports[SENDER] = (struct port){ .out = there, .in = back };
	ports[RECEIVER] = (struct port){ .out = back, .in = there };
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

static void drop_port(void *port)
{
	(void)port;
}

static void close_link(struct link *link)
{
	const struct port *side = link->port[SENDER];

	mq_close(side->out);
	mq_close(side->in);
}

const struct peer mq_peers[] = {
	{
		.name = "POSIX mq",
		.open = open_link,
		.drop = drop_port,
		.close = close_link,
		.produce = produce,
		.consume = consume,
		.ping = ping,
		.pong = pong,
	},
	{ .name = NULL },
};
