/* SPDX-License-Identifier: MIT */
/*
 * Ends: who holds them, and how their going is noticed.
 *
 * Each end has one lock byte (doors/locks.h).  Every open file description
 * through which a process holds the end has a shared lock on it, and forks and
 * descriptors under way share the description.  So the end is held as long as
 * any copy of it is open anywhere, like an end of pipe(2), and an exclusive
 * lock of the byte through another description proves that it is gone.
 *
 * The end's word says what is known:
 *
 *	FREE --open--> HELD --proof--> GONE --open, messages left--> DRAINED
 *
 * and counts in its upper bits how often a holder has closed it.  So a peer
 * sees by one load whether anything happened since it last had proof; only then,
 * and now and then, does it ask the kernel.  GONE is final for the other end,
 * DRAINED is the same to it.
 */
#ifndef WEIR_PIPE_ENDS_H
#define WEIR_PIPE_ENDS_H

#include "pipe/handle.h"

enum end_state { END_FREE = 0, END_HELD = 1, END_GONE = 2, END_DRAINED = 3 };

enum {
	END_STATE_MASK = 3,
	END_FENCED = 4, /* fence_others cannot reach who held this end */
	END_CLOSING = 8 /* counts from here up */
};

/* The lock byte of this end. */
static inline int64_t end_byte(const struct weir_pipe *end)
{
	return end->locks + end->side * LOCK_SIDE;
}

/* The shared lock of this end, on the handle's descriptor. */
int end_hold(const struct weir_pipe *end);

/*
 * Takes an end that nobody holds: one that never was held (then it becomes
 * HELD), or, to drain it, one that is gone (then DRAINED).  0, -EAGAIN not to be
 * drained, and was held before, -EBUSY somebody holds it, -EUCLEAN, or -errno.
 */
int end_take(struct weir_pipe *end, bool draining);

/* 0 every holder of this end is gone, -EBUSY not so, or -errno. */
int end_own_gone(struct weir_pipe *end);

/* -EPIPE the other end is gone, -EUCLEAN, 0 it is not.  Asks the kernel. */
int end_peer_gone(struct weir_pipe *end);

/* The same, but asks the kernel only if that was not done just now. */
int end_peer_gone_cheap(struct weir_pipe *end);

/*
 * True while nothing happened since the other end was last known to live, and
 * a sender may do with a light fence: peer_seen never has END_FENCED.
 * Relaxed: a hint; what follows from a change is read by the proof.
 */
static inline bool end_peer_swift(const struct weir_pipe *end)
{
	return load32_relaxed(end->peer_word) ==
	       load32_relaxed(&end->peer_seen);
}

/* The same, but for the fence. */
static inline bool end_peer_unchanged(const struct weir_pipe *end)
{
	uint32_t word = load32_relaxed(end->peer_word);

	return (word & ~(uint32_t)END_FENCED) ==
	       load32_relaxed(&end->peer_seen);
}

/* Both sides may use one CPU only, the same one: looking again is vain. */
static inline bool end_shares_cpu(const struct weir_pipe *end)
{
	uint32_t own = load32_relaxed(&end->shared->only_cpu[end->side]);

	return own && own == load32_relaxed(&end->shared->only_cpu[!end->side]);
}

/* After this process's descriptor of the end was closed: lets the peer look. */
void end_closed(struct weir_pipe *end);

#endif
