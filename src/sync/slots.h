/* SPDX-License-Identifier: MIT */
/*
 * Slots: who waits at a condition, in the order in which they came.
 *
 * A slot's word is {ticket, member, state} (as members/owner.h, the ticket in
 * the generation's place).  A waiter and who notifies him have the lock; a death
 * is settled without it, so they change it by CAS:
 *
 *	FREE -> WAITING       the waiter, who then gives the lock up and sleeps
 *	                      at the slot's event
 *	WAITING -> NOTIFIED   who notifies: the one with the lowest ticket
 *	any -> FREE           the waiter, when he has the lock again: he was
 *	                      notified, or his time is over
 *
 * When a member died (slots_bury):
 *
 *	WAITING -> FREE
 *	NOTIFIED              the next in turn becomes NOTIFIED, then this FREE
 *
 * So a waiter that dies, whenever it does, swallows no notify: its slot is FREE
 * before the next notify looks, or what it was given goes on.  Who settles that
 * may die between the two steps, and then two get what was one's; nobody gets
 * less.
 */
#ifndef WEIR_SYNC_SLOTS_H
#define WEIR_SYNC_SLOTS_H

#include "members/owner.h"
#include "sync/bell.h"

enum slot_state { SLOT_FREE = OWNER_FREE, SLOT_WAITING = 1, SLOT_NOTIFIED = 2 };

struct slots {
	struct condition_layout *shared;
	struct slot_layout *list;
	uint32_t count;
};

/* With the lock: the number of a slot of this member's; -ENOSPC there is none,
   -EUCLEAN. */
int slots_take(const struct slots *slots, uint32_t member);

/* With the lock again: 1 it was notified, 0 not, -EUCLEAN. */
int slots_leave(const struct slots *slots, uint32_t slot);

/* 1 it was notified, -EAGAIN, -EUCLEAN. */
int slots_look(const struct slots *slots, uint32_t slot);

/* With the lock: the first `count` who wait go on; 0 or -EUCLEAN. */
int slots_notify(const struct slots *slots, uint32_t count);

/* Without it; 0 or -EUCLEAN. */
int slots_bury(const struct slots *slots, uint32_t member);

#endif
