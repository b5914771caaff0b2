/* SPDX-License-Identifier: MIT */
/*
 * Vigil: waiting at an object, which is looking for deaths as well, for what
 * the dead had comes back.
 *
 * Looking takes a system call a member, so it is done before a sleep only, and
 * not more often than every RECOVER_EVERY by one handle.
 */
#ifndef WEIR_REGION_VIGIL_H
#define WEIR_REGION_VIGIL_H

#include "region/home.h"
#include "waiting/wait.h"

#define RECOVER_EVERY WEIR_US(100)

/* What a call does again and again until it is done: positive; -EAGAIN or 0 not
   yet; another -errno ends the wait. */
typedef int (*vigil_attempt)(void *call);

/* Looks for the deaths that matter to a call: see home_recover. */
typedef int (*vigil_recover)(void *call);

/* For an object in which nobody has anything: no death matters. */
int vigil_nobody(void *call);

struct vigil {
	const struct home *home;
	struct word64 *recovered_at; /* when this handle last looked */
	vigil_attempt attempt;
	vigil_recover recover; /* NULL: home_recover */
	void *call;
	/* Filled by the caller but for look, subject and deadline; a slice of 0
	   is SLICE_LONG. */
	struct wait wait;
};

/*
 * Repeats an attempt that just said -EAGAIN, waiting for the event in between;
 * what it returned at last, or -ETIMEDOUT, or -EAGAIN for a timeout of 0.
 */
int vigil_keep(struct vigil *vigil, int64_t timeout);

/* home_recover, unless this handle did that less than `every` ago; 0 or
   -EUCLEAN. */
int vigil_look(const struct home *home, struct word64 *recovered_at,
               int64_t every);

#endif
