/* SPDX-License-Identifier: MIT */
/*
 * Something to wait at, a value or an array under a schedule: who takes part,
 * and what they do.
 *
 * Parties share one object: a lock, an rlock, a semaphore, an event, a
 * condition (with an rlock of its own or a given one), a barrier, a record, an
 * array of numbers or of records; in a segment of its own, or in a region.
 * Each makes some calls, as the choices say; some fork, close the object and
 * open it again, end without closing it, are stopped, or killed.  A survivor
 * looks on.  When nobody has got anything done for long, he gives them what
 * they wait for; when all are gone, he opens the object and looks whether it is
 * as good as new; if he is killed, there is another one.
 *
 * What must hold is said at the top of each play, sync_schedule_*.c; and of all
 * of them: nobody sleeps while what he waits for is there.  If nobody was
 * killed or stopped, not even for the time of a slice; else for two slices.
 */
#ifndef FUZZ_SYNC_SCHEDULE_H
#define FUZZ_SYNC_SCHEDULE_H

#include "choices.h"

/* NULL, or what was wrong; the text stays until the next run. */
const char *sync_schedule_run(struct choices *choices);

#endif
