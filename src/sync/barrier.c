/* SPDX-License-Identifier: MIT */
/*
 * Barrier: one word says how many have arrived, of which generation.
 *
 *	63         21 20       1    0
 *	| generation | arrived | broken |
 *
 *	arrival          {g, n}    -> {g, n + 1}       index n, then it waits
 *	the last one     {g, N-1}  -> {g + 1, 0}       index N - 1; wakes all
 *	time-out, abort, {g, n}    -> {g, n, broken}   wakes all
 *	  death
 *	reset            {g, n}    -> {g, n, broken}
 *	                 canceled[g % 16] = g
 *	                           -> {g + 1, 0}       wakes all
 *
 * Each is a CAS, and nothing is counted elsewhere, so whoever dies has arrived
 * or has not.  A waiter of generation g looks until that is over: broken, or
 * another generation, which means that all had arrived, unless g was canceled.
 * `canceled` remembers that for a waiter who looks late, when others have gone
 * on: of generations that far apart, the later is kept, and what it hides counts
 * as canceled.
 *
 * While somebody waits, the death of a member that has the barrier open breaks
 * it (barrier_bury_object).  One that died before does not, so the first to
 * arrive settles the deaths that there are; unless it was in step: it had come
 * here, and neither closed the barrier nor found it broken since.  Then `lost`
 * is the generation to which it never comes, and whoever waits for that, and has
 * been in step as well, breaks it.  (Whoever is new may have come instead.)
 */
#include "sync/barrier.h"

#include <errno.h>

enum { TRIES = REGION_TRIES };

enum { ARRIVED_AT = 1, GENERATION_AT = 21, ARRIVED_MASK = (1 << 20) - 1 };

_Static_assert(PARTIES_MOST - 1 <= ARRIVED_MASK, "who waits can be counted");

#define BROKEN          UINT64_C(1)
#define ARRIVED_ONE     (UINT64_C(1) << ARRIVED_AT)
#define GENERATION_MASK (UINT64_MAX >> GENERATION_AT)

static uint64_t generation_of(uint64_t state)
{
	return state >> GENERATION_AT;
}

static uint32_t arrived_of(uint64_t state)
{
	return (uint32_t)(state >> ARRIVED_AT) & ARRIVED_MASK;
}

static uint64_t next_generation(uint64_t state)
{
	return (generation_of(state) + 1) << GENERATION_AT;
}

/* ---- generations that a reset canceled */

/* No waiter is late by more generations than that. */
#define LATE_MOST (UINT64_C(1) << 32)
#define STAMPED   (UINT64_C(1) << 63)

static struct word64 *canceled_at(struct barrier_layout *shared, uint64_t g)
{
	return &shared->canceled[g % BARRIER_CANCELED];
}

/* This generation, or a later one that took its place. */
static bool says(uint64_t stamp, uint64_t g)
{
	return stamp != 0 && ((stamp - g) & GENERATION_MASK) < LATE_MOST;
}

/* False: look at the state once more. */
static bool cancel(struct barrier_layout *shared, uint64_t g)
{
	struct word64 *at = canceled_at(shared, g);
	uint64_t seen = load64_relaxed(at);

	return says(seen, g) || cas64(at, &seen, STAMPED | g);
}

/* ---- breaking it */

/* 1 it is broken now, by this call; 0 it was, or `condition` says no. */
static int break_if(struct barrier_layout *shared,
                    bool (*condition)(uint64_t state))
{
	uint64_t seen = load64_relaxed(&shared->state);

	for (int i = 0; i < TRIES; i++) {
		if ((seen & BROKEN) || !condition(seen))
			return 0;
		if (cas64(&shared->state, &seen, seen | BROKEN)) {
			bell_ring(&shared->bell, RING_ALL);
			return 1;
		}
	}
	return -EUCLEAN;
}

static bool always(uint64_t state)
{
	(void)state;
	return true;
}

static bool somebody_waits(uint64_t state)
{
	return arrived_of(state) > 0;
}

