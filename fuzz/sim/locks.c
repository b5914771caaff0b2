/* SPDX-License-Identifier: MIT */
/* Locks of open file descriptions. */
#include "doors/locks.h"

#include "sim/descriptions.h"

#include <errno.h>
#include <stdlib.h>

static struct lock *find_lock(struct description *description, int64_t byte)
{
	for (int i = 0; i < description->count; i++) {
		if (description->locks[i].byte == byte)
			return &description->locks[i];
	}
	return NULL;
}

static int set_lock(int fd, int64_t byte, bool exclusive)
{
	struct description *own = sim_described(fd);
	struct lock *lock;

	sim_system_call();
	if (!own)
		return -EBADF;
	for (int i = 0; i < DESCRIPTIONS_MOST; i++) {
		struct description *other = &sim_descriptions[i];

		if (other == own || other->file != own->file)
			continue;
		lock = find_lock(other, byte);
		if (lock && (exclusive || lock->exclusive))
			return -EAGAIN;
	}
	lock = find_lock(own, byte);
	if (!lock && own->count == LOCKS_MOST)
		abort();
	if (!lock)
		lock = &own->locks[own->count++];
	*lock = (struct lock){ byte, exclusive };
	sim_say("locks %s %llx", exclusive ? "exclusive" : "shared",
	        (unsigned long long)byte);
	return 0;
}

int lock_try_shared(int fd, int64_t byte)
{
	return set_lock(fd, byte, false);
}

int lock_try_exclusive(int fd, int64_t byte)
{
	return set_lock(fd, byte, true);
}

bool lock_held(int fd, int64_t byte)
{
	struct description *own = sim_described(fd);

	sim_system_call();
	for (int i = 0; own && i < DESCRIPTIONS_MOST; i++) {
		struct description *other = &sim_descriptions[i];
		const struct lock *lock = NULL;

		if (other != own && other->file == own->file)
			lock = find_lock(other, byte);
		if (lock && !lock->exclusive)
			return true;
	}
	return false;
}

int lock_release(int fd, int64_t byte)
{
	struct description *own = sim_described(fd);
	struct lock *lock = own ? find_lock(own, byte) : NULL;

	sim_system_call();
	if (lock)
		*lock = own->locks[--own->count];
	return own ? 0 : -EBADF;
}
