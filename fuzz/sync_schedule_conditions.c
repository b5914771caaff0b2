/* SPDX-License-Identifier: MIT */
/*
 * A condition, with an rlock of its own or a given one.  Makers make something
 * and notify as many; users wait until there is something, and use one.  Who is
 * told that the lock's owner died notifies all, for the dead one may have used
 * nothing, or not notified.
 *
 * - Of the lock, what sync_schedule_owner.c says; a wait gives it up altogether,
 *   and has it as often again.
 * - Who was notified does not sleep.  As long as nobody died with the lock, as
 *   many as there is something for do not wait un-notified: a notify is
 *   swallowed by no waiter that dies or whose time is over.
 * - Nothing is notified that was not asked for: who waits with nobody to notify
 *   him waits until his time is over.
 * - In the end no slot is taken.
 */
#include "sync_schedule_inside.h"

#include "sync/condition.h"

enum { SORT_OWN, SORT_GIVEN, SORTS };

static struct condition_layout *shared;
static struct mutex_layout *lock;
static uint64_t made, used;

static void choose_sort(void)
{
	static const uint8_t slots[] = { 8, 8, 2, 1 };

	sync_shape.sort = (int)sync_option(SORTS);
	sync_shape.size = slots[sync_option(sizeof(slots))];
	made = used = 0;
}

static int create(struct party *party, struct weir_segment_options *segment)
{
	struct weir_rlock_options own = { .segment = *segment };
	struct weir_condition_options options = {
		.segment = *segment,
		.waiters = (unsigned)sync_shape.size,
	};
	int code = 0;

	if (sync_shape.sort == SORT_GIVEN)
		code = weir_rlock_create(&party->lock, SYNC_LOCK, &own);
	if (code < 0)
		return code;
	return weir_condition_create((void *)&party->handle, SYNC_NAME,
	                             party->lock, &options);
}

static int open_lock(struct party *party)
{
	if (sync_shape.sort != SORT_GIVEN)
		return 0;
	return party->region ? weir_rlock_open_in(&party->lock, party->region,
	                                          SYNC_LOCK)
	                     : weir_rlock_open(&party->lock, SYNC_LOCK);
}

static int open(struct party *party)
{
	void *handle = &party->handle;
	int code = open_lock(party);

	if (code < 0)
		return code;
	if (party->region)
		return weir_condition_open_in_with_lock(handle, party->region,
		                                        SYNC_NAME, party->lock);
	return weir_condition_open_with_lock(handle, SYNC_NAME, party->lock);
}

static void close(void *handle)
{
	weir_condition_close(handle);
}

static struct sync *sync_of(void *handle)
{
	return handle;
}

static void inherited(struct party *child)
{
	((struct weir_condition *)child->handle)->lock = child->lock;
}

static void begin(const struct party *first)
{
	shared = object_of(first);
	lock = first->lock ? sync_at(&first->lock->sync) : &shared->lock;
	owner_begin(lock);
	shared->bell.only_cpu.bits = sync_shape.one_cpu;
	lock->bell.only_cpu.bits = sync_shape.one_cpu;
}

/* ---- slots, past the door */

static const struct slot_layout *slot_at(int i)
{
	return (const struct slot_layout *)(const void *)(shared + 1) + i;
}

static const struct slot_layout *slot_of(const struct party *party)
{
	for (int i = 0; i < sync_shape.size; i++) {
		uint64_t word = slot_at(i)->word.bits;

		if (owner_state(word) != SLOT_FREE &&
		    owner_member(word) == party->member)
			return slot_at(i);
	}
	return NULL;
}

static uint64_t notified(void)
{
	uint64_t count = 0;

	for (int i = 0; i < sync_shape.size; i++)
		count += owner_state(slot_at(i)->word.bits) == SLOT_NOTIFIED;
	return count;
}

/* ---- calls */

