/* SPDX-License-Identifier: MIT */
/* Each call of a queue, in the ledger. */
#include "queue_acts.h"

#include "queue_census.h"
#include "queue_history.h"

#include <errno.h>

/* Where each process has its messages; not part of what is simulated. */
static unsigned char incoming[SIM_ACTORS][MANY_MOST][LETTER_LONGEST];

/* ---- receiving */

ssize_t hand_gets(struct hand *hand, int64_t timeout)
{
	unsigned char *bytes = incoming[hand->actor][0];
	struct entry *entry = entry_begin(CALL_GET, "get", timeout);
	ssize_t size;

	entry->count = 1;
	entry->room = LETTER_LONGEST;
	sim_late(bytes, shape.late ? LETTER_LONGEST : 0);
	size = weir_queue_get(hand->queue, bytes, LETTER_LONGEST, timeout);
	sim_settle();
	if (size >= 0)
		receive_one_of(entry, bytes, (size_t)size, 0);
	receive_end(entry, size);
	return size;
}

static void get_short(struct hand *hand)
{
	unsigned char *bytes = incoming[hand->actor][0];
	int64_t timeout = hand_patience();
	struct entry *entry = entry_begin(CALL_GET, "get", timeout);
	ssize_t size;

	entry->count = 1;
	entry->room = option(2) ? 8 : 20;
	size = weir_queue_get(hand->queue, bytes, entry->room, timeout);
	if (size >= 0)
		receive_one_of(entry, bytes, (size_t)size, 0);
	receive_end(entry, size);
}

static void get_many(struct hand *hand)
{
	struct iovec messages[MANY_MOST];
	int count = 2 + (int)option(MANY_MOST - 1);
	int64_t timeout = hand_patience();
	struct entry *entry;
	ssize_t got;

	for (int i = 0; i < count; i++) {
		messages[i].iov_base = incoming[hand->actor][i];
		messages[i].iov_len = LETTER_LONGEST;
	}
	entry = entry_begin(CALL_GET, "get_many", timeout);
	entry->count = count;
	entry->room = LETTER_LONGEST;
	sim_late(incoming[hand->actor],
	         shape.late ? sizeof(incoming[hand->actor]) : 0);
	got = weir_queue_get_many(hand->queue, messages, (size_t)count,
	                          timeout);
	sim_settle();
	for (ssize_t i = 0; i < got; i++)
		receive_one_of(entry, messages[i].iov_base, messages[i].iov_len,
		               0);
	receive_end(entry, got);
}

/* ---- leases */

static void end_lease(struct hand *hand, bool done)
{
	struct entry *entry =
		lease_end_begin(done ? CALL_DONE : CALL_GIVEBACK, hand->leased);
	int code = done ? weir_queue_done(hand->queue, &hand->lease)
	                : weir_queue_giveback(hand->queue, &hand->lease);

	hand->leased = -1;
	lease_end_end(entry, code);
}

static void take_lease(struct hand *hand)
{
	unsigned char *bytes = incoming[hand->actor][0];
	int64_t timeout = hand_patience();
	struct entry *entry = entry_begin(CALL_LEASE, "lease", timeout);
	int code;

	entry->count = 1;
	code = weir_queue_lease(hand->queue, timeout, &hand->lease);
	if (code == 0) {
		copy_out(bytes, hand->lease.data, hand->lease.size);
		hand->leased = receive_one_of(entry, bytes, hand->lease.size,
		                              hand->lease.deliveries);
	}
	receive_end(entry, code);
}

/* Now and then it is kept for a while. */
static void lease(struct hand *hand)
{
	if (hand->leased >= 0) {
		end_lease(hand, true);
		return;
	}
	take_lease(hand);
	if (hand->leased >= 0 && option(8) < 6)
		end_lease(hand, option(3) != 2);
}

static void give_back(struct hand *hand)
{
	if (hand->leased < 0)
		take_lease(hand);
	if (hand->leased >= 0)
		end_lease(hand, false);
}

/* What belongs to the parent is no lease of the child's. */
static void end_inherited(struct hand *hand)
{
	struct weir_lease lease = hand->inherited;
	int code;

	if (!lease.data)
		return;
	sim_call("done by the child", 20000);
	code = weir_queue_done(hand->queue, &lease);
	if (code != -EPERM)
		sim_fail("done with the parent's lease: %d", code);
}

/* ---- the rest */

int64_t hand_task_done(struct hand *hand)
{
	struct entry *entry = entry_begin(CALL_TASK_DONE, "task_done", 0);
	int code = weir_queue_task_done(hand->queue);

	entry_end(entry, code);
	if (code != 0 && code != -EOVERFLOW)
		sim_fail("task_done: %d", code);
	return code;
}

