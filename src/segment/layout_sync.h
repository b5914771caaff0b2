/* SPDX-License-Identifier: MIT */
/*
 * Every byte of the objects that processes wait at: locks, semaphores, events,
 * conditions and barriers.  Each begins with the bell that its waiters sleep
 * at, and zeroed memory is a new one, but for what is written once.
 *
 * A lock is 64 bytes, in one line, for its owner has to fetch that only: who
 * releases it writes the owner word and looks at the bell.
 */
#ifndef WEIR_SEGMENT_LAYOUT_SYNC_H
#define WEIR_SEGMENT_LAYOUT_SYNC_H

#include "segment/layout_region.h"

/* sync/bell.h */
struct bell_layout {
	struct word32 event;
	struct word32 only_cpu; /* hint: of who waited last */
	struct word32 unfenced; /* fence_others cannot reach somebody */
	uint32_t reserved;
};

/* LOCK, RLOCK: sync/mutex.h */
struct mutex_layout {
	struct bell_layout bell;
	struct word64 owner;
	uint64_t reserved[5];
};

/*
 * SEMAPHORE: sync/semaphore.c.  If it is owned, `initial` words of 32 bits
 * follow, one for each permit: sync/permits.h.
 */
struct semaphore_layout {
	struct bell_layout bell;
	/* Written once. */
	uint32_t initial;
	uint32_t sort; /* enum semaphore_sort */

	/* One of them has the turn too: sync/turn.h. */
	struct word32 value;    /* how many permits there are: not owned */
	struct word32 released; /* how often some came back: owned */
	struct word32 first;    /* event of who has the turn */
	uint32_t reserved[7];
};

enum semaphore_sort {
	SEMAPHORE_PLAIN = 0,
	SEMAPHORE_BOUNDED = 1,
	SEMAPHORE_OWNED = 2
};

/* EVENT: sync/event.c */
struct event_layout {
	struct bell_layout bell;
	struct word32 turns; /* odd: set */
	uint32_t reserved[11];
};

/* One who waits at a condition: sync/slots.h. */
struct slot_layout {
	struct word64 word; /* {ticket, member, state} */
	struct word32 event;
	uint32_t reserved;
};

/* CONDITION: sync/condition.c.  `slots` slots follow. */
struct condition_layout {
	struct bell_layout bell; /* nobody sleeps here */
	/* Written once. */
	uint64_t
		lock_of[4]; /* struct home_identity of a lock, if not its own */
	uint32_t slots;
	uint32_t own; /* 1: its lock is `lock` */

	/* Written by who has the lock. */
	struct word64 tickets; /* how many were given */
	struct word32 high;    /* no slot from here on is taken */
	uint32_t reserved[15];

	struct mutex_layout lock;
};

#define SLOTS_MOST 4096

#define BARRIER_CANCELED 16

/* BARRIER: sync/barrier.c */
struct barrier_layout {
	struct bell_layout bell;
	/* Written once. */
	uint32_t parties;
	uint32_t reserved;

	struct word64 state; /* {generation, arrived, broken} */
	struct word64 lost; /* a generation that somebody in step died before */
	uint64_t reserved_too[3];

	/* A bit for each member that has it open; that is in step. */
	struct word64 users[MEMBERS_MOST / 64];
	struct word64 in_step[MEMBERS_MOST / 64];

	/* The last generation of those with the same remainder that was
	   canceled by a reset. */
	struct word64 canceled[BARRIER_CANCELED];
};

#endif
