/* SPDX-License-Identifier: MIT */
/* Who uses a lock, semaphore or event is killed at each instruction. */
#include "case.h"
#include "crash/sync_explore.h"
#include "sync/semaphore.h"

#include <errno.h>
#include <weir/weir.h>

/* ---- locks: whether the dead one had it */

static void *lock_create(void)
{
	struct weir_lock *lock;

	must_be(weir_lock_create(&lock, NULL, NULL), 0);
	return lock;
}

static int lock_acquire(struct sync_world *world)
{
	return weir_lock_acquire((void *)world->own, WEIR_NOWAIT);
}

static int lock_acquire_in_time(struct sync_world *world)
{
	return weir_lock_acquire((void *)world->own, 1);
}

static int lock_release(struct sync_world *world)
{
	return weir_lock_release((void *)world->own);
}

static void lock_had(struct sync_world *world)
{
	must_be(lock_acquire(world), 0);
}

static char lock_settle(struct sync_world *world)
{
	int code = lock_acquire(world);

	must(code == 0 || code == WEIR_OWNER_DIED);
	must_be(lock_acquire(world), -EAGAIN);
	must_be(lock_release(world), 0);
	must_be(lock_acquire(world), 0);
	must_be(lock_release(world), 0);
	must_be(lock_release(world), -EOVERFLOW);
	return code == 0 ? '0' : '1';
}

/* The survivor has it. */
static char lock_settle_held(struct sync_world *world)
{
	must_be(lock_acquire(world), -EAGAIN);
	must_be(lock_release(world), 0);
	must_be(lock_settle(world), '0');
	return 'h';
}

/* The survivor had it, and the dead one may have released it. */
static char lock_settle_released(struct sync_world *world)
{
	if (weir_lock_locked((void *)world->own))
		return lock_settle_held(world);
	return lock_settle(world);
}

static void lock_close(struct sync_world *world)
{
	weir_lock_close((void *)world->own);
}

#define LOCK .create = lock_create, .close = lock_close

static const struct sync_operation locks[] = {
	{ "lock, acquire", LOCK, .call = lock_acquire, .settle = lock_settle,
	  .fate = "01" },
	{ "lock, release", LOCK, .before = lock_had, .call = lock_release,
	  .settle = lock_settle, .fate = "10" },
	{ "lock, acquire in vain", LOCK, .prepare = lock_had,
	  .call = lock_acquire, .result = -EAGAIN, .settle = lock_settle_held,
	  .fate = "h" },
	{ "lock, acquire until it is late", LOCK, .prepare = lock_had,
	  .call = lock_acquire_in_time, .result = -ETIMEDOUT,
	  .settle = lock_settle_held, .fate = "h" },
	{ "lock, release of somebody else's", LOCK, .prepare = lock_had,
	  .call = lock_release, .settle = lock_settle_released, .fate = "h0" },
};

/* ---- rlocks: the same */

static void *rlock_create(void)
{
	struct weir_rlock *lock;

	must_be(weir_rlock_create(&lock, NULL, NULL), 0);
	return lock;
}

static int rlock_acquire(struct sync_world *world)
{
	return weir_rlock_acquire((void *)world->own, WEIR_NOWAIT);
}

static int rlock_release(struct sync_world *world)
{
	return weir_rlock_release((void *)world->own);
}

static void rlock_had(struct sync_world *world)
{
	must_be(rlock_acquire(world), 0);
}

static void rlock_had_twice(struct sync_world *world)
{
	rlock_had(world);
	rlock_had(world);
}

static char rlock_settle(struct sync_world *world)
{
	int code = rlock_acquire(world);

	must(code == 0 || code == WEIR_OWNER_DIED);
	must_be(weir_rlock_depth((void *)world->own), 1);
	must_be(rlock_release(world), 0);
	must_be(rlock_release(world), -EOVERFLOW);
	must_be(rlock_acquire(world), 0);
	must_be(rlock_release(world), 0);
	return code == 0 ? '0' : '1';
}

static void rlock_close(struct sync_world *world)
{
	weir_rlock_close((void *)world->own);
}

#define RLOCK .create = rlock_create, .close = rlock_close

