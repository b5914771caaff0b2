/* SPDX-License-Identifier: MIT */
/*
 * Ledger: what went into one direction of a pipe and what came out, outside the
 * simulation, and what must hold between the two.
 *
 * Message k has a size and a content that tell its number.  What is received
 * must be the next message that was sent, whole; only these may be missing:
 * - one that was not sent after all: its call failed, or its sender died in it;
 * - one for each receiver that died in a call that receives: it may have had it;
 *   but not a stream whose sender was still at it when whoever followed had
 *   asked again.
 *
 * A sender that is told -EPIPE may have left its message for whoever opens the
 * dead receiver's end.  After the death of a receiver a send may succeed in
 * vain, for it is noticed late.
 */
#ifndef FUZZ_LEDGER_H
#define FUZZ_LEDGER_H

#include "pipe/handle.h"
#include "sim/sim.h"

enum { LEDGER_MOST = 32, MESSAGE_LONGEST = 16384 };

enum message_state {
	MESSAGE_UNDER_WAY, /* its call has not returned */
	MESSAGE_SENT,
	MESSAGE_FAILED, /* must never be seen */
	MESSAGE_UNSURE  /* may be seen or not */
};

struct message {
	size_t size;
	enum message_state state;
	bool must_come; /* who followed has asked for it */
};

struct ledger {
	struct message message[LEDGER_MOST];
	int count;
	int delivered; /* all before this one are settled */
	int may_miss; /* receivers that died in a call since the last delivery */
	int sender;   /* who is in a call, or was last */
	int receiver;
	bool sending;
	bool receiving;
	int senders; /* that do not go yet */
	int receivers;
	bool shared; /* by others, who may be stopped on the way to wake or to ask */
	int senders_left; /* that are not gone yet */
	int receivers_left;
	int64_t gone; /* when last a holder was */
	bool closed;  /* that one has told the other side */
	bool receiver_died;
	bool broken_off; /* a stream, which left its parts in the ring */
	bool takes;      /* the call under way takes the message off */
	bool was_empty;  /* the ring, when the send under way began */
	int64_t send_began;
	int64_t receive_began;
	int asked; /* the stream in the ring when who followed called, or -1 */
	uint64_t tail; /* where the send under way began */
	int due;       /* messages that the call under way must find */
	struct ring_layout *ring;
	uint64_t room; /* bytes of the ring */
};

void ledger_begin(struct ledger *ledger, struct ring_layout *ring,
                  uint64_t room);

/* A message is about to be sent: fills `content`. */
void ledger_send(struct ledger *ledger, unsigned char *content, size_t size);
void ledger_sent(struct ledger *ledger, int code, int64_t timeout);

/*
 * A call that receives begins, and ends; takes: it takes the message off;
 * follows: somebody else received before, and is dead; drains: the end was
 * opened after that.
 */
void ledger_receive(struct ledger *ledger, bool takes, bool follows);
void ledger_received(struct ledger *ledger, const unsigned char *content,
                     ssize_t length, int64_t timeout, bool drains);

/* A call that only looks has ended: next_size, poll, peek. */
void ledger_looked(struct ledger *ledger, ssize_t length, int64_t timeout);

/* More was sent than those who died may have had, and can be seen. */
bool ledger_waits(const struct ledger *ledger);

/* Holders: there is one more, it is about to go, it is gone. */
void ledger_sender_comes(struct ledger *ledger);
void ledger_sender_goes(struct ledger *ledger);
void ledger_sender_gone(struct ledger *ledger, bool closed);
void ledger_receiver_comes(struct ledger *ledger);
void ledger_receiver_goes(struct ledger *ledger);
void ledger_receiver_gone(struct ledger *ledger, bool closed);

/* This process was killed, if it was in a call on this direction. */
void ledger_died(struct ledger *ledger, int process);

/* All are asleep: somebody should not be. */
void ledger_asleep(const struct ledger *ledger);

/* Nobody will come any more: NULL, or what is wrong. */
const char *ledger_end(const struct ledger *ledger);

#endif
