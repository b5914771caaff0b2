/* SPDX-License-Identifier: MIT */
/*
 * Locks: a lock, which another one may release, and what is recursive: an
 * rlock, and the locks of a condition, a value and an array.
 *
 * - What sync_schedule_owner.c says of one lock.
 * - Who is alone and asks for a lock that is free gets it.
 * - Who has it not cannot release an rlock; the depth is what it should be.
 * - In the end it can be had; then nobody is told of a death any more.
 */
#include "sync_schedule_inside.h"

#include "sync/condition.h"
#include "value/array.h"
#include "value/value.h"
#include "weir/lock.h"

enum { SORT_OWN, SORT_CONDITION, SORT_VALUE, SORT_ARRAY, SORTS };

static struct mutex_layout *lock;
/* Of a LOCK: its owner wants somebody else to release it. */
static struct party *handed;
static const struct party *helper; /* who is about to */

static bool is_lock(void)
{
	return sync_shape.kind == PLAY_LOCK;
}

static void choose_sort(void)
{
	handed = NULL;
	helper = NULL;
	if (!is_lock())
		sync_shape.sort = (int)sync_option(SORTS);
}

/* ---- the calls of each */

static int create(struct party *party, struct weir_segment_options *segment)
{
	struct weir_lock_options plain = { .segment = *segment };
	struct weir_rlock_options own = { .segment = *segment };
	struct weir_condition_options condition = { .segment = *segment,
		                                    .waiters = 2 };
	struct weir_value_options value = { .segment = *segment };
	struct weir_array_options array = { .segment = *segment };

	if (is_lock())
		return weir_lock_create((void *)&party->handle, SYNC_NAME,
		                        &plain);
	switch (sync_shape.sort) {
	case SORT_CONDITION:
		return weir_condition_create((void *)&party->handle, SYNC_NAME,
		                             NULL, &condition);
	case SORT_VALUE:
		return weir_value_create((void *)&party->handle, SYNC_NAME, 'i',
		                         &value);
	case SORT_ARRAY:
		return weir_array_create((void *)&party->handle, SYNC_NAME, 'i',
		                         2, &array);
	default:
		return weir_rlock_create((void *)&party->handle, SYNC_NAME,
		                         &own);
	}
}

static int open_in(struct party *party)
{
	void *handle = &party->handle;

	if (is_lock())
		return weir_lock_open_in(handle, party->region, SYNC_NAME);
	switch (sync_shape.sort) {
	case SORT_CONDITION:
		return weir_condition_open_in(handle, party->region, SYNC_NAME);
	case SORT_VALUE:
		return weir_value_open_in(handle, party->region, SYNC_NAME);
	case SORT_ARRAY:
		return weir_array_open_in(handle, party->region, SYNC_NAME);
	default:
		return weir_rlock_open_in(handle, party->region, SYNC_NAME);
	}
}

static int open(struct party *party)
{
	void *handle = &party->handle;

	if (party->region)
		return open_in(party);
	if (is_lock())
		return weir_lock_open(handle, SYNC_NAME);
	switch (sync_shape.sort) {
	case SORT_CONDITION:
		return weir_condition_open(handle, SYNC_NAME);
	case SORT_VALUE:
		return weir_value_open(handle, SYNC_NAME);
	case SORT_ARRAY:
		return weir_array_open(handle, SYNC_NAME);
	default:
		return weir_rlock_open(handle, SYNC_NAME);
	}
}

static struct sync *sync_of(void *handle)
{
	if (!is_lock() && sync_shape.sort == SORT_VALUE)
		return &((struct weir_value *)handle)->cells.sync;
	if (!is_lock() && sync_shape.sort == SORT_ARRAY)
		return &((struct weir_array *)handle)->cells.sync;
	return handle;
}

/* They all end the same way. */
static void close(void *handle)
{
	if (is_lock())
		weir_lock_close(handle);
	else if (sync_shape.sort == SORT_CONDITION)
		weir_condition_close(handle);
	else if (sync_shape.sort == SORT_VALUE)
		weir_value_close(handle);
	else if (sync_shape.sort == SORT_ARRAY)
		weir_array_close(handle);
	else
		weir_rlock_close(handle);
}

static int acquire(void *handle, int64_t timeout)
{
	if (is_lock())
		return weir_lock_acquire(handle, timeout);
	switch (sync_shape.sort) {
	case SORT_CONDITION:
		return weir_condition_acquire(handle, timeout);
	case SORT_VALUE:
		return weir_value_lock(handle, timeout);
	case SORT_ARRAY:
		return weir_array_lock(handle, timeout);
	default:
		return weir_rlock_acquire(handle, timeout);
	}
}

static int release(void *handle)
{
	if (is_lock())
		return weir_lock_release(handle);
	switch (sync_shape.sort) {
	case SORT_CONDITION:
		return weir_condition_release(handle);
	case SORT_VALUE:
		return weir_value_unlock(handle);
	case SORT_ARRAY:
		return weir_array_unlock(handle);
	default:
		return weir_rlock_release(handle);
	}
}