static void join(struct hand *hand)
{
	int64_t timeout = hand_patience();
	struct entry *entry = entry_begin(CALL_JOIN, "join", timeout);
	int code = weir_queue_join(hand->queue, timeout);

	entry_end(entry, code);
	if (code != 0 && code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("join: %d", code);
}

static void count(struct hand *hand)
{
	struct entry *entry = entry_begin(CALL_COUNT, "size", 0);

	entry_end(entry, (int64_t)weir_queue_size(hand->queue));
}

/* Puts one that is not in the books, and gets it again; false: cannot. */
static bool pass_one(struct hand *hand, struct entry *entry)
{
	static const uint64_t mark = UINT64_MAX;
	unsigned char *bytes = incoming[hand->actor][0];
	uint64_t got = 0;
	ssize_t size;

	if (weir_queue_put(hand->queue, &mark, sizeof(mark), WEIR_NOWAIT) < 0)
		return false;
	while (got != mark) {
		size = weir_queue_get(hand->queue, bytes, LETTER_LONGEST,
		                      WEIR_NOWAIT);
		if (size < 0)
			sim_fail("a message that was just put: %zd", size);
		if (size == sizeof(got))
			memcpy(&got, bytes, sizeof(got));
		/* What somebody dead had may come back meanwhile. */
		if (got != mark)
			receive_one_of(entry, bytes, (size_t)size, 0);
	}
	return weir_queue_task_done(hand->queue) == 0;
}

/* As one step, so that nobody else sees more of it than that time has passed. */
static void pass_a_lap(struct hand *hand)
{
	struct entry *entry = entry_begin(CALL_GET, "a lap", 0);

	entry->lap = true;
	sim_at_once(true);
	for (uint64_t i = 0; i < hand->queue->view.index.count; i++) {
		if (!census_empty() || !pass_one(hand, entry))
			break;
	}
	sim_at_once(false);
	receive_end(entry, 0);
}

static void shut_down(struct hand *hand, bool immediate)
{
	struct entry *entry = entry_begin(
		immediate ? CALL_SHUTDOWN_NOW : CALL_SHUTDOWN, "shutdown", 0);
	int code;

	books.shut_begun = true;
	if (immediate) {
		books.shut_now_begun = true;
		presences_end(entry->begun);
	}
	code = weir_queue_shutdown(hand->queue, immediate);
	entry_end(entry, code);
	if (code != 0)
		sim_fail("shutdown: %d", code);
	books.shut_ended = true;
	books.shut_now_ended |= immediate;
}

/* What is no message's way through the queue. */
static void act_seldom(struct hand *hand, enum queue_act act)
{
	switch (act) {
	case ACT_TASK_DONE:
		/* Once for each message that was got: more is an error. */
		if (books_owed() > 0)
			hand_task_done(hand);
		break;
	case ACT_JOIN:
		join(hand);
		break;
	case ACT_COUNT:
		count(hand);
		break;
	case ACT_SHUTDOWN:
	case ACT_SHUTDOWN_NOW:
		if (shape.shuts)
			shut_down(hand, act == ACT_SHUTDOWN_NOW);
		break;
	case ACT_REOPEN:
		hand_closes(hand);
		hand_opens(hand);
		break;
	case ACT_LAP:
		/* Or else it could not be put into a cell. */
		if (!books.shut_begun)
			pass_a_lap(hand);
		break;
	case ACT_FORK:
		hand_forks(hand);
		break;
	default:
		sim_nap(WEIR_MS(1));
		break;
	}
}

void hand_acts(struct hand *hand, enum queue_act act)
{
	switch (act) {
	case ACT_PUT:
		hand_puts(hand);
		break;
	case ACT_PUT_MANY:
		hand_puts_many(hand);
		break;
	case ACT_RESERVE:
		hand_reserves(hand);
		break;
	case ACT_GET:
		hand_gets(hand, hand_patience());
		break;
	case ACT_GET_MANY:
		get_many(hand);
		break;
	case ACT_GET_SHORT:
		get_short(hand);
		break;
	case ACT_LEASE:
		lease(hand);
		break;
	case ACT_GIVE_BACK:
		give_back(hand);
		break;
	case ACT_END_LEASE:
		if (hand->leased >= 0)
			end_lease(hand, option(3) != 2);
		else
			end_inherited(hand);
		break;
	default:
		act_seldom(hand, act);
		break;
	}
}
