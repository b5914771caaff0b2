/* SPDX-License-Identifier: MIT */
/*
 * Registry: the memberships of this process, for the handlers of fork and of a
 * thread's end, which walk them all.
 *
 * One lock of this process keeps its slow paths apart: attaching, opening and
 * creating, seats, recovery, forks.  No process waits for another one's.  The
 * hot look-up, of a thread's seat, takes no lock (members/seats.h).
 */
#ifndef WEIR_MEMBERS_REGISTRY_H
#define WEIR_MEMBERS_REGISTRY_H

#include "members/membership.h"

void registry_lock(void);
void registry_unlock(void);

/* Under the lock: attaches, or detaches, and keeps the list.  0 or -errno. */
int registry_add(struct membership *membership);
void registry_remove(struct membership *membership);

/* Under the lock: a number, not 0, that this process never had before. */
uint64_t registry_new_id(void);

/* The calling thread ends: dependents hear of it, its seats are free again. */
void registry_thread_ends(void);

#endif