/* A CAS: whoever arrives after this sees it, or was seen to wait. */
static void remember(struct barrier_layout *shared)
{
	uint64_t seen = load64_relaxed(&shared->lost);
	uint64_t state = load64_relaxed(&shared->state);

	/* If it fails, somebody else's death was remembered. */
	cas64(&shared->lost, &seen, STAMPED | generation_of(state));
}

int barrier_lost(struct barrier_layout *shared, bool in_step)
{
	int code = break_if(shared, somebody_waits);

	if (code == 0 && in_step)
		remember(shared);
	/* Whoever broke it may have died before he woke them. */
	bell_ring(&shared->bell, RING_ALL);
	return code < 0 ? code : 0;
}

int weir_barrier_abort(struct weir_barrier *barrier)
{
	int code;

	if (!barrier)
		return -EINVAL;
	code = break_if(sync_at(&barrier->sync), always);
	return code < 0 ? code : 0;
}

/* Nobody is in step any more, and nobody is missing. */
static void forget(struct barrier_layout *shared)
{
	for (int i = 0; i < MEMBERS_MOST / 64; i++)
		store64_relaxed(&shared->in_step[i], 0);
	store64_relaxed(&shared->lost, 0);
	/* Before the look at the state; pairs with the CAS of arrive: who has
	   arrived is seen to wait, or sees this, and is in step again. */
	fence_full();
}

int weir_barrier_reset(struct weir_barrier *barrier)
{
	struct barrier_layout *shared;
	uint64_t seen;

	if (!barrier)
		return -EINVAL;
	if (home_recover_all(&barrier->sync.home) < 0)
		return -EUCLEAN;
	shared = sync_at(&barrier->sync);
	forget(shared);
	seen = load64_relaxed(&shared->state);
	for (int i = 0; i < TRIES; i++) {
		if (!(seen & BROKEN) && arrived_of(seen) == 0)
			return 0;
		if (!(seen & BROKEN)) {
			if (cas64(&shared->state, &seen, seen | BROKEN))
				seen |= BROKEN;
		} else if (!cancel(shared, generation_of(seen))) {
			seen = load64_relaxed(&shared->state);
		} else if (cas64(&shared->state, &seen,
		                 next_generation(seen))) {
			bell_ring(&shared->bell, RING_ALL);
			return 0;
		}
	}
	return -EUCLEAN;
}

/* ---- waiting */

struct visit {
	struct weir_barrier *barrier;
	struct barrier_layout *shared;
	uint64_t generation;
	uint32_t member;
	bool in_step; /* before this call */
};

/* True if it was. */
static bool be_in_step(const struct visit *visit)
{
	struct word64 *bits = visit->shared->in_step;

	return member_is(bits, visit->member) ||
	       member_enter(bits, visit->member);
}

/* Somebody who was in step died, and this one knew him. */
static bool is_lost(const struct visit *visit)
{
	return visit->in_step && load64_relaxed(&visit->shared->lost) ==
	                                 (STAMPED | visit->generation);
}

/* 1 all have arrived, -ECANCELED, -EAGAIN. */
static int look(void *call)
{
	const struct visit *visit = call;
	struct barrier_layout *shared = visit->shared;
	/* Pairs with the CAS of whoever arrived last: what all of them wrote
	   before is seen; and with that of a reset, as is `canceled`. */
	uint64_t seen = load64_acquire(&shared->state);
	uint64_t g = visit->generation;

	if (generation_of(seen) != g)
		return says(load64_relaxed(canceled_at(shared, g)), g)
		               ? -ECANCELED
		               : 1;
	if (seen & BROKEN)
		return -ECANCELED;
	/* If the CAS fails, there is something else to be seen. */
	if (!is_lost(visit) || !cas64(&shared->state, &seen, seen | BROKEN))
		return -EAGAIN;
	bell_ring(&shared->bell, RING_ALL);
	return -ECANCELED;
}

