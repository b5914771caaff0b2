/* SPDX-License-Identifier: MIT */
/*
 * Semaphore: a number of permits.
 *
 *	plain, bounded                    owned
 *	--------------                    -----
 *	value: a CAS to one less, and     a word for each permit:
 *	  to so many more                   sync/permits.h
 *	who dies keeps what he has        what he has is free again
 *
 * Whoever releases then looks at the bell (sync/bell.h), and wakes as many as
 * can go on; or who has the turn, for one who has waited for long comes first
 * (sync/turn.h).  One who was woken and dies has taken nothing; whoever finds
 * his death wakes the others (semaphore_bury_object), and they look by
 * themselves when a slice of their sleep is over.
 */
#include "sync/semaphore.h"

#include "doors/clock.h"

#include <errno.h>

/* A CAS fails because somebody else got something done; not so often. */
enum { TRIES = REGION_TRIES };

/* What is repeated until a permit is taken. */
struct acquisition {
	struct weir_semaphore *semaphore;
	bool hungry;        /* it has waited for long */
	bool first;         /* it has the turn, or had it */
	bool insists;       /* it takes a permit whoever has the turn */
	int64_t lies_since; /* since when one waits for who has it; or 0 */
};

/* Of an attempt: none was taken, and it is to be waited for otherwise. */
enum { OTHERWISE = 2 };

static struct semaphore_layout *
layout_of(const struct weir_semaphore *semaphore)
{
	return sync_at(&semaphore->sync);
}

static struct permits permits_of(const struct weir_semaphore *semaphore)
{
	return permits_at(layout_of(semaphore), semaphore->most);
}

static struct turn turn_of(const struct weir_semaphore *semaphore)
{
	return turn_at(layout_of(semaphore), semaphore->owned);
}

static int check(const struct weir_semaphore *semaphore)
{
	return likely(semaphore != NULL) ? home_code(&semaphore->sync.home)
	                                 : -EINVAL;
}

static int permits_now(const struct weir_semaphore *semaphore)
{
	struct permits permits;

	if (semaphore->owned) {
		permits = permits_of(semaphore);
		return (int)permits_free(&permits);
	}
	/* Relaxed: a count that others may change at any moment. */
	return (int)value_permits(load32_relaxed(&layout_of(semaphore)->value));
}

/* ---- to take one */

/*
 * To load the value and then change it by a CAS costs, where the same CPU has
 * just changed it, as much as two CAS.  So the first one is a guess: that an
 * acquire finds as many as the last one did that had to look, and a release one
 * less.  While somebody has the turn, no guess is right.  They are relaxed: only
 * the CAS makes anything of them.
 */
static bool guess_one(struct weir_semaphore *semaphore)
{
	uint32_t seen = load32_relaxed(&semaphore->hint);

	return !semaphore->owned && seen - 1 < INT_MAX &&
	       cas32(&layout_of(semaphore)->value, &seen, seen - 1);
}

static void learn(struct word32 *hint, uint32_t value)
{
	uint32_t permits = value_permits(value);

	if (load32_relaxed(hint) != permits)
		store32_relaxed(hint, permits);
}

static int take_value(struct weir_semaphore *semaphore)
{
	struct word32 *value = &layout_of(semaphore)->value;
	/* Relaxed: only the CAS makes anything of it. */
	uint32_t seen = load32_relaxed(value);

	for (int i = 0; i < TRIES; i++) {
		if (value_permits(seen) == 0)
			return -EAGAIN;
		if (cas32(value, &seen, seen - 1)) {
			learn(&semaphore->hint, seen);
			return 1;
		}
	}
	return -EUCLEAN;
}

static int take_any(struct weir_semaphore *semaphore)
{
	struct permits permits;

	if (!semaphore->owned)
		return take_value(semaphore);
	permits = permits_of(semaphore);
	return permits_acquire(&permits, home_member(&semaphore->sync.home),
	                       &semaphore->hint);
}

/* ---- whose turn it is */

/* C and D of sync/turn.h.  One who had the turn before may sleep where who has
   it does. */
static void pass_on(struct weir_semaphore *semaphore)
{
	struct semaphore_layout *shared = layout_of(semaphore);
	int left;

	turn_end(turn_of(semaphore));
	bell_ring_at(&shared->bell, &shared->first, RING_ALL);
	left = permits_now(semaphore);
	if (left > 0)
		bell_ring(&shared->bell, left);
}

/* E: true as long as it has to wait for another one's turn. */
static bool gives_way(struct acquisition *call)
{
	if (call->lies_since == 0) {
		if (permits_now(call->semaphore) == 0)
			return true;
		call->lies_since = clock_now();
	}
	return clock_now() - call->lies_since < TURN_LASTS;
}

