/* SPDX-License-Identifier: MIT */
/* Each call that sends or receives, in all its ways. */
#include "course_sides.h"

#include <errno.h>

enum { IMPATIENT_MOST = 6, POINTS_MOST = 200000, POINTS_OF_THE_HASTY = 20000 };

/* Where each process has its messages; not part of what is simulated. */
static unsigned char outgoing[SIM_ACTORS][MESSAGE_LONGEST];
static unsigned char incoming[SIM_ACTORS][MESSAGE_LONGEST];

unsigned option(unsigned n)
{
	return course_choices ? choose(course_choices, n) : 0;
}

static size_t size_of(int sizes)
{
	static const size_t all[3][4] = {
		[SIZES_SMALL] = { 8, 1, 100, 16 },
		[SIZES_LARGE] = { 2000, 1300, 2032, 1016 },
		[SIZES_STREAM] = { 2040, 4096, 2033, 5000 },
	};

	return all[sizes][option(4)];
}

static size_t next_size(const struct ledger *ledger)
{
	/* A second message of no bytes could not be told from the first. */
	if (ledger->count == 0 && option(8) == 7)
		return 0;
	if (course.sizes == SIZES_MIXED)
		return size_of((int)option(3));
	return size_of(course.sizes);
}

static int64_t patience(struct side *side)
{
	static const int64_t timeouts[] = {
		WEIR_FOREVER, WEIR_FOREVER, WEIR_FOREVER, WEIR_FOREVER,
		WEIR_NOWAIT,  WEIR_NOWAIT,  WEIR_MS(5),   WEIR_MS(100),
	};
	int64_t timeout = timeouts[option(8)];

	if (timeout != WEIR_FOREVER && ++side->impatient > IMPATIENT_MOST)
		timeout = WEIR_FOREVER;
	/* Two that do both must not wait for each other for ever. */
	if (timeout == WEIR_FOREVER && side->receives && side->sends &&
	    !side->answers)
		timeout = WEIR_MS(100);
	return timeout;
}

static void begins(const char *call, int64_t timeout)
{
	sim_call(call,
	         timeout == WEIR_NOWAIT ? POINTS_OF_THE_HASTY : POINTS_MOST);
	sim_say("   timeout %lld us", (long long)(timeout / 1000));
}

/* ---- sending */

static int send_parts(struct weir_pipe *end, unsigned char *content,
                      size_t size, int64_t timeout)
{
	struct iovec parts[] = {
		{ content, size / 3 },
		{ NULL, 0 },
		{ content + size / 3, size - size / 3 },
	};

	return weir_pipe_sendv(end, parts, 3, timeout);
}

static int send_reserved(struct weir_pipe *end, unsigned char *content,
                         size_t size, int64_t timeout)
{
	void *space;
	int code = weir_pipe_reserve(end, size, timeout, &space);

	if (code < 0)
		return code;
	copy_in(space, content, size);
	return weir_pipe_commit(end, size);
}

int side_sends(struct side *side)
{
	struct ledger *ledger = &ledgers[!side->number];
	unsigned char *content = outgoing[sim_self()];
	size_t size = next_size(ledger);
	int64_t timeout = patience(side);
	unsigned how = option(4);
	int code;

	begins("send", timeout);
	sim_say("   message %d of %zu bytes", ledger->count, size);
	ledger_send(ledger, content, size);
	if (how == 1)
		code = send_parts(side->end, content, size, timeout);
	else if (how == 2 && size <= ring_longest(&side->end->out))
		code = send_reserved(side->end, content, size, timeout);
	else
		code = weir_pipe_send(side->end, content, size, timeout);
	sim_say("   = %d", code);
	ledger_sent(ledger, code, timeout);
	return code;
}

/* ---- receiving */

static ssize_t receive_peeked(struct weir_pipe *end, unsigned char *content,
                              int64_t timeout)
{
	const void *message;
	ssize_t length = weir_pipe_peek(end, timeout, &message);

	if (length == -EMSGSIZE)
		return weir_pipe_recv(end, content, MESSAGE_LONGEST, timeout);
	if (length < 0)
		return length;
	copy_out(content, message, (size_t)length);
	weir_pipe_release(end);
	return length;
}

static void look_first(struct side *side, struct ledger *ledger)
{
	int64_t timeout = patience(side);
	ssize_t length;

	begins("next_size", timeout);
	ledger_receive(ledger, false, side->follows);
	length = weir_pipe_next_size(side->end, timeout);
	sim_say("   = %zd", length);
	ledger_looked(ledger, length, timeout);
}

ssize_t side_receives(struct side *side)
{
	struct ledger *ledger = &ledgers[side->number];
	unsigned char *content = incoming[sim_self()];
	unsigned how = option(4);
	int64_t timeout;
	ssize_t length;

	if (how == 1)
		look_first(side, ledger);
	timeout = patience(side);
	begins("recv", timeout);
	ledger_receive(ledger, true, side->follows);
	sim_late(content, course.late ? MESSAGE_LONGEST : 0);
	if (how == 2)
		length = receive_peeked(side->end, content, timeout);
	else
		length = weir_pipe_recv(side->end, content, MESSAGE_LONGEST,
		                        timeout);
	sim_settle();
	sim_say("   = %zd", length);
	ledger_received(ledger, content, length, timeout, side->heir);
	return length;
}
