/* SPDX-License-Identifier: MIT */
/*
 * Membership: one process's attachment to a region.
 *
 * Member i holds the lock byte LOCK_MEMBERS + i exclusively, through an open
 * file description that is its process's own, for as long as it lives.  Locking
 * that byte through another description is the proof of its death, keeps other
 * recoverers out, and ends by itself with the recoverer:
 *
 *	lock byte i                  -EAGAIN: it lives; ask again some day
 *	settle what it announced     members/recovery.c
 *	word: ATTACHED -> FREE
 *	unlock, or stay as member i
 *
 * A process has two descriptors for that, both of descriptions of its own.
 * Through `hold_fd` it holds its member's byte and the ends of its objects.
 * Through `probe_fd` it holds nothing for longer than an instant, so it can ask
 * for bytes that it holds itself.
 *
 * A forked child shares the descriptions of its parent, so both would be one
 * member.  Therefore whoever forks makes the child's before it forks:
 *
 *	before     new descriptions, a member's byte for the child, and every
 *	           byte that is held, once more
 *	parent     closes these
 *	child      puts them in the place of the inherited ones
 *
 * So there is no moment at which anything of parent or child looks dead.  If
 * the first step fails (too many open files), parent and child are entangled:
 * neither lets go of a byte any more before it exits, and the child has no
 * place of its own, so it cannot create objects there.
 *
 * All of this is called under registry_lock.
 */
#ifndef WEIR_MEMBERS_MEMBERSHIP_H
#define WEIR_MEMBERS_MEMBERSHIP_H

#include "members/holds.h"
#include "members/owner.h"
#include "segment/table.h"

enum member_state { MEMBER_FREE = OWNER_FREE, MEMBER_ATTACHED = 1 };

/* What the layer above does for a member that died. */
struct member_heir {
	/* Carries out or undoes what this member announced; 0 or -EUCLEAN. */
	int (*settle)(void *subject, uint32_t member, uint32_t kind,
	              const uint64_t *operands);
	/* Settles what this member held in the objects, when what it announced
	   is settled; 0, -EAGAIN not now, -EUCLEAN. */
	int (*bury)(void *subject, uint32_t member);
	void *subject;
};

/*
 * Who keeps something for each thread, or for this process, beside the region:
 * hears of a thread's end, in that thread, before its seats are left; of a fork
 * before it happens, with the number of the child's place; and of it in the
 * child, when that has a place of its own or membership.code says why not.  All
 * are called under registry_lock, and remove no other dependent.
 *
 * For thread_ends to be called for a thread, it has called
 * thread_at_exit(registry_thread_ends); seat_mine does that as well.
 */
struct dependent {
	struct dependent *next;
	void (*thread_ends)(struct dependent *dependent); /* NULL: nothing */
	void (*forks)(struct dependent *dependent, uint32_t member);
	void (*forked)(struct dependent *dependent);
};

/* A place in the region, with the descriptions that make it one's own. */
struct place {
	int hold_fd;
	int probe_fd;
	uint32_t index;
};

struct claim;

struct membership {
	const struct segment *segment;
	struct word64 *words; /* MEMBERS_MOST */
	struct table seats;
	struct member_heir heir;
	struct holds holds;
	struct dependent *dependents;
	struct place place;
	struct place next_place; /* the child's, around a fork */
	int entangled;           /* 0, or why a fork could not be prepared */
	int code;           /* 0, or why this process has no place of its own */
	uint32_t next_look; /* members/recovery.c */
	/* Another one after every fork, so that no cache is wrong. */
	uint64_t id;

	/* members/seats.c, members/registry.c */
	struct claim *claims;
	struct claim *retired;
	int retirements;
	struct membership *next;
};

/* 0, -EAGAIN every place is taken, -EUCLEAN, or another -errno. */
int membership_attach(struct membership *membership);

/* What it still holds in the objects is settled as if it had died. */
void membership_detach(struct membership *membership);

/*
 * A byte that was locked, shared, through hold_fd stays so until hold_end, and
 * until that of every other hold of the same byte.  hold_prepare comes first: 0
 * or -ENOMEM.  hold_release: for who locked it without a hold, and is done.
 */
int hold_prepare(struct membership *membership, int64_t byte);
void hold_begin(struct membership *membership, int64_t byte);
void hold_end(struct membership *membership, int64_t byte);
void hold_release(const struct membership *membership, int64_t byte);

void membership_depend(struct membership *membership,
                       struct dependent *dependent);
void membership_independ(struct membership *membership,
                         struct dependent *dependent);
void membership_tell_thread_ends(const struct membership *membership);
void membership_tell_forked(const struct membership *membership);

/* Around a fork. */
void membership_before_fork(struct membership *membership);
void membership_after_fork_parent(struct membership *membership);
void membership_after_fork_child(struct membership *membership);

#endif
