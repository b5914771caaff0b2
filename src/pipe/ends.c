/* SPDX-License-Identifier: MIT */
#include "pipe/ends.h"

#include "doors/ck.h"
#include "doors/clock.h"
#include "doors/locks.h"

/* Asking costs half a microsecond; so often at most is a hundredth of the time. */
enum { PROOF_INTERVAL = 50000, TAKE_TRIES = 10000, WORD_TRIES = 1000 };

static int64_t peer_byte(const struct weir_pipe *end)
{
	return end->locks + !end->side * LOCK_SIDE;
}

int end_hold(const struct weir_pipe *end)
{
	return lock_try_shared(end->hold_fd, end_byte(end));
}

/* Whoever waits at the end `side` looks again. */
static void wake_side(struct weir_pipe *end, bool peer)
{
	const struct ring *receives = peer ? &end->out : &end->in;
	const struct ring *sends = peer ? &end->in : &end->out;

	if (receives->size)
		wait_wake(&receives->shared->data);
	if (sends->size)
		wait_wake(&sends->shared->room);
}

/*
 * The byte of the end that `word` speaks of is locked: nobody holds it.  If the
 * word changes too often to be marked, the next who asks has the proof again.
 */
static void bury(struct word32 *word)
{
	uint32_t seen = load32_acquire(word);

	for (int i = 0; i < WORD_TRIES; i++) {
		uint32_t gone = (seen & ~(uint32_t)END_STATE_MASK) | END_GONE;

		if ((seen & END_STATE_MASK) != END_HELD ||
		    cas32(word, &seen, gone))
			break;
	}
}

/*
 * In a region one description holds all ends of a process.  Locking a byte
 * through it would turn the lock of another handle of this process into an
 * exclusive one, and prove nothing; the other description sees that.
 */
static int held_by_this_process(const struct weir_pipe *end)
{
	int code = 0;

	if (end->region)
		code = lock_try_exclusive(end->probe_fd, end_byte(end));
	if (end->region && code == 0)
		lock_release(end->probe_fd, end_byte(end));
	return code;
}

/* A proof of death locks the byte for a moment; that is not a holder. */
static int lock_own(const struct weir_pipe *end)
{
	int ask_fd = end->region ? end->probe_fd : end->hold_fd;

	for (int i = 0; i < TAKE_TRIES; i++) {
		int code = held_by_this_process(end);

		if (code == 0)
			code = lock_try_exclusive(end->hold_fd, end_byte(end));
		if (code != -EAGAIN)
			return code;
		if (lock_held(ask_fd, end_byte(end)))
			break;
		spin_hint();
	}
	return -EBUSY;
}

int end_own_gone(struct weir_pipe *end)
{
	int code = lock_own(end);

	if (code < 0)
		return code;
	bury(end->own_word);
	wake_side(end, true);
	return lock_release(end->hold_fd, end_byte(end));
}

/* Marks the end, whose byte is locked, as taken; as end_take. */
static int mark_taken(struct weir_pipe *end, bool draining)
{
	uint32_t word = load32_acquire(end->own_word);

	for (int i = 0; i < WORD_TRIES; i++) {
		uint32_t state = word & END_STATE_MASK;
		uint32_t taken = word - state + END_CLOSING;

		if (state == END_HELD)
			return -EBUSY; /* who held it came and went since */
		if (draining && state == END_FREE)
			return -EUCLEAN; /* once had, never free again */
		if (!draining && state != END_FREE)
			return -EAGAIN; /* and was even found dead since */
		taken |= draining ? END_DRAINED : END_HELD;
		if (cas32(end->own_word, &word, taken))
			return 0;
	}
	return -EUCLEAN; /* so often only somebody who spoils it changes it */
}

int end_take(struct weir_pipe *end, bool draining)
{
	int code = lock_own(end);

	if (code < 0)
		return code;
	code = mark_taken(end, draining);
	if (code < 0) {
		lock_release(end->hold_fd, end_byte(end));
		return code;
	}
	end->draining = draining;
	/* Narrows the exclusive lock, in one step. */
	return end_hold(end);
}

int end_peer_gone(struct weir_pipe *end)
{
	uint32_t word = load32_acquire(end->peer_word);
	uint32_t state = word & END_STATE_MASK;

	if (!segment_intact(end->home))
		return -EUCLEAN;
	if (state == END_GONE || state == END_DRAINED)
		return -EPIPE;
	if (state == END_HELD &&
	    lock_try_exclusive(end->probe_fd, peer_byte(end)) == 0) {
		bury(end->peer_word);
		lock_release(end->probe_fd, peer_byte(end));
		wake_side(end, false);
		return -EPIPE;
	}
	/* Alive as of `word`; a later change of it calls for another proof. */
	store64_relaxed(&end->proved, (uint64_t)clock_now());
	store32_relaxed(&end->peer_seen, word & ~(uint32_t)END_FENCED);
	return 0;
}

int end_peer_gone_cheap(struct weir_pipe *end)
{
	uint64_t proved = load64_relaxed(&end->proved);

	if (end_peer_unchanged(end) &&
	    (uint64_t)clock_now() - proved < PROOF_INTERVAL)
		return 0;
	return end_peer_gone(end);
}

void end_closed(struct weir_pipe *end)
{
	add32(end->own_word, END_CLOSING);
	wake_side(end, true);
}
