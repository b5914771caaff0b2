/* SPDX-License-Identifier: MIT */
/*
 * An event.  The first worker clears it, looks what the others have made, and
 * if that is nothing new, waits; the others make something, then set it; some
 * only wait.
 *
 * - A wait ends when it is set, also if it is cleared at once, and not before.
 * - What was made before it was set is seen by whoever clears it and looks, or
 *   he is not kept waiting.
 * - Who is alone finds it as he left it.
 */
#include "sync_schedule_inside.h"

#include "weir/event.h"

static struct event_layout *shared;

/* How much each made; how much it had made when its set returned. */
static struct word64 made[SIM_ACTORS];
static uint64_t said[SIM_ACTORS];

/* What the first worker found there. */
static uint64_t found[SIM_ACTORS];
static const struct party *looker; /* it waits, after it looked */

/* What `turns` was when somebody was found asleep. */
static int64_t slept_at[SIM_ACTORS];

static void choose_sort(void)
{
	memset(made, 0, sizeof(made));
	memset(said, 0, sizeof(said));
	memset(found, 0, sizeof(found));
	looker = NULL;
}

static int create(struct party *party, struct weir_segment_options *segment)
{
	struct weir_event_options options = { .segment = *segment };

	return weir_event_create((void *)&party->handle, SYNC_NAME, &options);
}

static int open(struct party *party)
{
	void *handle = &party->handle;

	return party->region
	               ? weir_event_open_in(handle, party->region, SYNC_NAME)
	               : weir_event_open(handle, SYNC_NAME);
}

static void close(void *handle)
{
	weir_event_close(handle);
}

static struct sync *sync_of(void *handle)
{
	return handle;
}

static void begin(const struct party *first)
{
	shared = object_of(first);
	shared->bell.only_cpu.bits = sync_shape.one_cpu;
}

static void check_set(struct party *party, bool set)
{
	int code;

	call_begin(party, "is_set", 0);
	code = weir_event_is_set(party->handle);
	call_end(party);
	if (party->alone && shared->turns.bits % 2 == set && code != set)
		sim_fail("it says that it is set: %d", code);
}

static void make(struct party *party)
{
	uint64_t now = load64_relaxed(&made[party->actor]) + 1;
	int code;

	store64_relaxed(&made[party->actor], now);
	call_begin(party, "set", 0);
	code = weir_event_set(party->handle);
	if (party->alone && shared->turns.bits % 2 != 1)
		sim_fail("it was set, and is not");
	said[party->actor] = now;
	call_end(party);
	if (code != 0)
		sim_fail("set: %d", code);
	check_set(party, true);
}

static void clear(struct party *party)
{
	int code;

	call_begin(party, "clear", 0);
	code = weir_event_clear(party->handle);
	if (party->alone && shared->turns.bits % 2 != 0)
		sim_fail("it was cleared, and is not");
	call_end(party);
	if (code != 0)
		sim_fail("clear: %d", code);
}

static void await(struct party *party, int64_t timeout)
{
	uint32_t before;
	int code;

	call_begin(party, "wait", timeout);
	before = shared->turns.bits;
	slept_at[party->actor] = -1;
	code = weir_event_wait(party->handle, timeout);
	if (code == 0 && before % 2 == 0 && shared->turns.bits == before)
		sim_fail("a wait ended, and it was not set");
	if (code < 0 && before % 2 == 1 && shared->turns.bits == before)
		sim_fail("it was set all the time: %d", code);
	if (code < 0 && code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("wait: %d", code);
	call_end(party);
}

static bool something_new(void)
{
	bool is_new = false;

	for (int i = 0; i < SIM_ACTORS; i++) {
		uint64_t now = load64_relaxed(&made[i]);

		is_new |= now != found[i];
		found[i] = now;
	}
	return is_new;
}

static void look(struct party *party)
{
	clear(party);
	if (something_new())
		return;
	looker = party;
	await(party, sync_patience());
	looker = NULL;
}

static void act(struct party *party)
{
	/* Only one looks. */
	if (party->number == 0 && !party->child)
		look(party);
	else if (sync_option(4) == 3)
		await(party, sync_patience());
	else
		make(party);
}

static const struct word32 *sleeps_at(const struct party *party)
{
	(void)party;
	return &shared->bell.event;
}

/* What somebody made, and set, before it slept. */
static bool missed_something(void)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (said[i] > found[i])
			return true;
	}
	return false;
}

static enum ready ready(struct party *party)
{
	int64_t *then = &slept_at[party->actor];
	uint32_t now = shared->turns.bits;

	if (*then < 0)
		*then = now;
	if (now % 2 == 1 || now != *then)
		return READY;
	return party == looker && missed_something() ? READY : READY_NOT;
}

static void died(struct party *party)
{
	if (looker == party)
		looker = NULL;
}

static void last(struct party *survivor)
{
	make(survivor);
	await(survivor, WEIR_FOREVER);
	clear(survivor);
	check_set(survivor, false);
	await(survivor, WEIR_NOWAIT);
}

const struct play play_event = {
	.choose = choose_sort,
	.create = create,
	.open = open,
	.close = close,
	.sync = sync_of,
	.begin = begin,
	.act = act,
	.died = died,
	.sleeps_at = sleeps_at,
	.ready = ready,
	.rescue = make,
	.last = last,
};