static int take(struct party *party, int64_t timeout)
{
	int code;

	call_begin(party, "acquire", timeout);
	code = weir_condition_acquire(party->handle, timeout);
	if (code < 0 && code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("acquire: %d", code);
	if (code >= 0 && party->having == 0)
		owner_has(party, code);
	if (code >= 0)
		party->having++;
	call_end(party);
	return code;
}

static void give(struct party *party)
{
	int code;

	call_begin(party, "release", 0);
	if (--party->having == 0)
		owner_gives(party);
	code = weir_condition_release(party->handle);
	call_end(party);
	if (code != 0)
		sim_fail("release: %d", code);
}

static void notify(struct party *party, unsigned count)
{
	int code;

	call_begin(party, "notify", 0);
	code = count > 0 ? weir_condition_notify(party->handle, count)
	                 : weir_condition_notify_all(party->handle);
	call_end(party);
	if (code != 0)
		sim_fail("notify: %d", code);
}

/* Who is told puts things in order. */
static int take_over(struct party *party, int code)
{
	if (code == WEIR_OWNER_DIED)
		notify(party, 0);
	return code;
}

/* Whether the lock is given up meanwhile. */
static int await(struct party *party, int64_t timeout)
{
	int code;

	call_begin(party, "wait", timeout);
	if (timeout > 0)
		owner_gives(party);
	code = weir_condition_wait(party->handle, timeout);
	if (timeout > 0 && code != -ENOSPC)
		owner_has(party, code);
	if (code == -ENOSPC)
		owner_still_has(party);
	call_end(party);
	if (code < 0 && code != -ENOSPC &&
	    code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("wait: %d", code);
	return take_over(party, code);
}

/* Who was not notified goes without a look: it swallows nothing. */
static void use_one(struct party *party)
{
	while (made == used) {
		if (await(party, sync_patience()) < 0)
			return;
	}
	used++;
}

static void make_some(struct party *party)
{
	unsigned count = 1 + sync_option(2);

	made += count;
	sim_point("made");
	notify(party, sync_option(4) == 3 ? 0 : count);
}

/* Without the lock. */
static void notify_nobody(struct party *party)
{
	int code;

	call_begin(party, "notify without the lock", 0);
	code = weir_condition_notify(party->handle, 1);
	call_end(party);
	if (code != -EPERM)
		sim_fail("notify without the lock: %d", code);
}

static void act(struct party *party)
{
	if (sync_option(8) == 7)
		notify_nobody(party);
	if (take_over(party, take(party, sync_patience())) < 0)
		return;
	if (sync_option(4) == 3)
		take(party, WEIR_NOWAIT);
	if ((party->number + (sync_option(4) == 3)) % 3 == 1)
		make_some(party);
	else
		use_one(party);
	/* Some end, and so die, with the lock. */
	if (sync_shape.exits && sync_option(8) == 7)
		sim_exit();
	while (party->having > 0)
		give(party);
}

/* ---- what must hold */

static const struct word32 *sleeps_at(const struct party *party)
{
	const struct slot_layout *slot = slot_of(party);

	/* Who was notified, or whose time is over, waits for the lock. */
	if (slot && sim_sleeps_on(party->actor, &slot->event))
		return &slot->event;
	return &lock->bell.event;
}

static enum ready ready_at(const struct slot_layout *slot)
{
	if (owner_state(slot->word.bits) == SLOT_NOTIFIED)
		return READY;
	if (owner_state(lock->owner.bits) != MUTEX_FREE || owner_owed())
		return READY_NOT;
	return made - used > notified() ? READY : READY_NOT;
}

static enum ready ready(struct party *party)
{
	const struct slot_layout *slot = slot_of(party);

	if (slot && sim_sleeps_on(party->actor, &slot->event))
		return ready_at(slot);
	return owner_ready(party);
}

static void rescue(struct party *survivor)
{
	take(survivor, WEIR_FOREVER);
	made += 8;
	notify(survivor, 0);
	give(survivor);
}

static void last(struct party *survivor)
{
	if (take(survivor, WEIR_NOWAIT) < 0)
		sim_fail("in the end the lock cannot be had");
	home_recover_all(&play->sync(survivor->handle)->home);
	for (int i = 0; i < sync_shape.size; i++) {
		if (owner_state(slot_at(i)->word.bits) != SLOT_FREE)
			sim_fail("in the end slot %d is taken", i);
	}
	/* Nobody is left to use the rest. */
	used = made;
	notify(survivor, 1);
	if (await(survivor, WEIR_MS(5)) != -ETIMEDOUT)
		sim_fail("it remembers that it was notified");
	give(survivor);
}

const struct play play_condition = {
	.choose = choose_sort,
	.create = create,
	.open = open,
	.close = close,
	.sync = sync_of,
	.inherited = inherited,
	.begin = begin,
	.act = act,
	.closes = owner_closes,
	.died = owner_died,
	.sleeps_at = sleeps_at,
	.ready = ready,
	.rescue = rescue,
	.last = last,
};