/* The time is over: it is broken, unless it just came to its end. */
static int give_up(struct visit *visit)
{
	struct barrier_layout *shared = visit->shared;

	for (int i = 0; i < TRIES; i++) {
		uint64_t seen = load64_relaxed(&shared->state);
		int code = look(visit);

		if (code != -EAGAIN)
			return code;
		if (cas64(&shared->state, &seen, seen | BROKEN)) {
			bell_ring(&shared->bell, RING_ALL);
			return -ETIMEDOUT;
		}
	}
	return -EUCLEAN;
}

/* Until the generation is over: 0 or -errno. */
static int stay(struct visit *visit, int64_t timeout)
{
	struct bell_layout *bell = &visit->shared->bell;
	struct waiting waiting = { .attempt = look,
		                   .recover = NULL,
		                   .call = visit };
	int code = look(visit);

	if (code == -EAGAIN)
		code = bell_await(&visit->barrier->sync, bell, &bell->event,
		                  &waiting, timeout);
	if (code == -ETIMEDOUT)
		code = give_up(visit);
	return code < 0 ? code : 0;
}

/* The index, with the generation in visit; or -errno.  `last`: it was. */
static int arrive(struct visit *visit, int64_t timeout, bool *last)
{
	uint32_t parties = visit->barrier->parties;
	uint64_t seen = load64_relaxed(&visit->shared->state);

	for (int i = 0; i < TRIES; i++) {
		uint32_t arrived = arrived_of(seen);

		if (seen & BROKEN)
			return -ECANCELED;
		if (arrived >= parties)
			return -EUCLEAN;
		*last = arrived + 1 == parties;
		if (!*last && timeout <= 0)
			return -EAGAIN;
		visit->generation = generation_of(seen);
		if (cas64(&visit->shared->state, &seen,
		          *last ? next_generation(seen) : seen + ARRIVED_ONE))
			return (int)arrived;
	}
	return -EUCLEAN;
}

/* Who died before anybody waits breaks nothing. */
static int settle_before(const struct visit *visit)
{
	uint64_t seen = load64_relaxed(&visit->shared->state);
	int code = 0;

	if (!somebody_waits(seen) && visit->barrier->parties > 1)
		code = home_recover_all(&visit->barrier->sync.home);
	return code < 0 ? code : 0;
}

/* The index, or -errno. */
static int pass(struct visit *visit, int64_t timeout)
{
	bool last = false;
	int index = arrive(visit, timeout, &last);
	int code = 0;

	if (index < 0)
		return index;
	/* A reset may have taken it back just before. */
	be_in_step(visit);
	if (last)
		bell_ring(&visit->shared->bell, RING_ALL);
	else
		code = stay(visit, timeout);
	return code < 0 ? code : index;
}

ssize_t weir_barrier_wait(struct weir_barrier *barrier, int64_t timeout)
{
	struct visit visit = { .barrier = barrier };
	int code;

	if (!barrier)
		return -EINVAL;
	code = home_code(&barrier->sync.home);
	visit.shared = sync_at(&barrier->sync);
	if (code == 0 && timeout > 0)
		code = settle_before(&visit);
	if (code < 0)
		return code;
	/* Before it arrives: so it is missed, wherever it dies. */
	visit.member = home_member(&barrier->sync.home);
	visit.in_step = be_in_step(&visit);
	code = pass(&visit, timeout);
	if (code < 0 && (code != -EAGAIN || !visit.in_step))
		member_leave(visit.shared->in_step, visit.member);
	return code;
}

/* ---- facts */

int weir_barrier_parties(const struct weir_barrier *barrier)
{
	return barrier ? (int)barrier->parties : -EINVAL;
}

/* Relaxed, here and below: others may change it at any moment. */
static uint64_t state_of(const struct weir_barrier *barrier)
{
	const struct barrier_layout *shared = sync_at(&barrier->sync);

	return load64_relaxed(&shared->state);
}

int weir_barrier_waiting(const struct weir_barrier *barrier)
{
	uint64_t state;

	if (!barrier)
		return -EINVAL;
	state = state_of(barrier);
	return state & BROKEN ? 0 : (int)arrived_of(state);
}

int weir_barrier_broken(const struct weir_barrier *barrier)
{
	return barrier ? (int)(state_of(barrier) & BROKEN) : -EINVAL;
}
