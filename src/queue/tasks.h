/* SPDX-License-Identifier: MIT */
/*
 * Tasks: how many of the messages put are not finished.
 *
 *	unfinished = messages put - finished - dropped at shutdown
 *
 * A message is put at a position, so the first is the tail, less where it began.
 * `finished` is {count, block}: how many are finished, and whose message was
 * the last, so that whoever dies in the middle has either finished or not:
 *
 *	A  finished = {c, x}; help x:
 *	   CAS x's word {FINISHING, c} -> FREEING
 *	B  own block's word = {FINISHING, c + 1}
 *	C  CAS finished {c, x} -> {c + 1, own block}; if it fails, from A
 *	D  help the own block; free it
 *
 * C is the moment at which it is finished.  Nobody moves on from {c + 1, b}
 * before b's word is FREEING; so a recoverer that finds {FINISHING, c + 1} and
 * another `finished` knows that C did not happen, and does it.
 *
 * What was handed out too often is counted in `dropped` first, in the same
 * manner: {GIVEN_UP, d + 1}, and when it is counted COUNTED; then it is finished.
 *
 * What an immediate shutdown drops is marked where it is, and stays so, for
 * nothing is put there any more: a cell or a block that says DROPPED.  So any
 * number of processes may drop, and die while they do.
 */
#ifndef WEIR_QUEUE_TASKS_H
#define WEIR_QUEUE_TASKS_H

#include "queue/geometry.h"

/* `member` is finished with this message, which it has; frees it. */
int tasks_finish(const struct queue_view *view, const struct chain *chain,
                 uint32_t member);

/* The same, and it counts as one that was handed out too often. */
int tasks_give_up(const struct queue_view *view, const struct chain *chain,
                  uint32_t member);

/* How many there were. */
uint64_t tasks_given_up(const struct queue_view *view);

/* For a dead member's block that says FINISHING, GIVEN_UP or COUNTED; all that
   are settled together share their tries, which are 0 at first. */
int tasks_finish_dead(const struct queue_view *view, uint32_t block,
                      uint64_t word, uint32_t *tries);

static inline bool tasks_dropping(const struct queue_view *view)
{
	/* Relaxed: set before the cell that ends the queue. */
	return load32_relaxed(&view->shared->dropping);
}

/*
 * Nothing more is put, and everything that could be got is dropped; -EUCLEAN.
 * Who began this may have died between the one and the other.
 */
int tasks_drop(const struct queue_view *view);

/* How many are unfinished; -EUCLEAN. */
int64_t tasks_unfinished(const struct queue_view *view);

#endif
