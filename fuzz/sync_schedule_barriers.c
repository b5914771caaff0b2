/* SPDX-License-Identifier: MIT */
/*
 * A barrier, for as many parties as there are workers, or other numbers.
 *
 * - As long as all wait without a time-out, and none dies, closes it or forks,
 *   they pass in lockstep: each has another index, nobody laps, what each wrote
 *   before is seen by all, and nothing breaks.
 * - Else, too, nobody passes before as many have come as there must be.
 * - Who waits does not sleep when all have come, or it is broken; when somebody
 *   died who has it open; or when one died in step, before he came, who was in
 *   step too.
 * - In the end it can be reset, and is as good as new.
 */
#include "sync_schedule_inside.h"

#include "sync/barrier.h"

enum { ROUNDS_MOST = 8, GENERATION_AT = 21, BROKEN = 1 };

static struct barrier_layout *shared;
static struct word64 wrote[SIM_ACTORS];

static struct {
	bool lockstep;
	int indices[ROUNDS_MOST]; /* bits */
	int begun[SIM_ACTORS];    /* rounds */
	int passed[SIM_ACTORS];
	int waits; /* that are under way, also of who was killed */
	int passages;
	uint64_t resets; /* even: none is under way */
	uint64_t lost;   /* 1 + the generation before which one died in step */
} book;

static void choose_sort(void)
{
	memset(&book, 0, sizeof(book));
	memset(wrote, 0, sizeof(wrote));
	sync_shape.size = sync_shape.workers;
	if (sync_option(4) == 3)
		sync_shape.size = 1 + (int)sync_option(4);
	else
		book.lockstep = sync_option(2);
}

static int create(struct party *party, struct weir_segment_options *segment)
{
	struct weir_barrier_options options = { .segment = *segment };

	return weir_barrier_create((void *)&party->handle, SYNC_NAME,
	                           (unsigned)sync_shape.size, &options);
}

static int open(struct party *party)
{
	void *handle = &party->handle;

	return party->region
	               ? weir_barrier_open_in(handle, party->region, SYNC_NAME)
	               : weir_barrier_open(handle, SYNC_NAME);
}

static void close(void *handle)
{
	weir_barrier_close(handle);
}

static struct sync *sync_of(void *handle)
{
	return handle;
}

static void inherited(struct party *child)
{
	struct weir_barrier *barrier = child->handle;

	book.lockstep = false;
	membership_depend(&barrier->sync.home.region->membership,
	                  &barrier->dependent);
}

static void begin(const struct party *first)
{
	shared = object_of(first);
	shared->bell.only_cpu.bits = sync_shape.one_cpu;
}

/* Past the door. */
static uint64_t generation(void)
{
	return shared->state.bits >> GENERATION_AT;
}

static bool broken(void)
{
	return shared->state.bits & BROKEN;
}

static bool somebody_waits(void)
{
	return shared->state.bits & ((1 << GENERATION_AT) - 2);
}

/* ---- in lockstep */

static void check_round(const struct party *party, int round, int index)
{
	int bit = 1 << index;

	if (book.indices[round] & bit)
		sim_fail("two have index %d", index);
	book.indices[round] |= bit;
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (!parties[i] || parties[i]->survives || parties[i]->child)
			continue;
		if (book.begun[i] <= round)
			sim_fail("%d laps %d", party->actor, i);
		if (load64_relaxed(&wrote[i]) <= (uint64_t)round)
			sim_fail("what %d wrote is not there", i);
	}
}

static void check_passage(struct party *party, ssize_t index)
{
	int round = book.passed[party->actor]++;

	if (index < 0)
		sim_fail("nobody died or left, and it is broken: %d",
		         (int)index);
	check_round(party, round, (int)index);
}

/* Whoever passes has passed with as many as there must be: they have come. */
static void check_company(ssize_t index)
{
	int size = sync_shape.size, groups;

	book.waits--;
	if (index < 0)
		return;
	book.passages++;
	groups = (book.passages + size - 1) / size;
	if (book.passages + book.waits < groups * size)
		sim_fail("one passes, and not all have come");
}

/* ---- calls */

