/* SPDX-License-Identifier: MIT */
/*
 * Condition: who has the lock waits until somebody else, who then has it,
 * notifies.
 *
 *	waiter                            who notifies
 *	------                            ------------
 *	has the lock, depth d             has the lock
 *	slot: WAITING (sync/slots.h)
 *	gives the lock up                 slot: NOTIFIED
 *	sleeps at the slot's event        wakes at the slot's event
 *	takes the lock, depth d           gives the lock up
 *	slot: FREE
 *
 * The slot is there before the lock is given up, so no notify is missed; it is
 * FREE only when the waiter has the lock again, so a waiter that dies on the way
 * leaves it, and what it was notified of goes on to the next.
 */
#include "sync/condition.h"

#include "doors/clock.h"

#include <errno.h>

static struct mutex mutex_of(const struct weir_condition *condition)
{
	struct weir_condition *self = (void *)(uintptr_t)condition;

	if (condition->lock)
		return rlock_mutex(condition->lock);
	return (struct mutex){ &self->sync, &condition->slots.shared->lock };
}

/* 0, and its lock; or why the call cannot be made. */
static int check(const struct weir_condition *condition, struct mutex *mutex)
{
	int code;

	if (!condition)
		return -EINVAL;
	*mutex = mutex_of(condition);
	code = home_code(&condition->sync.home);
	return code < 0 ? code : home_code(&mutex->sync->home);
}

int weir_condition_acquire(struct weir_condition *condition, int64_t timeout)
{
	struct mutex mutex;
	int code = check(condition, &mutex);

	return code < 0 ? code : rlock_acquire(&mutex, timeout);
}

int weir_condition_release(struct weir_condition *condition)
{
	struct mutex mutex;
	int code = check(condition, &mutex);

	return code < 0 ? code : rlock_release(&mutex);
}

/* The same, of who must have the lock. */
static int check_held(const struct weir_condition *condition,
                      struct mutex *mutex)
{
	int code = check(condition, mutex);

	if (code < 0)
		return code;
	return rlock_depth(mutex) > 0 ? 0 : -EPERM;
}

struct sleeper {
	struct weir_condition *condition;
	uint32_t slot;
};

static int attempt(void *call)
{
	const struct sleeper *sleeper = call;

	return slots_look(&sleeper->condition->slots, sleeper->slot);
}

/* Sleeps without the lock; how it was, when he has it again. */
static int sleep_at(struct weir_condition *condition, const struct mutex *mutex,
                    uint32_t slot, int64_t timeout)
{
	const struct slots *slots = &condition->slots;
	struct sleeper sleeper = { condition, slot };
	struct waiting waiting = { .attempt = attempt,
		                   .recover = NULL,
		                   .call = &sleeper };
	int depth = rlock_give_up(mutex);
	int code, back, notified;

	/* He had it just now. */
	if (depth < 0)
		return -EUCLEAN;
	code = bell_await(&condition->sync, &slots->shared->bell,
	                  &slots->list[slot].event, &waiting, timeout);
	back = rlock_take_back(mutex, depth);
	if (back < 0)
		return back;
	notified = slots_leave(slots, slot);
	if (notified < 0 || code == -EUCLEAN)
		return -EUCLEAN;
	if (back == WEIR_OWNER_DIED)
		return back;
	return notified ? 0 : code;
}

int weir_condition_wait(struct weir_condition *condition, int64_t timeout)
{
	struct mutex mutex;
	int code = check_held(condition, &mutex);

	if (code < 0)
		return code;
	if (timeout <= 0)
		return -EAGAIN;
	code = slots_take(&condition->slots,
	                  home_member(&condition->sync.home));
	if (code < 0)
		return code;
	return sleep_at(condition, &mutex, (uint32_t)code, timeout);
}

int weir_condition_wait_for(struct weir_condition *condition,
                            bool (*predicate)(void *argument), void *argument,
                            int64_t timeout)
{
	int64_t deadline = timeout > 0 ? wait_deadline(timeout) : 0;
	struct mutex mutex;
	int code = predicate ? check_held(condition, &mutex) : -EINVAL;

	if (code < 0)
		return code;
	/* It looks once more when the time is over. */
	while (!predicate(argument)) {
		int64_t left = timeout > 0 && timeout != WEIR_FOREVER
		                       ? deadline - clock_now()
		                       : timeout;

		if (left <= 0)
			return timeout <= 0 ? -EAGAIN : -ETIMEDOUT;
		code = weir_condition_wait(condition, left);
		if (code != 0 && code != -ETIMEDOUT)
			return code;
	}
	return 0;
}

int weir_condition_notify(struct weir_condition *condition, unsigned count)
{
	struct mutex mutex;
	int code = check_held(condition, &mutex);

	return code < 0 ? code : slots_notify(&condition->slots, count);
}

int weir_condition_notify_all(struct weir_condition *condition)
{
	return weir_condition_notify(condition, SLOTS_MOST);
}
