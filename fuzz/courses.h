/* SPDX-License-Identifier: MIT */
/*
 * Courses of a pipe: what its two sides do under a schedule, and who comes
 * after they died.  What must hold is in ledger.h.
 *
 *	PAIR	one sends, the other receives
 *	DUPLEX	both do both
 *	FORK	who sends forks in the middle; either may go first
 *	FOLLOW	who receives forks; the child goes on when its parent is gone
 *	NAMED	heirs open by its name what the dead have left, perhaps while
 *		the other side still lives
 *
 * The sides use every call, with and without patience, for messages of every
 * kind of size, close their end or just exit.
 */
#ifndef FUZZ_COURSES_H
#define FUZZ_COURSES_H

#include "choices.h"

enum {
	COURSE_PAIR,
	COURSE_DUPLEX,
	COURSE_FORK,
	COURSE_NAMED,
	COURSE_FOLLOW,
	COURSES
};

enum { SIZES_SMALL, SIZES_LARGE, SIZES_STREAM, SIZES_MIXED, SIZES };

struct course {
	int kind;
	int sizes;
	int messages; /* of each side that sends */
	bool lazy;    /* stores wait from the beginning */
	bool late;    /* payload is read late */
	bool one_cpu; /* so nobody spins */
	bool no_fences;
	int64_t exit_takes;
};

/* NULL, or what was wrong; all is chosen. */
const char *course_run(struct choices *choices);

/* The same calls in any run, all of them patient. */
const char *course_run_plain(const struct course *course,
                             struct sim_schedule *schedule);

#endif
