/* SPDX-License-Identifier: MIT */
/*
 * Turn: what comes free next is for one who has waited for long.
 *
 *	one who waited TURN_AFTER          who comes, and all others who wait
 *	-------------------------          ----------------------------------
 *	A  turn: clear -> set, else        E  turn is set, by another one:
 *	   he waits as before                 what is free lies TURN_LASTS
 *	B  take what is free, or           F  then he takes it, and
 *	   sleep, at an event of his own      turn: clear
 *	C  turn: clear
 *	D  something is left: the others   who gives
 *	   are woken                       ---------
 *	                                   G  the turn is set: wakes him, or
 *	                                      others if he does not sleep
 *
 * Without it those who take and give all the time pass one who sleeps as often
 * as they like, for each of his wakes takes longer than they need.  With it
 * nobody passes him but who began to look before A; who does not wait, or
 * gives up; and, if he does not come for TURN_LASTS, as he is stopped, has died,
 * or gets no CPU, one by F.  Whoever had the turn and was late takes what he finds, or
 * begins at A; C and F wake him too, for F may have been before he slept.
 *
 * Nothing says who has it: if he dies, F is what is left of him.
 */
#ifndef WEIR_SYNC_TURN_H
#define WEIR_SYNC_TURN_H

#include "doors/atomics.h"
#include "weir/common.h"

#define TURN_AFTER WEIR_MS(10)
#define TURN_LASTS WEIR_MS(2)

/* A bit of a word that each who takes, and who gives, reads anyway. */
struct turn {
	struct word32 *word;
	int bit;
};

static inline bool turn_is_set(struct turn turn)
{
	/* Relaxed: who comes may have looked before A.  Who gives has just
	   changed this word, so an A that he does not see comes after that,
	   and B finds what he gave. */
	return load32_relaxed(turn.word) >> turn.bit & 1;
}

/* A: true if it was clear. */
static inline bool turn_take(struct turn turn)
{
	return !(or32(turn.word, UINT32_C(1) << turn.bit) >> turn.bit & 1);
}

/* C and F. */
static inline void turn_end(struct turn turn)
{
	and32(turn.word, ~(UINT32_C(1) << turn.bit));
}

#endif