static const struct sync_operation rlocks[] = {
	{ "rlock, acquire", RLOCK, .call = rlock_acquire,
	  .settle = rlock_settle, .fate = "01" },
	{ "rlock, acquire again", RLOCK, .before = rlock_had,
	  .call = rlock_acquire, .settle = rlock_settle, .fate = "1" },
	{ "rlock, release one of two", RLOCK, .before = rlock_had_twice,
	  .call = rlock_release, .settle = rlock_settle, .fate = "1" },
	{ "rlock, release", RLOCK, .before = rlock_had, .call = rlock_release,
	  .settle = rlock_settle, .fate = "10" },
};

/* ---- semaphores: how many permits are left */

enum { PERMITS = 4 };

static void *semaphore_with(const struct weir_semaphore_options *options)
{
	struct weir_semaphore *semaphore;

	must_be(weir_semaphore_create(&semaphore, NULL, PERMITS, options), 0);
	return semaphore;
}

static void *bounded_create(void)
{
	static const struct weir_semaphore_options options = { .bounded =
		                                                       true };

	return semaphore_with(&options);
}

static void *owned_create(void)
{
	static const struct weir_semaphore_options options = { .owned = true };

	return semaphore_with(&options);
}

static int semaphore_acquire(struct sync_world *world)
{
	return weir_semaphore_acquire((void *)world->own, WEIR_NOWAIT);
}

static int semaphore_acquire_in_time(struct sync_world *world)
{
	return weir_semaphore_acquire((void *)world->own, 1);
}

static int semaphore_release_two(struct sync_world *world)
{
	return weir_semaphore_release((void *)world->own, 2);
}

static void semaphore_had(struct sync_world *world)
{
	must_be(semaphore_acquire(world), 0);
}

static void semaphore_had_two(struct sync_world *world)
{
	semaphore_had(world);
	semaphore_had(world);
}

static void semaphore_had_all(struct sync_world *world)
{
	semaphore_had_two(world);
	semaphore_had_two(world);
}

/* As many can be had as it says, and no more. */
static char semaphore_settle(struct sync_world *world)
{
	int value = weir_semaphore_value((void *)world->own);

	for (int i = 0; i < value; i++)
		semaphore_had(world);
	must_be(semaphore_acquire(world), -EAGAIN);
	must_be(weir_semaphore_value((void *)world->own), 0);
	return (char)('0' + value);
}

/* Until it is its turn, and then until it is late: a step takes long. */
static int semaphore_acquire_hungry(struct sync_world *world)
{
	return weir_semaphore_acquire((void *)world->own, 100 * TURN_AFTER);
}

static int semaphore_acquire_in_turn(struct sync_world *world)
{
	return weir_semaphore_acquire((void *)world->own, WEIR_FOREVER);
}

static bool semaphore_release_to_first(struct sync_world *world)
{
	struct weir_semaphore *semaphore = (void *)world->own;

	if (!turn_is_set(turn_at(sync_at(world->own), semaphore->owned)))
		return false;
	must_be(weir_semaphore_release(semaphore, 1), 0);
	return true;
}

/* A turn that is nobody's is in nobody's way. */
static char semaphore_settle_turn(struct sync_world *world)
{
	struct weir_semaphore *semaphore = (void *)world->own;
	int value = weir_semaphore_value(semaphore);

	if (value == 0)
		must_be(weir_semaphore_release(semaphore, 1), 0);
	must_be(weir_semaphore_acquire(semaphore, WEIR_FOREVER), 0);
	must(!turn_is_set(turn_at(sync_at(world->own), semaphore->owned)));
	must_be(weir_semaphore_value(semaphore), 0);
	return (char)('0' + value);
}

static void semaphore_close(struct sync_world *world)
{
	weir_semaphore_close((void *)world->own);
}

#define BOUNDED .create = bounded_create, .close = semaphore_close
#define OWNED   .create = owned_create, .close = semaphore_close

