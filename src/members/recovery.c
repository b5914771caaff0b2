/* SPDX-License-Identifier: MIT */
#include "members/recovery.h"

#include "doors/locks.h"
#include "members/seats.h"

#include <errno.h>

/* Settles what the dead member announced in this seat, and frees the seat. */
static int recover_seat(struct membership *membership, struct seat_layout *seat,
                        uint32_t member)
{
	const struct member_heir *heir = &membership->heir;
	uint64_t word = load64_acquire(&seat->owner);
	struct announcement said;
	int code = 0;

	if (owner_state(word) != SEAT_TAKEN || owner_member(word) != member)
		return 0;
	if (seat_read(seat, word, &said))
		code = heir->settle(heir->subject, member, said.kind,
		                    said.operands);
	if (code == 0)
		cas64(&seat->owner, &word, owner_next(word, 0, SEAT_FREE));
	return code;
}

int recover_member(struct membership *membership, uint32_t index)
{
	struct word64 *owner = &membership->words[index];
	uint64_t word = load64_acquire(owner);
	uint32_t seats = table_count(&membership->seats);
	int code = 0;

	if (owner_state(word) != MEMBER_ATTACHED)
		return 0;
	for (uint32_t i = 0; i < seats && code == 0; i++)
		code = recover_seat(membership, table_at(&membership->seats, i),
		                    index);
	if (code == 0)
		code = membership->heir.bury(membership->heir.subject, index);
	if (code == 0)
		cas64(owner, &word, owner_next(word, 0, MEMBER_FREE));
	return code;
}

/* 1 the member was dead, and is settled; 0 it lives, or not now; -EUCLEAN. */
static int recover_if_dead(struct membership *membership, uint32_t i)
{
	int fd = membership->place.probe_fd;
	int code;

	if (lock_try_exclusive(fd, LOCK_MEMBERS + i) < 0)
		return 0;
	code = recover_member(membership, i);
	lock_release(fd, LOCK_MEMBERS + i);
	if (code < 0)
		return code == -EAGAIN ? 0 : code;
	return 1;
}

/* Of itself a member knows that it lives. */
static bool is_attached_other(const struct membership *membership, uint32_t i)
{
	uint64_t word = load64_relaxed(&membership->words[i]);

	return owner_state(word) == MEMBER_ATTACHED &&
	       i != membership->place.index;
}

int recover_one(struct membership *membership, uint32_t index)
{
	if (index >= MEMBERS_MOST || !is_attached_other(membership, index))
		return 0;
	return recover_if_dead(membership, index);
}

int recover_some(struct membership *membership, uint32_t most)
{
	uint32_t first = membership->next_look;
	uint32_t asked = 0;
	int recovered = 0;

	for (uint32_t n = 0; n < MEMBERS_MOST && asked < most; n++) {
		uint32_t i = (first + n) % MEMBERS_MOST;
		int code;

		membership->next_look = i + 1;
		if (!is_attached_other(membership, i))
			continue;
		code = recover_if_dead(membership, i);
		if (code < 0)
			return code;
		recovered += code;
		asked++;
	}
	return recovered;
}

int recover_all(struct membership *membership)
{
	return recover_some(membership, MEMBERS_MOST);
}
