/* SPDX-License-Identifier: MIT */
/* Who waits for others, or lets them go on, is killed at each instruction. */
#include "case.h"
#include "crash/sync_explore.h"
#include "sync/barrier.h"
#include "sync/condition.h"

#include <errno.h>

/* ---- conditions */

static struct weir_condition *condition_of(struct sync_world *world)
{
	return (void *)world->own;
}

static void *condition_create(void)
{
	struct weir_condition_options options = { .waiters = 8 };
	struct weir_condition *condition;

	must_be(weir_condition_create(&condition, NULL, NULL, &options), 0);
	return condition;
}

static void condition_close(struct sync_world *world)
{
	weir_condition_close(condition_of(world));
}

static void condition_had(struct sync_world *world)
{
	must_be(weir_condition_acquire(condition_of(world), WEIR_NOWAIT), 0);
}

static void condition_let_go(struct sync_world *world)
{
	must_be(weir_condition_release(condition_of(world)), 0);
}

/* The survivor waits there as two threads would. */
static void two_wait(struct sync_world *world)
{
	condition_had(world);
	for (int i = 0; i < 2; i++) {
		int slot = slots_take(&condition_of(world)->slots,
		                      home_member(&world->own->home));

		must(slot >= 0);
		world->slots[i] = (uint32_t)slot;
	}
	condition_let_go(world);
}

static bool is_notified(struct sync_world *world, int i)
{
	int code = slots_look(&condition_of(world)->slots, world->slots[i]);

	must(code == 1 || code == -EAGAIN);
	return code == 1;
}

/* How many of the two are notified: the first before the second. */
static int notified(struct sync_world *world)
{
	must(is_notified(world, 0) || !is_notified(world, 1));
	return is_notified(world, 0) + is_notified(world, 1);
}

/* Nobody else is in it, and both go on when they are told. */
static void both_go_on(struct sync_world *world)
{
	const struct slots *slots = &condition_of(world)->slots;

	must_be(weir_condition_notify_all(condition_of(world)), 0);
	must_be(notified(world), 2);
	for (int i = 0; i < 2; i++)
		must_be(slots_leave(slots, world->slots[i]), 1);
	must_be(load32_relaxed(&slots->shared->high), 0);
	must_be(weir_condition_wait(condition_of(world), 1), -ETIMEDOUT);
}

/* '0' to '2' of them were notified; 'a' to 'c', and the dead had the lock. */
static char condition_settle(struct sync_world *world)
{
	struct weir_condition *condition = condition_of(world);
	int code = weir_condition_acquire(condition, WEIR_NOWAIT);
	int count = notified(world);

	must(code == 0 || code == WEIR_OWNER_DIED);
	both_go_on(world);
	condition_let_go(world);
	must_be(weir_condition_acquire(condition, WEIR_NOWAIT), 0);
	condition_let_go(world);
	return (char)((code == 0 ? '0' : 'a') + count);
}

static int notify_one(struct sync_world *world)
{
	return weir_condition_notify(condition_of(world), 1);
}

static int notify_all(struct sync_world *world)
{
	return weir_condition_notify_all(condition_of(world));
}

static int wait_in_vain(struct sync_world *world)
{
	return weir_condition_wait(condition_of(world), 1);
}

static int wait_long(struct sync_world *world)
{
	return weir_condition_wait(condition_of(world), WEIR_SECONDS(50));
}

/* The slot of whoever came first, before those two. */
static bool somebody_waits(struct sync_world *world)
{
	uint64_t word =
		load64_relaxed(&condition_of(world)->slots.list[0].word);

	return owner_state(word) == SLOT_WAITING &&
	       !mutex_locked(&condition_of(world)->slots.shared->lock);
}

/* As soon as the dead one waits, two more do, and one is notified. */
static bool wait_and_notify(struct sync_world *world)
{
	if (!somebody_waits(world))
		return false;
	two_wait(world);
	condition_had(world);
	must_be(notify_one(world), 0);
	must_be(notified(world), 0);
	condition_let_go(world);
	return true;
}

/* The two came only then: in the images before, they do now. */
static char settle_notified(struct sync_world *world)
{
	const struct slots *slots = &condition_of(world)->slots;
	int code;

	for (uint32_t i = 0; i < 8; i++) {
		uint64_t word = load64_relaxed(&slots->list[i].word);

		if (owner_state(word) == SLOT_FREE)
			continue;
		must_be(owner_member(word), home_member(&world->own->home));
		world->slots[0] = i;
		world->slots[1] = i + 1;
		return condition_settle(world);
	}
	code = weir_condition_acquire(condition_of(world), WEIR_NOWAIT);
	must(code == 0 || code == WEIR_OWNER_DIED);
	condition_let_go(world);
	return code == 0 ? 'n' : 'N';
}

