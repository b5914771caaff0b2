/* SPDX-License-Identifier: MIT */
/*
 * Seat: one thread of a member, and what it is about to do.
 *
 * Before the first shared CAS of an operation a thread says in its own line
 * what it is about to do, and after the last one it takes that back; so whoever
 * recovers a dead member reads it, and the one or two words it names, and knows
 * whether the step happened:
 *
 *	thread                         recoverer, member's byte locked
 *	------                         -------------------------------
 *	A operands                     C announcement (acquire)
 *	B announcement (release)       D operands
 *	  the CAS
 *	  announcement = 0
 *
 * B is one word, so an announcement is there as a whole or not at all; it
 * carries the generation of the seat, so what an earlier owner left in the line
 * says nothing.
 *
 * A seat is claimed at a thread's first need, under registry_lock.  The thread
 * finds it again in its own cache, or, when it uses several regions in turn, in
 * the membership's list of claims, which it walks without a lock.  A claim ends
 * when its thread ends, or the membership, or in the child of a fork (where it
 * is the parent's).
 */
#ifndef WEIR_MEMBERS_SEATS_H
#define WEIR_MEMBERS_SEATS_H

#include "members/membership.h"

enum seat_state { SEAT_FREE = OWNER_FREE, SEAT_TAKEN = 1 };

enum { SEAT_OPERANDS = 6, SEAT_KIND_BITS = 16 };

struct announcement {
	uint32_t kind; /* not 0 */
	uint64_t operands[SEAT_OPERANDS];
};

/*
 * This thread's seat; not under registry_lock, which a claim takes.  0, -EAGAIN
 * every seat is taken, -ENOSPC, -ENOMEM, or what keeps a forked child from
 * having one.
 */
int seat_mine(struct membership *membership, struct seat_layout **seat);

/* A and B; `count` operands. */
void seat_announce(struct seat_layout *seat, uint32_t kind,
                   const uint64_t *operands, int count);
void seat_done(struct seat_layout *seat);

/* C and D: true if the owner that `word` names announced something. */
bool seat_read(const struct seat_layout *seat, uint64_t word,
               struct announcement *said);

/*
 * The ends of claims; under registry_lock.  Of the calling thread; of all, when
 * the membership ends (nobody walks the list any more); of all, without a word
 * to the region, in the child of a fork.
 */
void seats_leave_thread(struct membership *membership);
void seats_leave(struct membership *membership);
void seats_forget(struct membership *membership);

#endif