static int attempt(void *argument)
{
	struct acquisition *call = argument;
	struct turn turn = turn_of(call->semaphore);
	bool of_others = !call->first && !call->insists && turn_is_set(turn);
	bool lay = call->lies_since != 0;
	int code = -EAGAIN;

	if (!of_others || !gives_way(call)) {
		code = take_any(call->semaphore);
		call->lies_since = 0;
	}
	if (code == 1 && (of_others || call->first))
		pass_on(call->semaphore);
	if (code != -EAGAIN)
		return code;
	if (call->hungry && turn_take(turn) && !call->first) {
		call->first = true;
		return OTHERWISE;
	}
	return lay == (call->lies_since != 0) ? -EAGAIN : OTHERWISE;
}

static int await_once(struct acquisition *call, int64_t timeout)
{
	struct semaphore_layout *shared = layout_of(call->semaphore);
	struct waiting waiting = {
		.attempt = attempt,
		.recover = call->semaphore->owned ? NULL : vigil_nobody,
		.call = call,
		.slice = call->lies_since ? TURN_LASTS : 0,
	};

	return bell_await(&call->semaphore->sync, &shared->bell,
	                  call->first ? &shared->first : &shared->bell.event,
	                  &waiting, timeout);
}

static int await(struct acquisition *call, int64_t timeout)
{
	int64_t begun = clock_now(), waited = 0;
	int code = OTHERWISE;

	while (code == OTHERWISE) {
		int64_t most = call->hungry ? timeout : TURN_AFTER;

		if (most > timeout)
			most = timeout;
		code = await_once(call, most - waited);
		waited = clock_now() - begun;
		if (code == -ETIMEDOUT || code == -EAGAIN)
			code = OTHERWISE;
		if (code == OTHERWISE && waited >= timeout)
			code = -ETIMEDOUT;
		call->hungry = waited >= TURN_AFTER;
	}
	return code;
}

/* Its time is over, so it takes what there is, whoever has the turn. */
static int give_up(struct acquisition *call)
{
	int code = take_any(call->semaphore);

	if (call->first)
		pass_on(call->semaphore);
	return code == -EAGAIN ? -ETIMEDOUT : code;
}

slow_path static int acquire_slow(struct weir_semaphore *semaphore,
                                  int64_t timeout)
{
	struct acquisition call = { semaphore, .insists = timeout <= 0 };
	int code = attempt(&call);

	if (code == -EAGAIN && timeout <= 0)
		code = await_once(&call, timeout);
	else if (code == -EAGAIN || code == OTHERWISE)
		code = await(&call, timeout);
	if (code == -ETIMEDOUT)
		code = give_up(&call);
	return code < 0 ? code : 0;
}

int weir_semaphore_acquire(struct weir_semaphore *semaphore, int64_t timeout)
{
	int code = check(semaphore);

	if (unlikely(code < 0))
		return code;
	if (likely(guess_one(semaphore)))
		return 0;
	return acquire_slow(semaphore, timeout);
}

/* ---- to give some */

static bool guess_some(struct weir_semaphore *semaphore, uint32_t count)
{
	uint32_t after = load32_relaxed(&semaphore->hint);
	uint32_t seen = after - count;

	return !semaphore->owned && count > 0 && count <= after &&
	       after <= semaphore->most &&
	       cas32(&layout_of(semaphore)->value, &seen, after);
}

static int give_value(struct weir_semaphore *semaphore, uint32_t count)
{
	struct word32 *value = &layout_of(semaphore)->value;
	/* Relaxed: only the CAS makes anything of it. */
	uint32_t seen = load32_relaxed(value);

	for (int i = 0; i < TRIES; i++) {
		if (count > semaphore->most ||
		    value_permits(seen) > semaphore->most - count)
			return -EOVERFLOW;
		if (cas32(value, &seen, seen + count)) {
			learn(&semaphore->hint, seen + count);
			return 0;
		}
	}
	return -EUCLEAN;
}

static int give(struct weir_semaphore *semaphore, uint32_t count)
{
	struct permits permits;

	if (count == 0)
		return -EINVAL;
	if (!semaphore->owned)
		return give_value(semaphore, count);
	permits = permits_of(semaphore);
	return permits_release(&permits, home_member(&semaphore->sync.home),
	                       count, &semaphore->hint);
}

/* G: if nobody has the turn, or who has it does not sleep and may be dead,
   others are woken; else he wakes them for what he leaves. */
slow_path static int release_slow(struct weir_semaphore *semaphore,
                                  uint32_t count)
{
	struct semaphore_layout *shared = layout_of(semaphore);
	int code = give(semaphore, count);

	if (code < 0)
		return code;
	if (!turn_is_set(turn_of(semaphore)) ||
	    bell_ring_at(&shared->bell, &shared->first, RING_ALL) <= 0)
		bell_ring(&shared->bell, (int)count);
	return 0;
}

int weir_semaphore_release(struct weir_semaphore *semaphore, unsigned count)
{
	int code = check(semaphore);

	if (unlikely(code < 0))
		return code;
	if (unlikely(!guess_some(semaphore, count)))
		return release_slow(semaphore, count);
	bell_ring(&layout_of(semaphore)->bell, (int)count);
	return 0;
}

int weir_semaphore_value(const struct weir_semaphore *semaphore)
{
	return semaphore ? permits_now(semaphore) : -EINVAL;
}