#define CONDITION .create = condition_create, .close = condition_close

static const struct sync_operation conditions[] = {
	{ "notify", CONDITION, .prepare = two_wait, .before = condition_had,
	  .call = notify_one, .settle = condition_settle, .fate = "ab" },
	{ "notify all", CONDITION, .prepare = two_wait, .before = condition_had,
	  .call = notify_all, .settle = condition_settle, .fate = "abc" },
	{ "wait in vain", CONDITION, .prepare = two_wait,
	  .before = condition_had, .call = wait_in_vain, .result = -ETIMEDOUT,
	  .settle = condition_settle, .fate = "a0a" },
	{ "wait until notified", CONDITION, .before = condition_had,
	  .call = wait_long, .meanwhile = wait_and_notify,
	  .settle = settle_notified, .fate = "Nn1ba", .doubles = true },
};

/* ---- barriers */

enum { PARTIES = 2 };

static struct barrier_layout *barrier_at(struct sync_world *world)
{
	return sync_at(world->own);
}

static struct weir_barrier *barrier_of(struct sync_world *world)
{
	return (void *)world->own;
}

static void *barrier_create(void)
{
	struct weir_barrier *barrier;

	must_be(weir_barrier_create(&barrier, NULL, PARTIES, NULL), 0);
	return barrier;
}

static void barrier_close(struct sync_world *world)
{
	weir_barrier_close(barrier_of(world));
}

/* The survivor has arrived, as another thread would. */
static void one_waits(struct sync_world *world)
{
	store64_relaxed(&barrier_at(world)->state, 1 << 1);
	must_be(weir_barrier_waiting(barrier_of(world)), 1);
}

static int barrier_wait_in_vain(struct sync_world *world)
{
	return (int)weir_barrier_wait(barrier_of(world), 1);
}

static int barrier_wait(struct sync_world *world)
{
	return (int)weir_barrier_wait(barrier_of(world), WEIR_SECONDS(50));
}

static int barrier_abort(struct sync_world *world)
{
	return weir_barrier_abort(barrier_of(world));
}

static int barrier_reset(struct sync_world *world)
{
	return weir_barrier_reset(barrier_of(world));
}

/* 'o' as it was, 'b' broken, 'p' all have passed, 'r' it was reset. */
static char barrier_settle(struct sync_world *world)
{
	struct barrier_layout *shared = barrier_at(world);
	bool next = load64_relaxed(&shared->state) >> 21 == 1;
	char outcome = next ? 'p' : 'o';

	must_be(weir_barrier_waiting(barrier_of(world)), 0);
	if (weir_barrier_broken(barrier_of(world))) {
		must(!next);
		outcome = 'b';
		must_be(weir_barrier_wait(barrier_of(world), WEIR_NOWAIT),
		        -ECANCELED);
		must_be(barrier_reset(world), 0);
	} else if (next && load64_relaxed(&shared->canceled[0]) != 0) {
		outcome = 'r';
	}
	must_be(weir_barrier_broken(barrier_of(world)), 0);
	must_be(weir_barrier_wait(barrier_of(world), WEIR_NOWAIT), -EAGAIN);
	must_be(barrier_wait_in_vain(world), -ETIMEDOUT);
	must_be(barrier_reset(world), 0);
	return outcome;
}

#define BARRIER .create = barrier_create, .close = barrier_close

static const struct sync_operation barriers[] = {
	{ "barrier, wait in vain", BARRIER, .call = barrier_wait_in_vain,
	  .result = -ETIMEDOUT, .settle = barrier_settle, .fate = "ob" },
	{ "barrier, the last to come", BARRIER, .prepare = one_waits,
	  .call = barrier_wait, .result = 1, .settle = barrier_settle,
	  .fate = "bp" },
	{ "barrier, abort", BARRIER, .call = barrier_abort,
	  .settle = barrier_settle, .fate = "ob" },
	{ "barrier, abort while one waits", BARRIER, .prepare = one_waits,
	  .call = barrier_abort, .settle = barrier_settle, .fate = "b" },
	{ "barrier, reset while one waits", BARRIER, .prepare = one_waits,
	  .call = barrier_reset, .settle = barrier_settle, .fate = "br" },
};

static void test_conditions_killed_at_every_instruction(void **state)
{
	sync_explore_these(conditions);
}

static void test_barriers_killed_at_every_instruction(void **state)
{
	sync_explore_these(barriers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_conditions_killed_at_every_instruction),
		sentence(test_barriers_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
