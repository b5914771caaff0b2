/* SPDX-License-Identifier: MIT */
#include "sync/slots.h"

#include <errno.h>

/* A CAS fails here because a death was settled meanwhile: of each member once
   at most. */
enum { TRIES = 2 * MEMBERS_MOST };

static struct word64 *word_of(const struct slots *slots, uint32_t slot)
{
	return &slots->list[slot].word;
}

/* How many slots are to be looked at, whatever a peer wrote. */
static uint32_t high_of(const struct slots *slots)
{
	/* Relaxed: who has the lock wrote it, or had it before. */
	uint32_t high = load32_relaxed(&slots->shared->high);

	return high < slots->count ? high : slots->count;
}

/* ---- the waiter */

static uint32_t find_free(const struct slots *slots, uint32_t high)
{
	for (uint32_t i = 0; i < high; i++) {
		/* Relaxed: the CAS that takes it looks again. */
		uint64_t word = load64_relaxed(word_of(slots, i));

		if (owner_state(word) == SLOT_FREE)
			return i;
	}
	return high;
}

/* Relaxed, here and in lower: only who has the lock cares. */
static uint64_t next_ticket(const struct slots *slots)
{
	struct word64 *tickets = &slots->shared->tickets;
	uint64_t ticket = load64_relaxed(tickets);

	store64_relaxed(tickets, ticket + 1);
	return ticket;
}

int slots_take(const struct slots *slots, uint32_t member)
{
	uint32_t high = high_of(slots);
	uint32_t slot = find_free(slots, high);
	uint64_t seen, taken;

	if (slot == slots->count)
		return -ENOSPC;
	if (slot == high)
		store32_relaxed(&slots->shared->high, high + 1);
	seen = load64_relaxed(word_of(slots, slot));
	taken = next_ticket(slots) << (OWNER_STATE_BITS + OWNER_MEMBER_BITS) |
	        (uint64_t)member << OWNER_STATE_BITS | SLOT_WAITING;
	if (owner_state(seen) != SLOT_FREE ||
	    !cas64(word_of(slots, slot), &seen, taken))
		return -EUCLEAN;
	return (int)slot;
}

int slots_look(const struct slots *slots, uint32_t slot)
{
	/* Relaxed: what the lock guards is read once he has it again. */
	switch (owner_state(load64_relaxed(word_of(slots, slot)))) {
	case SLOT_WAITING:
		return -EAGAIN;
	case SLOT_NOTIFIED:
		return 1;
	default:
		return -EUCLEAN;
	}
}

/* No FREE slot stands before `high`. */
static void lower(const struct slots *slots)
{
	uint32_t high = high_of(slots);
	uint32_t before = high;

	while (high > 0 && owner_state(load64_relaxed(
				   word_of(slots, high - 1))) == SLOT_FREE)
		high--;
	if (high != before)
		store32_relaxed(&slots->shared->high, high);
}

int slots_leave(const struct slots *slots, uint32_t slot)
{
	struct word64 *word = word_of(slots, slot);
	uint64_t seen = load64_relaxed(word);

	/* It fails if somebody's death has just made it NOTIFIED. */
	for (int i = 0; i < TRIES; i++) {
		uint32_t state = owner_state(seen);

		if (state != SLOT_WAITING && state != SLOT_NOTIFIED)
			return -EUCLEAN;
		if (cas64(word, &seen, SLOT_FREE)) {
			lower(slots);
			return state == SLOT_NOTIFIED;
		}
	}
	return -EUCLEAN;
}

/* ---- who notifies */

/* Who waits with the lowest ticket; false: nobody. */
static bool find_first(const struct slots *slots, uint32_t *first,
                       uint64_t *word)
{
	uint32_t high = high_of(slots);
	bool found = false;

	for (uint32_t i = 0; i < high; i++) {
		/* Relaxed: the CAS that notifies looks again. */
		uint64_t seen = load64_relaxed(word_of(slots, i));

		if (owner_state(seen) != SLOT_WAITING ||
		    (found &&
		     owner_generation(seen) >= owner_generation(*word)))
			continue;
		*first = i;
		*word = seen;
		found = true;
	}
	return found;
}

static bool notify(const struct slots *slots, uint32_t slot, uint64_t seen)
{
	if (!cas64(word_of(slots, slot), &seen,
	           owner_turned(seen, SLOT_NOTIFIED)))
		return false;
	bell_ring_at(&slots->shared->bell, &slots->list[slot].event, RING_ALL);
	return true;
}

static int notify_first(const struct slots *slots)
{
	uint32_t slot = 0;
	uint64_t word = 0;

	for (int i = 0; i < TRIES; i++) {
		if (!find_first(slots, &slot, &word))
			return 0;
		if (notify(slots, slot, word))
			return 1;
	}
	return -EUCLEAN;
}

static void notify_all(const struct slots *slots)
{
	uint32_t high = high_of(slots);

	for (uint32_t i = 0; i < high; i++) {
		uint64_t seen = load64_relaxed(word_of(slots, i));

		/* If it fails, who waited there is dead. */
		if (owner_state(seen) == SLOT_WAITING)
			notify(slots, i, seen);
	}
}

int slots_notify(const struct slots *slots, uint32_t count)
{
	int code = 1;

	if (count >= high_of(slots)) {
		notify_all(slots);
		return 0;
	}
	for (uint32_t i = 0; i < count && code == 1; i++)
		code = notify_first(slots);
	return code < 0 ? code : 0;
}

/* ---- deaths */

static int bury_slot(const struct slots *slots, uint32_t slot, uint32_t member)
{
	struct word64 *word = word_of(slots, slot);
	uint64_t seen = load64_relaxed(word);

	for (int i = 0; i < TRIES; i++) {
		uint32_t state = owner_state(seen);

		if (state == SLOT_FREE || owner_member(seen) != member)
			return 0;
		if (state == SLOT_NOTIFIED && notify_first(slots) < 0)
			return -EUCLEAN;
		/* It fails if it was notified just now. */
		if (cas64(word, &seen, SLOT_FREE))
			return 0;
	}
	return -EUCLEAN;
}

int slots_bury(const struct slots *slots, uint32_t member)
{
	int code = 0;

	for (uint32_t i = 0; i < slots->count && code == 0; i++)
		code = bury_slot(slots, i, member);
	return code;
}
