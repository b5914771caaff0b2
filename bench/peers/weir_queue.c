/* SPDX-License-Identifier: MIT */
/*
 * weir's queue, of the same capacity as the other queues, with blocks that hold
 * a message each; `parameter` is how much memory they take together (0: as much
 * as the capacity fills).  "many" puts and gets up to 32 at once.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir_queue.h"

enum { WORDS = 16384, MESSAGES = 1024, BATCH = 32, BATCH_SIZE_MAX = 1024 };

/* What a block has by default; what "snug" has for all messages together. */
enum { SMALL_BLOCK = 120, SNUG = 256 * 1024 };

static int produce(void *port, const struct run *run)
{
	return produce_with(weir_queue_send, port, run);
}

static int consume(void *port, const struct run *run)
{
	return consume_with(weir_queue_receive, port, run);
}

static int ping(void *port, const struct run *run)
{
	return ping_with(weir_queue_send, weir_queue_receive, port, run);
}

static int pong(void *port, const struct run *run)
{
	return pong_with(weir_queue_send, weir_queue_receive, port, run);
}

/* Room for a batch. */
struct batch {
	struct iovec messages[BATCH];
	char room[BATCH * BATCH_SIZE_MAX] __attribute__((aligned(64)));
};

static void batch_aim(struct batch *batch, size_t size)
{
	for (size_t i = 0; i < BATCH; i++) {
		batch->messages[i].iov_base = batch->room + i * size;
		batch->messages[i].iov_len = size;
	}
}

/* All of the batch, which may take several calls. */
static int send_batch(struct weir_queue *out, const struct iovec *messages,
                      size_t count)
{
	while (count > 0) {
		ssize_t sent =
			weir_queue_put_many(out, messages, count, WEIR_FOREVER);

		if (sent < 0)
			return (int)sent;
		messages += sent;
		count -= (size_t)sent;
	}
	return 0;
}

ALWAYS_INLINE int produce_many_sized(struct weir_queue *out, size_t size,
                                     const struct run *run)
{
	static __thread struct batch batch;
	uint64_t end = run->first + run->count;

	batch_aim(&batch, size);
	for (uint64_t number = run->first; number != end;) {
		size_t count = end - number < BATCH ? end - number : BATCH;
		int result;

		for (size_t i = 0; i < count; i++)
			number_message(batch.room + i * size, size, number++);
		result = send_batch(out, batch.messages, count);
		if (result < 0)
			return result;
	}
	return 0;
}

ALWAYS_INLINE int consume_many_sized(struct weir_queue *in, size_t size,
                                     const struct run *run)
{
	static __thread struct batch batch;
	uint64_t count = run->tally->count;
	uint64_t end = count + run->count;
	uint64_t wrong = 0;

	batch_aim(&batch, size);
	while (count != end) {
		size_t most = end - count < BATCH ? end - count : BATCH;
		ssize_t got = weir_queue_get_many(in, batch.messages, most,
		                                  WEIR_FOREVER);

		if (got < 0)
			return (int)got;
		for (ssize_t i = 0; i < got; i++) {
			wrong |= batch.messages[i].iov_len ^ size;
			wrong |= torn(batch.room + (size_t)i * size, size,
			              &run->tally->sum);
		}
		count += (uint64_t)got;
		tally_up(run->tally, count);
	}
	return wrong ? -EBADMSG : 0;
}

static int produce_many(void *port, const struct run *run)
{
	struct weir_queue *out = ((struct weir_queue_port *)port)->out;

	return run->size == 8 ? produce_many_sized(out, 8, run)
	                      : produce_many_sized(out, run->size, run);
}

static int consume_many(void *port, const struct run *run)
{
	struct weir_queue *in = ((struct weir_queue_port *)port)->in;

	return run->size == 8 ? consume_many_sized(in, 8, run)
	                      : consume_many_sized(in, run->size, run);
}

int weir_queue_open_link(const struct peer *peer, struct link *link,
                         size_t size)
{
	static struct weir_queue_port ports[2];
	struct weir_queue_options options = {
		.capacity = size == sizeof(uint64_t) ? WORDS : MESSAGES,
		.block_size = size > SMALL_BLOCK ? size : 0,
		.memory = peer->parameter,
	};
	int result = weir_queue_create(&ports[SENDER].out, NULL, &options);

	if (result < 0)
		return result;
	result = weir_queue_create(&ports[SENDER].in, NULL, &options);
	if (result < 0)
		return result;
	ports[RECEIVER].in = ports[SENDER].out;
	ports[RECEIVER].out = ports[SENDER].in;
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	link->depth = options.capacity;
	return 0;
}

static int open_small(const struct peer *peer, struct link *link, size_t size)
{
	return size > BATCH_SIZE_MAX ? -EMSGSIZE
	                             : weir_queue_open_link(peer, link, size);
}

static int open_large(const struct peer *peer, struct link *link, size_t size)
{
	return size < 1024 ? -EMSGSIZE : weir_queue_open_link(peer, link, size);
}

/* A process that ends closes what it has. */
void weir_queue_drop_port(void *port)
{
	(void)port;
}

void weir_queue_close_link(struct link *link)
{
	const struct weir_queue_port *port = link->port[SENDER];

	weir_queue_close(port->out);
	weir_queue_close(port->in);
}

/* Children that have the queues open, and sleep. */
enum { IDLERS_MAX = 1000 };
static pid_t idlers[IDLERS_MAX];

/* Never returns. */
static void be_idle(const struct weir_queue_port *port)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!weir_queue_empty(port->out))
		_exit(1);
	for (;;)
		pause();
}

static int open_crowded(const struct peer *peer, struct link *link, size_t size)
{
	struct peer plain = { .name = peer->name };
	int result = weir_queue_open_link(&plain, link, size);

	for (size_t i = 0; i < peer->parameter && result == 0; i++) {
		idlers[i] = fork();
		if (idlers[i] < 0)
			result = -errno;
		if (idlers[i] == 0)
			be_idle(link->port[SENDER]);
	}
	return result;
}

static void close_crowded(struct link *link)
{
	for (size_t i = 0; i < IDLERS_MAX && idlers[i] > 0; i++)
		kill(idlers[i], SIGKILL);
	for (size_t i = 0; i < IDLERS_MAX && idlers[i] > 0; i++) {
		waitpid(idlers[i], NULL, 0);
		idlers[i] = 0;
	}
	weir_queue_close_link(link);
}

const struct peer weir_member_peers[] = {
	{ "weir", 0, open_crowded, weir_queue_drop_port, close_crowded, produce,
	  consume },
	{ "weir, 1000 idle members", IDLERS_MAX, open_crowded,
	  weir_queue_drop_port, close_crowded, produce, consume },
	{ .name = NULL },
};

const struct peer weir_queue_peers[] = {
	{ "weir", 0, weir_queue_open_link, weir_queue_drop_port,
	  weir_queue_close_link, produce, consume, ping, pong },
	{ "weir snug", SNUG, open_large, weir_queue_drop_port,
	  weir_queue_close_link, produce, consume },
	{ "weir many", 0, open_small, weir_queue_drop_port,
	  weir_queue_close_link, produce_many, consume_many },
	{ .name = NULL },
};
