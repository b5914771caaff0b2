/* SPDX-License-Identifier: MIT */
/*
 * Storm: a sender and a receiver that are killed, stopped, continued and
 * replaced at random, and a ledger by which every message is accounted for.
 *
 * Each side writes into the ledger before and after each call.  So when it is
 * killed, at most the one call that was under way is in question:
 *
 *	sent[n]    the send of message n returned success: it must come
 *	tried      the highest message that a send was begun for
 *	got[n]     message n was received, by a call that returned
 *	lost[n]    it was sent, and went with a receiver that had it in hand
 *	front      what is accounted for, and whether a call is under way
 */
#ifndef TESTS_PROCESS_STORM_H
#define TESTS_PROCESS_STORM_H

#include "child.h"
#include "pipes.h"

enum { STORM_MESSAGES = 60000, STORM_LARGEST = 12000 };

/* What the smallest message takes of a ring. */
enum { STORM_RECORD = 16 };

/* One word, so that a receiver dies before both changed, or after. */
union front {
	uint64_t word;
	struct {
		uint32_t next;      /* what is before it came, or never will */
		uint16_t deaths;    /* that were accounted for by then */
		uint16_t receiving; /* a call that takes a message is on */
	};
};

struct ledger {
	/* Written by the sender of the moment. */
	unsigned char sent[STORM_MESSAGES];
	uint32_t tried;
	uint32_t send_forks;
	int32_t send_code; /* why the last sender ended */

	/* Written by the receiver of the moment. */
	unsigned char got[STORM_MESSAGES];
	unsigned char lost[STORM_MESSAGES];
	uint32_t receive_forks;
	uint32_t receive_done;
	union front front;

	/* Written by who kills, while nobody receives: how often it was amid a
	   call, so that one message may have gone with each. */
	uint16_t deaths;
};

struct storm {
	pid_t root; /* who began it */
	struct weir_pipe *ends[2];
	struct ledger *ledger;
	uint64_t seed; /* of this process */
	uint32_t messages;
	uint32_t largest;
};

/*
 * Bodies of children: one of a chain of senders, or of receivers, until all is
 * sent, or until the end; and one who only looks what comes next, after a
 * receiver's death.
 */
void storm_send(void *storm);
void storm_receive(void *storm);
void storm_look(void *storm);

/* Receives a message and accounts for it; its number, or -errno. */
int64_t storm_receive_one(struct storm *storm);

/* The first message that neither came nor is known to be lost. */
uint32_t storm_next(const struct ledger *ledger);

/* A receiver was killed. */
void storm_bury(struct ledger *ledger);

/* Whatever was sent before `number` and did not come by now is lost. */
void storm_account(struct ledger *ledger, uint32_t number);

#endif
