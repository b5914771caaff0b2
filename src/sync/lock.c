/* SPDX-License-Identifier: MIT */
#include "weir/lock.h"
#include "sync/mutex.h"

#include <errno.h>

struct weir_lock {
	struct sync sync;
};

static const struct sync_kind kind = {
	.type = OBJECT_LOCK,
	.size = sizeof(struct weir_lock),
	.least = sizeof(struct mutex_layout),
};

static int plan(struct sync_birth *birth,
                const struct weir_lock_options *options)
{
	*birth = (struct sync_birth){ .format = mutex_format,
		                      .bytes = sizeof(struct mutex_layout) };
	if (!options)
		return 0;
	birth->options = &options->segment;
	return sync_reserved(options->reserved, 4);
}

int weir_lock_create(struct weir_lock **lock, const char *name,
                     const struct weir_lock_options *options)
{
	struct sync_birth birth;
	int code = plan(&birth, options);

	return code < 0 ? code : sync_create(lock, &kind, name, &birth);
}

int weir_lock_open_or_create(struct weir_lock **lock, const char *name,
                             const struct weir_lock_options *options)
{
	struct sync_birth birth;
	int code = plan(&birth, options);

	return code < 0 ? code : sync_open_or_create(lock, &kind, name, &birth);
}

int weir_lock_open(struct weir_lock **lock, const char *name)
{
	return sync_open(lock, &kind, name);
}

int weir_lock_open_in(struct weir_lock **lock, struct weir_region *region,
                      const char *name)
{
	return sync_open_in(lock, &kind, region, name);
}

int weir_lock_open_fd(struct weir_lock **lock, int fd)
{
	return sync_open_fd(lock, &kind, fd);
}

int weir_lock_fd(const struct weir_lock *lock)
{
	return sync_fd(lock ? &lock->sync : NULL);
}

int weir_lock_backing(const struct weir_lock *lock)
{
	return sync_backing(lock ? &lock->sync : NULL);
}

void weir_lock_close(struct weir_lock *lock)
{
	sync_close(lock ? &lock->sync : NULL);
}

static int check(const struct weir_lock *lock)
{
	return likely(lock != NULL) ? home_code(&lock->sync.home) : -EINVAL;
}

int weir_lock_acquire(struct weir_lock *lock, int64_t timeout)
{
	int code = check(lock);
	struct mutex mutex;

	if (unlikely(code < 0))
		return code;
	mutex = (struct mutex){ &lock->sync, sync_at(&lock->sync) };
	return mutex_acquire(&mutex,
	                     mutex_word(home_member(&lock->sync.home), 0, 1),
	                     timeout);
}

/* A CAS fails here because somebody else released it, and it was acquired
   again: not so often in a row. */
enum { RELEASE_TRIES = 10000 };

int weir_lock_release(struct weir_lock *lock)
{
	int code = check(lock);
	struct mutex_layout *shared;
	uint64_t seen;

	if (unlikely(code < 0))
		return code;
	shared = sync_at(&lock->sync);
	/* Most often it is this process's: a guess is cheaper than to load the
	   word just before the CAS, which says what it is if not that. */
	seen = mutex_word(home_member(&lock->sync.home), 0, 1);
	for (int i = 0; i < RELEASE_TRIES; i++) {
		if (cas64(&shared->owner, &seen, MUTEX_FREE)) {
			bell_ring(&shared->bell, 1);
			return 0;
		}
		if (owner_state(seen) != MUTEX_HELD)
			return mutex_locked(shared) < 0 ? -EUCLEAN : -EOVERFLOW;
	}
	return -EUCLEAN;
}

int weir_lock_locked(const struct weir_lock *lock)
{
	return lock ? mutex_locked(sync_at(&lock->sync)) : -EINVAL;
}