static const struct sync_operation semaphores[] = {
	{ "bounded, acquire", BOUNDED, .call = semaphore_acquire,
	  .settle = semaphore_settle, .fate = "43" },
	{ "bounded, release", BOUNDED, .before = semaphore_had_two,
	  .call = semaphore_release_two, .settle = semaphore_settle,
	  .fate = "24" },
	{ "owned, acquire", OWNED, .prepare = semaphore_had,
	  .call = semaphore_acquire, .settle = semaphore_settle, .fate = "3" },
	{ "owned, acquire the last", OWNED, .prepare = semaphore_had_two,
	  .before = semaphore_had, .call = semaphore_acquire,
	  .settle = semaphore_settle, .fate = "2" },
	{ "owned, acquire in vain", OWNED, .prepare = semaphore_had_all,
	  .call = semaphore_acquire, .result = -EAGAIN,
	  .settle = semaphore_settle, .fate = "0" },
	{ "owned, acquire until it is late", OWNED,
	  .prepare = semaphore_had_all, .call = semaphore_acquire_in_time,
	  .result = -ETIMEDOUT, .settle = semaphore_settle, .fate = "0" },
	{ "bounded, have the turn until it is late", BOUNDED,
	  .prepare = semaphore_had_all, .call = semaphore_acquire_hungry,
	  .result = -ETIMEDOUT, .settle = semaphore_settle_turn, .fate = "0" },
	{ "owned, have the turn until it is late", OWNED,
	  .prepare = semaphore_had_all, .call = semaphore_acquire_hungry,
	  .result = -ETIMEDOUT, .settle = semaphore_settle_turn, .fate = "0" },
	{ "bounded, acquire in its turn", BOUNDED, .prepare = semaphore_had_all,
	  .meanwhile = semaphore_release_to_first,
	  .call = semaphore_acquire_in_turn, .settle = semaphore_settle_turn,
	  .fate = "010" },
	{ "owned, acquire in its turn", OWNED, .prepare = semaphore_had_all,
	  .meanwhile = semaphore_release_to_first,
	  .call = semaphore_acquire_in_turn, .settle = semaphore_settle_turn,
	  .fate = "01" },
	{ "owned, release", OWNED, .prepare = semaphore_had,
	  .before = semaphore_had_two, .call = semaphore_release_two,
	  .settle = semaphore_settle, .fate = "3" },
};

/* ---- events: whether it is set */

static void *event_create(void)
{
	struct weir_event *event;

	must_be(weir_event_create(&event, NULL, NULL), 0);
	return event;
}

static int event_set(struct sync_world *world)
{
	return weir_event_set((void *)world->own);
}

static int event_clear(struct sync_world *world)
{
	return weir_event_clear((void *)world->own);
}

static int event_wait(struct sync_world *world)
{
	return weir_event_wait((void *)world->own, 1);
}

static void event_was_set(struct sync_world *world)
{
	must_be(event_set(world), 0);
}

static char event_settle(struct sync_world *world)
{
	int set = weir_event_is_set((void *)world->own);

	must_be(weir_event_wait((void *)world->own, WEIR_NOWAIT),
	        set ? 0 : -EAGAIN);
	must_be(event_set(world), 0);
	must_be(event_wait(world), 0);
	must_be(event_clear(world), 0);
	must_be(event_wait(world), -ETIMEDOUT);
	return (char)('0' + set);
}

static void event_close(struct sync_world *world)
{
	weir_event_close((void *)world->own);
}

#define EVENT .create = event_create, .close = event_close

static const struct sync_operation events[] = {
	{ "event, set", EVENT, .call = event_set, .settle = event_settle,
	  .fate = "01" },
	{ "event, set again", EVENT, .prepare = event_was_set,
	  .call = event_set, .settle = event_settle, .fate = "1" },
	{ "event, clear", EVENT, .prepare = event_was_set, .call = event_clear,
	  .settle = event_settle, .fate = "10" },
	{ "event, wait in vain", EVENT, .call = event_wait,
	  .result = -ETIMEDOUT, .settle = event_settle, .fate = "0" },
};

static void test_locks_killed_at_every_instruction(void **state)
{
	sync_explore_these(locks);
}

static void test_rlocks_killed_at_every_instruction(void **state)
{
	sync_explore_these(rlocks);
}

static void test_semaphores_killed_at_every_instruction(void **state)
{
	sync_explore_these(semaphores);
}

static void test_events_killed_at_every_instruction(void **state)
{
	sync_explore_these(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_locks_killed_at_every_instruction),
		sentence(test_rlocks_killed_at_every_instruction),
		sentence(test_semaphores_killed_at_every_instruction),
		sentence(test_events_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
