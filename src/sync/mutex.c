/* SPDX-License-Identifier: MIT */
#include "sync/mutex.h"

#include <errno.h>

/* A CAS fails here because somebody else got the lock.  So often in a row, who
   fails may as well sleep. */
enum { TAKE_TRIES = 100 };

/* What an attempt is positive about. */
enum { TAKEN = 1, TAKEN_OF_DEAD = 2 };

struct acquisition {
	const struct mutex *mutex;
	uint64_t mine;
};

static int attempt(void *call)
{
	const struct acquisition *acquisition = call;
	struct word64 *owner = &acquisition->mutex->shared->owner;
	/* Relaxed: what the lock guards is read after the CAS only. */
	uint64_t seen = load64_relaxed(owner);

	for (int i = 0; i < TAKE_TRIES; i++) {
		uint32_t state = owner_state(seen);

		if (state == MUTEX_HELD)
			return -EAGAIN;
		if (state != MUTEX_FREE && state != MUTEX_ABANDONED)
			return -EUCLEAN;
		if (cas64(owner, &seen, acquisition->mine))
			return state == MUTEX_FREE ? TAKEN : TAKEN_OF_DEAD;
	}
	return -EAGAIN;
}

/* Only one death matters: its owner's. */
static int recover(void *call)
{
	const struct acquisition *acquisition = call;
	const struct mutex *mutex = acquisition->mutex;
	uint64_t seen = load64_relaxed(&mutex->shared->owner);

	if (owner_state(seen) != MUTEX_HELD)
		return 0;
	return home_recover_one(&mutex->sync->home, owner_member(seen));
}

int mutex_wait(const struct mutex *mutex, uint64_t mine, int64_t timeout)
{
	struct acquisition acquisition = { mutex, mine };
	struct waiting waiting = { .attempt = attempt,
		                   .recover = recover,
		                   .call = &acquisition };
	int code = attempt(&acquisition);

	if (code == -EAGAIN)
		code = bell_await(mutex->sync, &mutex->shared->bell,
		                  &mutex->shared->bell.event, &waiting,
		                  timeout);
	if (code < 0)
		return code;
	return code == TAKEN ? 0 : WEIR_OWNER_DIED;
}

int mutex_locked(const struct mutex_layout *shared)
{
	/* Relaxed: it says nothing about what the lock guards. */
	uint32_t state = owner_state(load64_relaxed(&shared->owner));

	if (state > MUTEX_ABANDONED)
		return -EUCLEAN;
	return state == MUTEX_HELD;
}

int mutex_bury(struct mutex_layout *shared, uint32_t member)
{
	uint64_t seen = load64_relaxed(&shared->owner);

	/* If it fails, somebody released it for the dead one. */
	if (owner_state(seen) == MUTEX_HELD && owner_member(seen) == member)
		cas64(&shared->owner, &seen, MUTEX_ABANDONED);
	bell_ring(&shared->bell, 1);
	return 0;
}

int mutex_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member)
{
	(void)region;
	if (bytes < sizeof(struct mutex_layout))
		return -EUCLEAN;
	return mutex_bury((void *)at, member);
}

void mutex_format(void *subject, unsigned char *at, bool zeroed)
{
	(void)subject;
	if (!zeroed)
		memset(at, 0, sizeof(struct mutex_layout));
}
