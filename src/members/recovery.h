/* SPDX-License-Identifier: MIT */
/*
 * Recovery: what a dead member left is settled by whoever finds the death.
 *
 * Every step is idempotent and the member's word is turned to FREE last, so a
 * recoverer that dies on the way lets its lock of the member's byte go, and the
 * next one begins from the start.
 */
#ifndef WEIR_MEMBERS_RECOVERY_H
#define WEIR_MEMBERS_RECOVERY_H

#include "members/membership.h"

/*
 * The caller has the byte of this member locked.  0, -EAGAIN not all can be
 * settled now, for somebody holds on to the locks of an object, -EUCLEAN.
 */
int recover_member(struct membership *membership, uint32_t index);

/* Looks for members that died; how many were settled, or -EUCLEAN. */
int recover_all(struct membership *membership);

/*
 * The same for the next `most` members: so what each of a thousand waiters does
 * now and then does not grow with the number of members.
 */
int recover_some(struct membership *membership, uint32_t most);

/* The same for one member, which may be any number. */
int recover_one(struct membership *membership, uint32_t index);

#endif
