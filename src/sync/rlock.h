/* SPDX-License-Identifier: MIT */
/*
 * What a recursive lock is to this library: its own handles, conditions, which
 * have one of their own or somebody else's.
 */
#ifndef WEIR_SYNC_RLOCK_H
#define WEIR_SYNC_RLOCK_H

#include "sync/mutex.h"
#include "weir/lock.h"

struct weir_rlock {
	struct sync sync;
};

static inline struct mutex rlock_mutex(struct weir_rlock *lock)
{
	return (struct mutex){ &lock->sync, sync_at(&lock->sync) };
}

/* As the calls of weir/lock.h. */
int rlock_acquire(const struct mutex *mutex, int64_t timeout);
int rlock_release(const struct mutex *mutex);
int rlock_depth(const struct mutex *mutex);

/* Gives it up altogether; how often it was held, or a code of release. */
int rlock_give_up(const struct mutex *mutex);

/* Waits for it, and holds it that often: 0, WEIR_OWNER_DIED or -EUCLEAN. */
int rlock_take_back(const struct mutex *mutex, int depth);

#endif