static ssize_t await(struct party *party, int64_t timeout)
{
	uint64_t resets, waiting;
	ssize_t index;

	store64_relaxed(&wrote[party->actor],
	                (uint64_t)++book.begun[party->actor]);
	call_begin(party, "wait", timeout);
	resets = book.resets;
	waiting = (shared->state.bits & ((1 << GENERATION_AT) - 2)) / 2;
	party->seen = 0;
	party->was_in_step = party->in_step;
	book.waits++;
	index = weir_barrier_wait(party->handle, timeout);
	check_company(index);
	if (index >= sync_shape.size ||
	    (index < 0 && index != -ECANCELED && index != -ETIMEDOUT &&
	     index != -EAGAIN))
		sim_fail("wait: %d", (int)index);
	if (party->alone && timeout <= 0 && !broken() &&
	    (index == -EAGAIN) != ((int)waiting + 1 < sync_shape.size))
		sim_fail("the last one does not wait: %d", (int)index);
	if (index != -EAGAIN)
		party->in_step =
			index >= 0 && resets == book.resets && resets % 2 == 0;
	call_end(party);
	if (book.lockstep && !sim_anybody_killed())
		check_passage(party, index);
	return index;
}

static void reset(struct party *party)
{
	int code;

	call_begin(party, "reset", 0);
	book.resets++;
	book.lost = 0;
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (parties[i])
			parties[i]->in_step = parties[i]->was_in_step = false;
	}
	code = weir_barrier_reset(party->handle);
	if (party->alone && (broken() || somebody_waits()))
		sim_fail("it was reset, and is not as new");
	book.lost = 0;
	book.resets++;
	call_end(party);
	if (code != 0)
		sim_fail("reset: %d", code);
}

static void give_up(struct party *party)
{
	int code;

	call_begin(party, "abort", 0);
	code = weir_barrier_abort(party->handle);
	if (party->alone && !broken())
		sim_fail("it was aborted, and is not broken");
	call_end(party);
	if (code != 0)
		sim_fail("abort: %d", code);
}

static void act(struct party *party)
{
	if (book.lockstep) {
		await(party, WEIR_FOREVER);
		return;
	}
	switch (sync_option(12)) {
	case 0:
		reset(party);
		break;
	case 1:
		give_up(party);
		break;
	default:
		if (await(party, sync_patience()) == -ECANCELED &&
		    sync_option(2))
			reset(party);
	}
}

/* ---- what must hold */

static const struct word32 *sleeps_at(const struct party *party)
{
	(void)party;
	return &shared->bell.event;
}

/* Somebody who has it open is no more. */
static bool a_user_is_gone(void)
{
	for (uint32_t i = 0; i < MEMBERS_MOST; i++) {
		if (i % 64 == 0 && shared->users[i / 64].bits == 0)
			i += 63;
		else if ((shared->users[i / 64].bits >> i % 64 & 1) &&
		         !member_lives(i, NULL))
			return true;
	}
	return false;
}

static enum ready ready(struct party *party)
{
	uint64_t now = 1 + generation();

	if (party->seen == 0)
		party->seen = now;
	if (broken() || party->seen != now)
		return READY;
	if (party->was_in_step && book.lost == now)
		return READY_BY_DEATH;
	return a_user_is_gone() ? READY_BY_DEATH : READY_NOT;
}

static void closes(struct party *party)
{
	book.lockstep = false;
	party->in_step = false;
}

static void died(struct party *party)
{
	book.lockstep = false;
	if (party->in_step && !party->call && book.resets % 2 == 0)
		book.lost = 1 + generation();
	if (party->call && book.resets % 2 == 1)
		book.resets++;
}

static void last(struct party *survivor)
{
	int64_t own = survivor->member;
	ssize_t index;

	reset(survivor);
	index = await(survivor, WEIR_NOWAIT);
	if (index != (sync_shape.size == 1 ? 0 : -EAGAIN))
		sim_fail("in the end it is not as new: %d", (int)index);
	if (a_user_is_gone() || !member_is(shared->users, (uint32_t)own))
		sim_fail("in the end it says that the dead have it open");
}

const struct play play_barrier = {
	.choose = choose_sort,
	.create = create,
	.open = open,
	.close = close,
	.sync = sync_of,
	.inherited = inherited,
	.begin = begin,
	.act = act,
	.closes = closes,
	.died = died,
	.sleeps_at = sleeps_at,
	.ready = ready,
	.rescue = give_up,
	.last = last,
};
