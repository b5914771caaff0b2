/* SPDX-License-Identifier: MIT */
/*
 * The ledger of a queue's storm, in memory that all its processes share: by it
 * every message is accounted for, whoever was killed when.
 *
 * Messages are numbered by producer, who is a slot: one process after another,
 * one at a time.  A process writes into the line of its slot what it is about to
 * do, before each call, and what came of it after.  So when it is killed, at most
 * the one call that was under way is in question, and whoever killed it notes
 * what that may have done (ledger_bury):
 *
 *	put          its messages came in, a first part of them, or none
 *	get          as many messages as it asked for went with it, or fewer
 *	lease        nothing went with it; a message comes late, if it had one
 *	(in hand)    its message comes again
 *	done         its message is finished, or comes again
 *	giveback     its message comes again
 *	task_done    it counts, or not
 *
 * All else must be exact; ledger_balance says so.
 */
#ifndef TESTS_PROCESS_QUEUE_LEDGER_H
#define TESTS_PROCESS_QUEUE_LEDGER_H

#include "queues.h"

enum { SLOTS_MOST = 64, SLOT_BITS = 6, NUMBER_BITS = 18 };

/* Messages of fewer bytes than this number have none, and are empty. */
enum { STAMP = 3, LARGEST = 3000, BATCH = 4 };

enum deed {
	RESTING,
	PUTTING,
	PUTTING_EMPTY,
	GETTING,
	LEASING,
	HOLDING,
	FINISHING,
	RETURNING,
	TELLING /* task_done */
};

/* Which message; of an empty one, nothing is known but that it was one. */
struct title {
	uint16_t slot;
	uint32_t number;
};

#define EMPTY ((struct title){ UINT16_MAX, 0 })

enum fate { UNTRIED, TRYING, PUT, DOUBTFUL, DOUBTFUL_FIRST };

struct entry {
	uint64_t put_begun, put_ended; /* by the ledger's clock */
	uint64_t got_begun, got_ended;
	uint32_t holder;  /* who has it in hand, or had when he died */
	uint32_t returns; /* how often it came back, at least */
	uint8_t fate;
	uint8_t finished; /* by a get or a done that returned */
	uint8_t unsure;   /* its done was under way when its holder died */
};

/* Written by the process of the moment, and by who killed it. */
struct page {
	uint64_t line __attribute__((aligned(128)));
	uint32_t next; /* the number of its next message */
	uint32_t life;
	uint32_t gone; /* no later life than this is dead, or about to be */
	uint32_t tasks_done;
	uint32_t empty_put, empty_got;
	uint32_t taken; /* messages; to see progress by */
	uint32_t forks;
	uint32_t armed; /* it dies by itself, soon */
	uint32_t ended; /* it has nothing left to do */
};

struct ledger {
	uint64_t clock __attribute__((aligned(128)));
	uint32_t quiet; /* nobody begins to put any more */

	/* Written by who kills. */
	uint32_t get_doubts;   /* messages that may have gone with a getter */
	uint32_t lease_doubts; /* that may come late */
	uint32_t done_doubts;
	uint32_t empty_put_doubts, empty_done_doubts;

	struct page pages[SLOTS_MOST + 1]; /* the last one is the root's */
	struct entry entries[];
};

/* Private: where a ledger is, and for how many. */
struct book {
	struct ledger *ledger;
	uint32_t slots;
	uint32_t each; /* messages of a slot, at most */
};

enum { ROOT_SLOT = SLOTS_MOST };

void book_new(struct book *book, uint32_t slots, uint32_t each);
void book_end(struct book *book);

struct page *book_page(const struct book *book, uint32_t slot);
uint64_t book_time(const struct book *book);
uint32_t word_read(const uint32_t *word);
void word_write(uint32_t *word, uint32_t value);
void word_add(uint32_t *word, uint32_t value);

/* What this message is to be, and what it turned out to be: its title. */
size_t message_size(const struct book *book, struct title title);
void message_write(void *bytes, size_t size, struct title title);
struct title message_read(const struct book *book, const void *bytes,
                          size_t size);

/* From now on the slot does this, with up to `count` messages from `title`. */
void book_write(const struct book *book, uint32_t slot, enum deed deed,
                uint32_t count, struct title title);

/* The next `count` messages of the slot: about to be put; `done` were. */
void book_put_begin(const struct book *book, uint32_t slot, uint32_t count);
void book_put_end(const struct book *book, uint32_t slot, uint32_t count,
                  uint32_t done);

/* A get that ran from `begun` to `ended` returned it. */
void book_got(const struct book *book, uint32_t slot, struct title title,
              uint64_t begun, uint64_t ended);

/* A lease returned it; then it is about to be given back, or it is done. */
void book_hold(const struct book *book, uint32_t slot, struct title title,
               unsigned deliveries);
void book_giving_back(const struct book *book, uint32_t slot,
                      struct title title);
void book_done(const struct book *book, uint32_t slot, struct title title,
               uint64_t begun, uint64_t ended);

/* From now on others may get what this slot has in hand: it dies, or at least
   its process of the moment may. */
void book_dying(const struct book *book, uint32_t slot);
void book_may_go(const struct book *book, uint32_t slot);

/* All its processes are dead. */
void book_bury(const struct book *book, uint32_t slot);

/* After all is over; `unfinished` tasks were left. */
void book_balance(const struct book *book, uint32_t unfinished);

#endif
