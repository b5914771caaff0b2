/* SPDX-License-Identifier: MIT */
/*
 * Ledger of a queue: what went in, what came out, and who did it, outside the
 * simulation.  An entry is made before each call and completed after it; who is
 * killed leaves his incomplete.
 *
 * Checked as calls return:
 * - what is got was put before the end of that call, by a call that did not
 *   fail; it is whole; nobody else has it who lives and did not give it back,
 *   and nobody finished it; a lease says how often it was handed out;
 * - codes are those of the header, and possible: -ESHUTDOWN only when somebody
 *   had begun to shut it down, and always once that call has returned.
 *
 * Checked at the end, when a survivor has taken all that was left:
 * - what was put has come, but for one message for each call that was killed
 *   while it might have received it, and for what was dropped;
 * - of what a killed call put, all before what came has come;
 * - as many tasks were finished as messages were put.
 *
 * The rest, which looks at all calls together, is in queue_history.h.
 */
#ifndef FUZZ_QUEUE_LEDGER_H
#define FUZZ_QUEUE_LEDGER_H

#include "sim/sim.h"

#include <sys/types.h>

enum { LETTERS_MOST = 160, ENTRIES_IN_BOOKS = 600, LETTER_LONGEST = 8400 };

/* Moments: each begin and end of a call is one. */
#define NEVER UINT64_MAX

enum letter_put { PUT_NOT, PUT_BEGUN, PUT_DONE, PUT_FAILED, PUT_UNSURE };
enum letter_place { IN_QUEUE, LEASED, GONE };

struct letter {
	size_t size;
	int blocks; /* how many it takes */
	int putter;
	int batch; /* the entry of the call that put it */
	enum letter_put put;
	uint64_t put_begun, put_ended;

	/* Of the first call that returned it; unknown: somebody had it before. */
	uint64_t took_begun, took_ended;
	int took_turn;
	bool unknown;

	/* When blocks may have been in use. */
	uint64_t used_from, used_to;

	enum letter_place place;
	int holder;
	unsigned deliveries;
	bool got;      /* not leased, so its task is nobody's */
	bool again;    /* it came back, or will */
	bool finished; /* by a call that was killed, or not */
	bool out;      /* it may be dropped */
};

enum entry_kind {
	CALL_PUT,
	CALL_RESERVE,
	CALL_ABANDON,
	CALL_GET,
	CALL_LEASE,
	CALL_DONE,
	CALL_GIVEBACK,
	CALL_TASK_DONE,
	CALL_JOIN,
	CALL_COUNT,
	CALL_SHUTDOWN,
	CALL_SHUTDOWN_NOW,
	CALL_OPEN,
	CALL_CLOSE
};

struct entry {
	enum entry_kind kind;
	int actor;
	uint64_t begun, ended; /* NEVER: not yet, or he died */
	int64_t result;
	int64_t timeout;
	int first,
		count; /* messages that it puts; or how many it may receive */
	int blocks;    /* that it needs at once */
	size_t room;   /* of a buffer */
	int excuse;    /* how many it may have received and not told */
	unsigned deliveries; /* of the message that it gives back */
	bool blurred;        /* blocks that are free may not have looked so */
	bool lap; /* messages and tasks come and go that are not in the books */
	bool died;
	bool shut;        /* begun after the end of a shutdown */
	bool shut_now;    /* ... of an immediate one */
	uint64_t dropped; /* messages, when it ended */
};

struct queue_ledger {
	struct letter letter[LETTERS_MOST];
	int letters;
	struct entry entry[ENTRIES_IN_BOOKS];
	int entries;
	int under_way[SIM_ACTORS]; /* entry, or -1 */
	uint64_t moment;
	int turns;              /* messages received */
	uint64_t receiver_died; /* the last one amid a call */
	int empty;              /* the message of no bytes, or -1 */

	int capacity;
	int blocks;
	unsigned deliveries_most;
	bool shut_begun, shut_ended, shut_now_begun, shut_now_ended;
	bool came_back; /* some message did, or may */
	bool chains;    /* who fails to get all blocks has had some meanwhile */
};

extern struct queue_ledger books;

/* It was handed out as often as it may be. */
static inline bool letter_due(const struct letter *letter)
{
	return books.deliveries_most &&
	       letter->deliveries >= books.deliveries_most;
}

void books_begin(int capacity, int blocks, unsigned deliveries_most);

/* A new message of this size, which takes so many blocks: its number. */
int letter_new(size_t size, int blocks);
void letter_write(int number, unsigned char *bytes);

/* The message that begins like this; -1 none. */
int letter_of(const unsigned char *bytes, size_t size);

struct entry *entry_begin(enum entry_kind kind, const char *name,
                          int64_t timeout);
void entry_end(struct entry *entry, int64_t result);

/* Messages `first` on are about to be put, and so many were, or a code. */
struct entry *put_begin(int first, int count, int64_t timeout);
void put_end(struct entry *entry, int64_t result);

/* One that the call has received; deliveries 0: it does not say. */
int receive_one_of(struct entry *entry, const unsigned char *bytes, size_t size,
                   unsigned deliveries);
void receive_end(struct entry *entry, int64_t result);

/* The message is finished, or given back, by who leased it. */
struct entry *lease_end_begin(enum entry_kind kind, int number);
void lease_end_end(struct entry *entry, int64_t result);

/* What he leased comes back: he is dead, or closes. */
void leases_come_back(int actor);

/* He was killed, if he was. */
void books_died(int actor);

/* How many messages were got for which nobody called task_done. */
int books_owed(void);

/* All was taken: what is missing? */
void books_drained(void);

/* ... and finished: do the numbers agree? */
void books_settled(void);

#endif
