/* SPDX-License-Identifier: MIT */
/*
 * Mutex: one word that says who has a lock, how often, and whether its last
 * owner died.
 *
 *	63       40 39       16 15      4 3     0
 *	|  thread  |   depth   | member  | state |
 *
 *	acquirer                         a death
 *	--------                         -------
 *	FREE      -> HELD, mine          HELD by the dead -> ABANDONED
 *	ABANDONED -> HELD, mine:           (mutex_bury)
 *	             WEIR_OWNER_DIED
 *
 * Both are a CAS, so exactly one acquirer is told of each death.  While it is
 * HELD, nobody but its owner changes the word (but a lock of type LOCK, which
 * anyone may release, by a CAS to FREE), so the owner of an RLOCK does it by
 * plain stores: also the last one, to FREE, after which he looks at the bell:
 *
 *	owner                            waiter
 *	-----                            ------
 *	what the lock guards             A  event |= SLEEPING; fence_others
 *	C  owner = FREE (release)        B  CAS owner, else sleep
 *	   fence_light                      what the lock guards
 *	D  wakes one if SLEEPING
 *
 * `thread` is the owner's number in its process (sync/self.h), 0 in a LOCK.
 * Each step is one store, so whoever dies has it or has it not.
 */
#ifndef WEIR_SYNC_MUTEX_H
#define WEIR_SYNC_MUTEX_H

#include "members/owner.h"
#include "sync/bell.h"
#include "sync/self.h"

enum mutex_state {
	MUTEX_FREE = OWNER_FREE,
	MUTEX_HELD = 1,
	MUTEX_ABANDONED = 2
};

enum {
	MUTEX_DEPTH_AT = 16,
	MUTEX_THREAD_AT = 40,
	MUTEX_DEEPEST = (1 << 24) - 1
};

#define MUTEX_DEPTH_ONE  (UINT64_C(1) << MUTEX_DEPTH_AT)
#define MUTEX_DEPTH_MASK (MUTEX_DEPTH_ONE * MUTEX_DEEPEST)

/* A lock, and who asks for it. */
struct mutex {
	struct sync *sync;
	struct mutex_layout *shared;
};

static inline uint32_t mutex_depth(uint64_t word)
{
	return (uint32_t)(word >> MUTEX_DEPTH_AT) & MUTEX_DEEPEST;
}

/* HELD by this thread of this process, that often. */
static inline uint64_t mutex_word(uint32_t member, uint32_t thread,
                                  uint32_t depth)
{
	return (uint64_t)thread << MUTEX_THREAD_AT |
	       (uint64_t)depth << MUTEX_DEPTH_AT |
	       (uint64_t)member << OWNER_STATE_BITS | MUTEX_HELD;
}

/* Both are HELD by the same thread. */
static inline bool mutex_same(uint64_t a, uint64_t b)
{
	return ((a ^ b) & ~MUTEX_DEPTH_MASK) == 0;
}

/* Waits until the word can be `mine`: 0, WEIR_OWNER_DIED, -EAGAIN, -ETIMEDOUT,
   -EUCLEAN. */
int mutex_wait(const struct mutex *mutex, uint64_t mine, int64_t timeout);

/* The same, at best without a call. */
static inline int mutex_acquire(const struct mutex *mutex, uint64_t mine,
                                int64_t timeout)
{
	uint64_t seen = MUTEX_FREE;

	if (likely(cas64(&mutex->shared->owner, &seen, mine)))
		return 0;
	return mutex_wait(mutex, mine, timeout);
}

/* 1 somebody has it, 0, -EUCLEAN. */
int mutex_locked(const struct mutex_layout *shared);

/* What the dead member had is ABANDONED; whom it did not wake is woken. */
int mutex_bury(struct mutex_layout *shared, uint32_t member);

/* The same for a LOCK or an RLOCK: an object_burier. */
int mutex_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member);

/* A home_format. */
void mutex_format(void *subject, unsigned char *at, bool zeroed);

#endif
