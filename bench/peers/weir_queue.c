/* SPDX-License-Identifier: MIT */
/*
 * weir's queue, of the same capacity as the other queues, with blocks that hold
 * a message each.  "many" puts and gets up to 32 at once.
 *
 * The zero copy peers come in pairs of equal work, as in weir.c: "made" messages
 * are written as a whole by the producer and read as a whole by the consumer.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weir/queue.h>

#include "../message_work.h"
#include "../peer_loops.h"

enum { WORDS = 16384, MESSAGES = 1024, BATCH = 32, BATCH_SIZE_MAX = 1024 };

/* What a block has by default. */
enum { SMALL_BLOCK = 120 };

struct port {
	struct weir_queue *out;
	struct weir_queue *in;
};

static inline int send_message(void *port, const void *message, size_t size)
{
	return weir_queue_put(((struct port *)port)->out, message, size,
	                      WEIR_FOREVER);
}

static inline int receive_message(void *port, void *message, size_t size)
{
	ssize_t length = weir_queue_get(((struct port *)port)->in, message,
	                                size, WEIR_FOREVER);

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

static int produce_many(void *port, const struct run *run)
{
	static __thread struct batch batch;
	uint64_t end = run->first + run->count;

	batch_aim(&batch, run->size);
	for (uint64_t number = run->first; number != end;) {
		size_t count = end - number < BATCH ? end - number : BATCH;
		int result;

		for (size_t i = 0; i < count; i++)
			number_message(batch.messages[i].iov_base, run->size,
			               number++);
		result = send_batch(((struct port *)port)->out, batch.messages,
		                    count);
		if (result < 0)
			return result;
	}
	return 0;
}

static int consume_many(void *port, const struct run *run)
{
	static __thread struct batch batch;
	uint64_t count = run->tally->count;
	uint64_t end = count + run->count;
	uint64_t wrong = 0;

	batch_aim(&batch, run->size);
	while (count != end) {
		size_t most = end - count < BATCH ? end - count : BATCH;
		ssize_t got =
			weir_queue_get_many(((struct port *)port)->in,
		                            batch.messages, most, WEIR_FOREVER);

		if (got < 0)
			return (int)got;
		for (ssize_t i = 0; i < got; i++) {
			struct iovec *message = &batch.messages[i];

			wrong |= message->iov_len ^ run->size;
			wrong |= torn(message->iov_base, run->size,
			              &run->tally->sum);
		}
		count += (uint64_t)got;
		tally_up(run->tally, count);
	}
	return wrong ? -EBADMSG : 0;
}

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
	struct weir_queue *out = ((struct port *)port)->out;

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
	struct weir_queue *in = ((struct port *)port)->in;
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

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	static struct port ports[2];
	struct weir_queue_options options = {
		.capacity = size == sizeof(uint64_t) ? WORDS : MESSAGES,
		.block_size = size > SMALL_BLOCK ? size : 0,
	};
	int result = weir_queue_create(&ports[SENDER].out, NULL, &options);

	(void)peer;
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
	return size > BATCH_SIZE_MAX ? -EMSGSIZE : open_link(peer, link, size);
}

/* Messages of 8 bytes have no place of their own. */
static int open_placed(const struct peer *peer, struct link *link, size_t size)
{
	return size <= 8 ? -EMSGSIZE : open_link(peer, link, size);
}

/* A process that ends closes what it has. */
static void drop_port(void *port)
{
	(void)port;
}

static void close_link(struct link *link)
{
	const struct port *port = link->port[SENDER];

	weir_queue_close(port->out);
	weir_queue_close(port->in);
}

/* Children that have the queues open, and sleep. */
enum { IDLERS_MAX = 1000 };
static pid_t idlers[IDLERS_MAX];

/* Never returns. */
static void be_idle(const struct port *port)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!weir_queue_empty(port->out))
		_exit(1);
	for (;;)
		pause();
}

static int open_crowded(const struct peer *peer, struct link *link, size_t size)
{
	int result = open_link(peer, link, size);

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
	close_link(link);
}

const struct peer weir_member_peers[] = {
	{ "weir", 0, open_crowded, drop_port, close_crowded, produce, consume },
	{ "weir, 1000 idle members", IDLERS_MAX, open_crowded, drop_port,
	  close_crowded, produce, consume },
	{ .name = NULL },
};

const struct peer weir_queue_peers[] = {
	{ "weir", 0, open_link, drop_port, close_link, produce, consume, ping,
	  pong },
	{ "weir many", 0, open_small, drop_port, close_link, produce_many,
	  consume_many },
	{ "weir in place", 0, open_placed, drop_port, close_link,
	  produce_in_place, consume_in_place },
	{ .name = NULL },
};
