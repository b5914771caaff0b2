/* SPDX-License-Identifier: MIT */
/* What one process of a course does. */
#ifndef FUZZ_COURSE_SIDES_H
#define FUZZ_COURSE_SIDES_H

#include "courses.h"
#include "ledger.h"

enum { COURSE_RING = 4096 };

/* One process and its end. */
struct side {
	struct weir_pipe *end; /* NULL: an heir that has not opened it yet */
	int number;            /* of the end */
	int to_send;
	bool sends;
	bool receives;
	bool answers; /* goes on receiving until the end of file */
	bool forks;
	bool follows; /* another one at the same end */
	int before;   /* that one's actor */
	bool heir;    /* follows by opening the end */
	bool left;    /* goes, or is gone */
	bool gone;
	int impatient; /* calls that came back for want of time */
};

extern struct course course;
extern struct ledger ledgers[2];       /* [i]: what end i receives */
extern struct side *sides[SIM_ACTORS]; /* of each actor */
extern struct choices *course_choices; /* NULL: a plain course */
extern const char course_name[];       /* of a NAMED pipe */

/* The bodies of actors; the argument is a struct side. */
void side_lives(void *side);
void heir_lives(void *side);

/* It ended or was killed, and its descriptors are closed. */
void side_closed(int actor);

/* The run's choice, of n; 0 in a plain course. */
unsigned option(unsigned n);

/* One call, checked; what it returned. */
int side_sends(struct side *side);
ssize_t side_receives(struct side *side);

#endif
