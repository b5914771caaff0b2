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
 *	receiving  a call that takes a message is under way
 */
#ifndef TESTS_PROCESS_STORM_H
#define TESTS_PROCESS_STORM_H

#include "child.h"
#include "pipes.h"

enum { STORM_MESSAGES = 60000, STORM_LARGEST = 12000 };

struct ledger {
	/* Written by the sender of the moment. */
	unsigned char sent[STORM_MESSAGES];
	uint32_t tried;
	uint32_t forks;
	int32_t send_code; /* why the last sender ended */

	/* Written by the receiver of the moment. */
	unsigned char got[STORM_MESSAGES];
	uint32_t receiving;
	uint32_t taken; /* messages in all */
	uint32_t next;  /* 1 + the last message that was received */
	uint32_t receive_done;

	/* Written by who kills, while nobody receives. */
	uint32_t may_miss; /* messages that dead receivers had in hand */
	uint32_t missed;   /* of these: which were gone */
};

struct storm {
	struct weir_pipe *ends[2];
	struct ledger *ledger;
	uint64_t seed; /* of this process */
	uint32_t messages;
	uint32_t largest;
};

/* Bodies of children. */
void storm_send(void *storm);
void storm_receive(void *storm);

#endif
