/* SPDX-License-Identifier: MIT */
#include "sync/rlock.h"

#include <errno.h>

/* This thread's word, were it to hold the lock that often. */
static uint64_t my_word(const struct mutex *mutex, uint32_t depth)
{
	return mutex_word(home_member(&mutex->sync->home), self_number(),
	                  depth);
}

int rlock_acquire(const struct mutex *mutex, int64_t timeout)
{
	struct word64 *owner = &mutex->shared->owner;
	uint64_t mine = my_word(mutex, 1);
	/* Relaxed: if it is this thread's, this thread wrote it. */
	uint64_t seen = load64_relaxed(owner);

	if (!mutex_same(seen, mine))
		return mutex_acquire(mutex, mine, timeout);
	if (mutex_depth(seen) == MUTEX_DEEPEST)
		return -EOVERFLOW;
	/* Relaxed: only this thread makes anything of the depth. */
	store64_relaxed(owner, seen + MUTEX_DEPTH_ONE);
	return 0;
}

/* 0 it is this thread's, -EPERM somebody else's, -EOVERFLOW nobody's. */
static int check_mine(const struct mutex *mutex, uint64_t *seen)
{
	/* Relaxed: if it is this thread's, this thread wrote it. */
	*seen = load64_relaxed(&mutex->shared->owner);
	if (likely(mutex_same(*seen, my_word(mutex, 0))))
		return mutex_depth(*seen) > 0 ? 0 : -EUCLEAN;
	if (owner_state(*seen) == MUTEX_HELD)
		return -EPERM;
	return owner_state(*seen) > MUTEX_ABANDONED ? -EUCLEAN : -EOVERFLOW;
}

static void let_go(const struct mutex *mutex)
{
	/* Pairs with the CAS of mutex_acquire: the next owner finds what this
	   one wrote. */
	store64_release(&mutex->shared->owner, MUTEX_FREE);
	bell_ring(&mutex->shared->bell, 1);
}

int rlock_release(const struct mutex *mutex)
{
	uint64_t seen;
	int code = check_mine(mutex, &seen);

	if (unlikely(code < 0))
		return code;
	if (mutex_depth(seen) == 1)
		let_go(mutex);
	else
		store64_relaxed(&mutex->shared->owner, seen - MUTEX_DEPTH_ONE);
	return 0;
}

int rlock_depth(const struct mutex *mutex)
{
	uint64_t seen;

	return check_mine(mutex, &seen) < 0 ? 0 : (int)mutex_depth(seen);
}

int rlock_give_up(const struct mutex *mutex)
{
	uint64_t seen;
	int code = check_mine(mutex, &seen);

	if (code < 0)
		return code;
	let_go(mutex);
	return (int)mutex_depth(seen);
}

int rlock_take_back(const struct mutex *mutex, int depth)
{
	return mutex_acquire(mutex, my_word(mutex, (uint32_t)depth),
	                     WEIR_FOREVER);
}

/* ---- the public calls */

static const struct sync_kind kind = {
	.type = OBJECT_RLOCK,
	.size = sizeof(struct weir_rlock),
	.least = sizeof(struct mutex_layout),
};

static int plan(struct sync_birth *birth,
                const struct weir_rlock_options *options)
{
	*birth = (struct sync_birth){ .format = mutex_format,
		                      .bytes = sizeof(struct mutex_layout) };
	if (!options)
		return 0;
	birth->options = &options->segment;
	return sync_reserved(options->reserved, 4);
}

int weir_rlock_create(struct weir_rlock **lock, const char *name,
                      const struct weir_rlock_options *options)
{
	struct sync_birth birth;
	int code = plan(&birth, options);

	return code < 0 ? code : sync_create(lock, &kind, name, &birth);
}

int weir_rlock_open_or_create(struct weir_rlock **lock, const char *name,
                              const struct weir_rlock_options *options)
{
	struct sync_birth birth;
	int code = plan(&birth, options);

	return code < 0 ? code : sync_open_or_create(lock, &kind, name, &birth);
}

int weir_rlock_open(struct weir_rlock **lock, const char *name)
{
	return sync_open(lock, &kind, name);
}

int weir_rlock_open_in(struct weir_rlock **lock, struct weir_region *region,
                       const char *name)
{
	return sync_open_in(lock, &kind, region, name);
}

int weir_rlock_open_fd(struct weir_rlock **lock, int fd)
{
	return sync_open_fd(lock, &kind, fd);
}

int weir_rlock_fd(const struct weir_rlock *lock)
{
	return sync_fd(lock ? &lock->sync : NULL);
}

int weir_rlock_backing(const struct weir_rlock *lock)
{
	return sync_backing(lock ? &lock->sync : NULL);
}

void weir_rlock_close(struct weir_rlock *lock)
{
	sync_close(lock ? &lock->sync : NULL);
}

static int check(const struct weir_rlock *lock)
{
	return likely(lock != NULL) ? home_code(&lock->sync.home) : -EINVAL;
}

int weir_rlock_acquire(struct weir_rlock *lock, int64_t timeout)
{
	int code = check(lock);
	struct mutex mutex;

	if (unlikely(code < 0))
		return code;
	mutex = rlock_mutex(lock);
	return rlock_acquire(&mutex, timeout);
}

int weir_rlock_release(struct weir_rlock *lock)
{
	int code = check(lock);
	struct mutex mutex;

	if (unlikely(code < 0))
		return code;
	mutex = rlock_mutex(lock);
	return rlock_release(&mutex);
}

int weir_rlock_depth(const struct weir_rlock *lock)
{
	int code = check(lock);
	struct mutex mutex;

	if (code < 0)
		return code;
	mutex = rlock_mutex((struct weir_rlock *)(uintptr_t)lock);
	return rlock_depth(&mutex);
}

int weir_rlock_locked(const struct weir_rlock *lock)
{
	return lock ? mutex_locked(sync_at(&lock->sync)) : -EINVAL;
}
