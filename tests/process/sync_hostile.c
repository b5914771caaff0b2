/* SPDX-License-Identifier: MIT */
/*
 * A peer scribbles on the memory of a lock, semaphore, event, condition or
 * barrier while others use it: whatever they are told, each call ends.
 */
#include "case.h"
#include "child.h"
#include "kinds.h"
#include "pattern.h"

#include <errno.h>
#include <unistd.h>

/* Where the object begins in a segment of its own, and how much of it the calls
   look at. */
enum { OBJECT_AT = 12288, OBJECT_BYTES = 512, CALLS = 3000, PEERS = 2 };

/* What a word may be: anything, next to nothing, or what was there, almost. */
static uint64_t spoiled(uint64_t word, uint64_t chance)
{
	switch (chance >> 60) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
	case 3:
		return word + 1;
	case 4:
	case 5:
		return word - 1;
	case 6:
	case 7:
		return chance & 0xf;
	case 8:
	case 9:
	case 10:
		return word ^ UINT64_C(1) << (chance & 63);
	default:
		return chance;
	}
}

static int fd_of_scribbler;

static void scribble(void *argument)
{
	uint64_t seed = 88172645463325252u + (uint64_t)(uintptr_t)argument;

	for (;;) {
		uint64_t chance = random_next(&seed);
		off_t at = OBJECT_AT +
		           (off_t)(chance >> 32) % OBJECT_BYTES / 8 * 8;
		uint64_t word;

		must_be(pread(fd_of_scribbler, &word, sizeof(word), at),
		        sizeof(word));
		word = spoiled(word, random_next(&seed));
		must_be(pwrite(fd_of_scribbler, &word, sizeof(word), at),
		        sizeof(word));
	}
}

static int64_t time_of(uint64_t chance)
{
	return chance % 4 ? WEIR_NOWAIT : WEIR_US(50);
}

static void use_lock(void *lock, uint64_t chance)
{
	weir_lock_acquire(lock, time_of(chance));
	weir_lock_locked(lock);
	weir_lock_release(lock);
}

static void use_rlock(void *lock, uint64_t chance)
{
	weir_rlock_acquire(lock, time_of(chance));
	weir_rlock_acquire(lock, WEIR_NOWAIT);
	weir_rlock_depth(lock);
	weir_rlock_locked(lock);
	weir_rlock_release(lock);
	weir_rlock_release(lock);
}

static void use_semaphore(void *semaphore, uint64_t chance)
{
	weir_semaphore_acquire(semaphore, time_of(chance));
	weir_semaphore_value(semaphore);
	weir_semaphore_release(semaphore, 1 + (unsigned)(chance >> 8) % 3);
}

static void use_event(void *event, uint64_t chance)
{
	weir_event_wait(event, time_of(chance));
	if (chance & 256)
		weir_event_set(event);
	else
		weir_event_clear(event);
	weir_event_is_set(event);
}

static void use_condition(void *condition, uint64_t chance)
{
	weir_condition_acquire(condition, time_of(chance));
	weir_condition_notify(condition, (unsigned)(chance >> 8) % 4);
	if (chance % 16 == 0)
		weir_condition_wait(condition, WEIR_US(50));
	weir_condition_notify_all(condition);
	weir_condition_release(condition);
}

static void use_barrier(void *barrier, uint64_t chance)
{
	weir_barrier_wait(barrier, time_of(chance));
	weir_barrier_waiting(barrier);
	if (chance & 256)
		weir_barrier_abort(barrier);
	if (chance & 512)
		weir_barrier_reset(barrier);
	weir_barrier_broken(barrier);
}

static void (*const uses[KINDS])(void *,
                                 uint64_t) = { use_lock,      use_rlock,
	                                       use_semaphore, use_event,
	                                       use_condition, use_barrier };

struct user {
	const struct kind *kind;
	void *object;
};

/* A member that dies is buried in spoiled memory. */
static void die(void *argument)
{
	struct user *user = argument;

	user->kind->use(user->object);
}

static void use(struct user *user, int number)
{
	uint64_t seed = 1234567891011u;

	for (int i = 0; i < CALLS; i++) {
		void *again = NULL;
		uint64_t chance = random_next(&seed);

		uses[number](user->object, chance);
		if (i % 100 == 0)
			child_wait(child_start(die, user));
		if (i % 20 == 0 &&
		    user->kind->open_fd(&again, fd_of_scribbler) == 0) {
			uses[number](again, chance);
			user->kind->close(again);
		}
	}
}

static void test_each_call_ends_whatever_a_peer_writes(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		struct user user = { .kind = &kinds[i] };
		pid_t peers[PEERS];

		must_be(kinds[i].create(&user.object, NULL, NULL, 0), 0);
		fd_of_scribbler = kinds[i].fd(user.object);
		for (int k = 0; k < PEERS; k++)
			peers[k] = child_start(scribble,
			                       (void *)(uintptr_t)(k + 1));
		use(&user, i);
		for (int k = 0; k < PEERS; k++)
			child_kill(peers[k]);
		kinds[i].close(user.object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_each_call_ends_whatever_a_peer_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
