/* SPDX-License-Identifier: MIT */
/*
 * Who has the lock of the object.
 *
 * - Nobody has it while somebody has it who lives, or who was killed and whose
 *   descriptors are not closed.
 * - The next to have it is told that the owner died if the lock said so, when
 *   the kernel had closed the dead one's descriptors, or when he closed his
 *   handle with it; and nobody is told else.  What the lock says at that moment
 *   decides, for no step of a call is half.
 * - What it guards is as the last one left it.
 */
#include "sync_schedule_inside.h"

#include "members/owner.h"

static struct {
	struct mutex_layout *lock;
	const struct party *owner;
	bool owed;
	/* Who died while somebody released it for him: whom that hits then,
	   nobody can tell. */
	const struct party *released_for;
	bool spoiled;
	uint64_t times;
} book;

/* What the lock guards. */
static struct word64 guarded;

void owner_begin(struct mutex_layout *lock)
{
	memset(&book, 0, sizeof(book));
	memset(&guarded, 0, sizeof(guarded));
	book.lock = lock;
}

/* Past the door: nobody runs meanwhile. */
static bool held_by(uint32_t member)
{
	uint64_t word = book.lock->owner.bits;

	return owner_state(word) == MUTEX_HELD && owner_member(word) == member;
}

bool owner_unknown(void)
{
	return book.spoiled;
}

bool owner_owed(void)
{
	return book.owed;
}

enum ready owner_ready(const struct party *asks)
{
	uint64_t word = book.lock->owner.bits;
	uint32_t member = owner_member(word);

	if (owner_state(word) != MUTEX_HELD)
		return READY;
	if (member == asks->lock_member || lock_member_lives(member, asks))
		return READY_NOT;
	return READY_BY_DEATH;
}

/* A step that others can see the middle of. */
static void use_it(void)
{
	uint64_t seen = load64_relaxed(&guarded);

	if (book.spoiled)
		return;
	if (seen != book.times)
		sim_fail("the lock guards %llu, not %llu",
		         (unsigned long long)seen,
		         (unsigned long long)book.times);
	store64_relaxed(&guarded, seen + 1);
	book.times++;
}

void owner_has(struct party *party, int code)
{
	bool told = code == WEIR_OWNER_DIED;

	if (book.spoiled)
		return;
	if (book.owner)
		sim_fail("%d and %d have the lock", book.owner->actor,
		         party->actor);
	if (told != book.owed)
		sim_fail(told ? "%d is told of a death that was told"
		              : "%d is not told of a death",
		         party->actor);
	book.owner = party;
	book.owed = false;
	use_it();
}

void owner_gives(struct party *party)
{
	if (book.spoiled)
		return;
	if (book.owner != party)
		sim_fail("%d gives up what it has not", party->actor);
	use_it();
	book.owner = NULL;
}

void owner_still_has(struct party *party)
{
	book.owner = party;
}

void owner_closes(struct party *party)
{
	if (book.owner != party)
		return;
	book.owner = NULL;
	book.owed = true;
}

void owner_died(struct party *party)
{
	bool held = owner_holds(party) &&
	            !lock_member_lives((uint32_t)party->lock_member, party);

	book.spoiled |= book.released_for == party;
	if (book.spoiled)
		return;
	if (book.owner == party && !held)
		sim_fail("%d died with a lock that it had not", party->actor);
	if (book.owner == party)
		book.owner = NULL;
	book.owed |= held;
}

bool owner_holds(const struct party *party)
{
	return party->lock_member >= 0 && held_by((uint32_t)party->lock_member);
}

void owner_released_for(const struct party *party)
{
	book.released_for = party;
	book.owner = NULL;
}

void owner_takes_back(const struct party *party)
{
	book.released_for = NULL;
	if (party && owner_holds(party))
		book.owner = party;
}
