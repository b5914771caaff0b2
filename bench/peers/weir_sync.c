/* SPDX-License-Identifier: MIT */
/* weir's values, semaphores and locks, each in a segment of its own. */
#include <weir/lock.h>
#include <weir/semaphore.h>
#include <weir/value.h>

#include "../sync_loops.h"

static void *open_value(void)
{
	struct weir_value *value;

	return weir_value_create(&value, NULL, 'q', NULL) < 0 ? NULL : value;
}

static void close_value(void *object)
{
	weir_value_close(object);
}

static int repeat_fetch_add(void *object, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		weir_value_fetch_add_q(object, 1);
	return 0;
}

static int repeat_load(void *object, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += (uint64_t)weir_value_load_q(object);
	used(sum);
	return 0;
}

static int repeat_store(void *object, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		weir_value_store_q(object, (long long)i);
	return 0;
}

/* As Python does it: one step more of the number, under its lock. */
static int repeat_locked(void *object, uint64_t count)
{
	long long *number = weir_value_data(object);

	for (uint64_t i = 0; i < count; i++) {
		if (weir_value_lock(object, WEIR_FOREVER) != 0)
			return -EPROTO;
		*number += 1;
		if (weir_value_unlock(object) != 0)
			return -EPROTO;
	}
	return 0;
}

static void *open_semaphore(void)
{
	struct weir_semaphore *semaphore;

	return weir_semaphore_create(&semaphore, NULL, 1, NULL) < 0 ? NULL
	                                                            : semaphore;
}

static void close_semaphore(void *object)
{
	weir_semaphore_close(object);
}

static inline int semaphore_acquire(void *object)
{
	return weir_semaphore_acquire(object, WEIR_FOREVER);
}

static inline int semaphore_release(void *object)
{
	return weir_semaphore_release(object, 1);
}

SYNC_LOOPS(semaphore, semaphore_acquire, semaphore_release)

static void *open_lock(void)
{
	struct weir_lock *lock;

	return weir_lock_create(&lock, NULL, NULL) < 0 ? NULL : lock;
}

static void close_lock(void *object)
{
	weir_lock_close(object);
}

static inline int lock_acquire(void *object)
{
	return weir_lock_acquire(object, WEIR_FOREVER);
}

static inline int lock_release(void *object)
{
	return weir_lock_release(object);
}

SYNC_LOOPS(lock, lock_acquire, lock_release)

static void *open_rlock(void)
{
	struct weir_rlock *lock;

	return weir_rlock_create(&lock, NULL, NULL) < 0 ? NULL : lock;
}

static void close_rlock(void *object)
{
	weir_rlock_close(object);
}

static inline int rlock_acquire(void *object)
{
	return weir_rlock_acquire(object, WEIR_FOREVER);
}

static inline int rlock_release(void *object)
{
	return weir_rlock_release(object);
}

SYNC_LOOPS(rlock, rlock_acquire, rlock_release)

const struct sync_peer weir_sync_peers[] = {
	{ "weir value fetch_add", open_value, close_value, repeat_fetch_add,
	  NULL },
	{ "weir value load", open_value, close_value, repeat_load, NULL },
	{ "weir value store", open_value, close_value, repeat_store, NULL },
	{ "weir value, locked += 1", open_value, close_value, repeat_locked,
	  NULL },
	{ "weir semaphore", open_semaphore, close_semaphore, repeat_semaphore,
	  guard_semaphore },
	{ "weir lock", open_lock, close_lock, repeat_lock, guard_lock },
	{ "weir rlock", open_rlock, close_rlock, repeat_rlock, guard_rlock },
	{ .name = NULL },
};
