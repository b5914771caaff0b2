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

int recover_all(struct membership *membership)
{
	int fd = membership->place.probe_fd;
	int recovered = 0;

	for (uint32_t i = 0; i < MEMBERS_MOST; i++) {
		uint64_t word = load64_relaxed(&membership->words[i]);
		int code;

		/* Of itself it knows that it lives. */
		if (owner_state(word) != MEMBER_ATTACHED ||
		    i == membership->place.index ||
		    lock_try_exclusive(fd, LOCK_MEMBERS + i) < 0)
			continue;
		code = recover_member(membership, i);
		lock_release(fd, LOCK_MEMBERS + i);
		if (code < 0 && code != -EAGAIN)
			return code;
		recovered += code == 0;
	}
	return recovered;
}
