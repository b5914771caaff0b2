/* SPDX-License-Identifier: MIT */
#include "members/membership.h"

#include "doors/files.h"
#include "doors/locks.h"
#include "members/recovery.h"

#include <errno.h>

static const struct place nowhere = { .hold_fd = -1, .probe_fd = -1 };

/* Makes place i the caller's, through `fd`; what was there is settled. */
static int take_place(struct membership *membership, int fd, uint32_t i)
{
	struct word64 *owner = &membership->words[i];
	int code = lock_try_exclusive(fd, LOCK_MEMBERS + i);
	uint64_t word;

	if (code < 0)
		return code;
	code = recover_member(membership, i);
	if (code < 0) {
		lock_release(fd, LOCK_MEMBERS + i);
		return code;
	}
	/* The lock byte is the truth; a lie in the word harms who reads it. */
	word = load64_relaxed(owner);
	store64_release(owner, owner_next(word, i, MEMBER_ATTACHED));
	return 0;
}

/* Takes the first place of those in `state` that can be had, or -EAGAIN. */
static int take_first(struct membership *membership, struct place *place,
                      enum member_state state)
{
	for (uint32_t i = 0; i < MEMBERS_MOST; i++) {
		uint64_t word = load64_relaxed(&membership->words[i]);
		int code;

		if (owner_state(word) != state)
			continue;
		code = take_place(membership, place->hold_fd, i);
		if (code == 0)
			place->index = i;
		if (code != -EAGAIN)
			return code;
	}
	return -EAGAIN;
}

static void leave(struct place *place)
{
	if (place->hold_fd >= 0)
		file_close(place->hold_fd);
	if (place->probe_fd >= 0)
		file_close(place->probe_fd);
	*place = nowhere;
}

/* A place with all that this process holds. */
static int find_place(struct membership *membership, struct place *place)
{
	int code;

	*place = nowhere;
	code = place->hold_fd = file_reopen(membership->segment->fd);
	if (code >= 0)
		code = place->probe_fd = file_reopen(membership->segment->fd);
	/* Free places first, then those whose members died. */
	if (code >= 0)
		code = take_first(membership, place, MEMBER_FREE);
	if (code == -EAGAIN)
		code = take_first(membership, place, MEMBER_ATTACHED);
	if (code == 0)
		code = holds_walk(&membership->holds, lock_try_shared,
		                  place->hold_fd);
	if (code < 0)
		leave(place);
	return code;
}

int membership_attach(struct membership *membership)
{
	return find_place(membership, &membership->place);
}

/*
 * Its byte is still locked, so nobody else settles this.  If it cannot be done
 * now, the word stays as it is, and the next who looks finds a dead member.
 */
static void bury_self(struct membership *membership)
{
	const struct member_heir *heir = &membership->heir;
	uint32_t own = membership->place.index;
	uint64_t word = load64_relaxed(&membership->words[own]);

	if (heir->bury(heir->subject, own) == 0)
		cas64(&membership->words[own], &word,
		      owner_next(word, 0, MEMBER_FREE));
}

void membership_detach(struct membership *membership)
{
	if (!membership->entangled)
		bury_self(membership);
	leave(&membership->place);
	holds_end(&membership->holds);
}

int hold_prepare(struct membership *membership, int64_t byte)
{
	return holds_prepare(&membership->holds, byte);
}

void hold_begin(struct membership *membership, int64_t byte)
{
	holds_add(&membership->holds, byte);
}

void hold_release(const struct membership *membership, int64_t byte)
{
	if (!membership->entangled && !holds_have(&membership->holds, byte))
		lock_release(membership->place.hold_fd, byte);
}

void hold_end(struct membership *membership, int64_t byte)
{
	holds_remove(&membership->holds, byte);
	hold_release(membership, byte);
}

void membership_depend(struct membership *membership,
                       struct dependent *dependent)
{
	dependent->next = membership->dependents;
	membership->dependents = dependent;
}

void membership_independ(struct membership *membership,
                         struct dependent *dependent)
{
	struct dependent **place = &membership->dependents;

	while (*place != dependent)
		place = &(*place)->next;
	*place = dependent->next;
}

void membership_tell_thread_ends(const struct membership *membership)
{
	struct dependent *dependent = membership->dependents;

	while (dependent) {
		struct dependent *next = dependent->next;

		if (dependent->thread_ends)
			dependent->thread_ends(dependent);
		dependent = next;
	}
}

void membership_tell_forked(const struct membership *membership)
{
	struct dependent *dependent = membership->dependents;

	while (dependent) {
		struct dependent *next = dependent->next;

		if (dependent->forked)
			dependent->forked(dependent);
		dependent = next;
	}
}

static void tell_forks(const struct membership *membership)
{
	struct dependent *dependent = membership->dependents;

	for (; dependent; dependent = dependent->next) {
		if (dependent->forks)
			dependent->forks(dependent,
			                 membership->next_place.index);
	}
}

void membership_before_fork(struct membership *membership)
{
	int code = 0;

	membership->next_place = nowhere;
	if (!membership->entangled)
		code = find_place(membership, &membership->next_place);
	if (code < 0)
		membership->entangled = code;
	if (!membership->entangled)
		tell_forks(membership);
}

void membership_after_fork_parent(struct membership *membership)
{
	leave(&membership->next_place);
}

void membership_after_fork_child(struct membership *membership)
{
	struct place *own = &membership->place;
	const struct place *next = &membership->next_place;

	membership->code = membership->entangled;
	if (membership->entangled)
		return;
	own->index = next->index;
	/* The numbers stay, for they stand in handles; it cannot fail. */
	file_replace(own->hold_fd, next->hold_fd);
	file_replace(own->probe_fd, next->probe_fd);
	membership->next_place = nowhere;
}