/* ---- what a party does */

static bool is_free(void)
{
	return owner_state(lock->owner.bits) != MUTEX_HELD;
}

static int take(struct party *party, int64_t timeout)
{
	bool was_free;
	int code;

	call_begin(party, "acquire", timeout);
	was_free = is_free();
	code = acquire(party->handle, timeout);
	if (code < 0 && code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("acquire: %d", code);
	if (code < 0 && party->alone && was_free)
		sim_fail("a free lock: %d", code);
	if (code >= 0) {
		party->having = 1;
		owner_has(party, code);
	}
	call_end(party);
	return code;
}

static void take_again(struct party *party)
{
	int code;

	call_begin(party, "acquire again", 0);
	code = acquire(party->handle, WEIR_NOWAIT);
	call_end(party);
	if (code != 0)
		sim_fail("acquire again: %d", code);
	party->having++;
}

static void check_depth(struct party *party)
{
	int depth;

	if (is_lock() || sync_shape.sort != SORT_OWN)
		return;
	call_begin(party, "depth", 0);
	depth = weir_rlock_depth(party->handle);
	call_end(party);
	if (depth != party->having)
		sim_fail("the depth is %d, not %d", depth, party->having);
}

static void give(struct party *party)
{
	int code;

	call_begin(party, "release", 0);
	if (party->having == 1)
		owner_gives(party);
	party->having--;
	code = release(party->handle);
	call_end(party);
	if (code != 0 && (code != -EOVERFLOW || !owner_unknown()))
		sim_fail("release: %d", code);
}

/* Now and then it is left to somebody else. */
static void hand_on(struct party *party)
{
	/* By whatever means: that orders what it wrote. */
	sim_nap(WEIR_US(50));
	handed = party;
	for (int i = 0; i < 3 && handed == party; i++)
		sim_nap(WEIR_US(50));
	if (handed == party) {
		handed = NULL;
		give(party);
		return;
	}
	while (helper)
		sim_nap(WEIR_US(50));
	party->having = owner_holds(party);
	owner_takes_back(party);
	if (party->having)
		give(party);
}

static void give_for(struct party *party)
{
	int code;

	call_begin(party, "release for another", 0);
	if (handed && !helper) {
		helper = party;
		owner_released_for(handed);
		handed = NULL;
		code = release(party->handle);
		helper = NULL;
		if (code != 0 && code != -EOVERFLOW)
			sim_fail("release for another: %d", code);
	}
	call_end(party);
}

/* What it has not. */
static void give_nothing(struct party *party)
{
	int code;

	call_begin(party, "release nothing", 0);
	code = release(party->handle);
	call_end(party);
	if (code != -EPERM && code != -EOVERFLOW)
		sim_fail("release of nothing: %d", code);
}

static void act(struct party *party)
{
	if (handed && handed != party)
		give_for(party);
	if (!is_lock() && sync_option(6) == 5)
		give_nothing(party);
	if (take(party, sync_patience()) < 0)
		return;
	if (!is_lock() && sync_option(2)) {
		take_again(party);
		check_depth(party);
	}
	if (sync_option(3) == 2)
		sim_nap(WEIR_MS(1));
	while (party->having > 1)
		give(party);
	check_depth(party);
	/* Some end, and so die, with it; or close it. */
	if (sync_shape.exits && sync_option(6) == 5)
		sim_exit();
	if (sync_option(8) == 7) {
		party_closes(party);
		party_opens(party);
	} else if (is_lock() && sync_option(4) == 3) {
		hand_on(party);
	} else {
		give(party);
	}
}

static void begin(const struct party *first)
{
	lock = object_of(first);
	if (!is_lock() && sync_shape.sort == SORT_CONDITION)
		lock = &((struct condition_layout *)object_of(first))->lock;
	owner_begin(lock);
	lock->bell.only_cpu.bits = sync_shape.one_cpu;
}

static const struct word32 *sleeps_at(const struct party *party)
{
	(void)party;
	return &lock->bell.event;
}

static enum ready ready(struct party *party)
{
	return owner_ready(party);
}

static void closes(struct party *party)
{
	if (handed == party)
		handed = NULL;
	owner_closes(party);
}

static void died(struct party *party)
{
	if (handed == party)
		handed = NULL;
	if (helper == party)
		helper = NULL;
	owner_died(party);
}

static void last(struct party *survivor)
{
	for (int i = 0; i < 2; i++) {
		if (take(survivor, i == 0 ? WEIR_NOWAIT : WEIR_FOREVER) < 0)
			sim_fail("in the end the lock cannot be had");
		give(survivor);
	}
}

const struct play play_lock = {
	.choose = choose_sort,
	.create = create,
	.open = open,
	.close = close,
	.sync = sync_of,
	.begin = begin,
	.act = act,
	.closes = closes,
	.died = died,
	.sleeps_at = sleeps_at,
	.ready = ready,
	.last = last,
};
