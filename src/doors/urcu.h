/* SPDX-License-Identifier: MIT */
/*
 * The door to userspace RCU (the flavour that needs no registration of
 * threads), for private memory only.
 *
 * Between grace_enter and grace_leave a thread follows pointers that
 * grace_read gave it, without a lock.  Who takes something out of such a list
 * calls grace_wait before it frees it.
 */
#ifndef WEIR_DOORS_URCU_H
#define WEIR_DOORS_URCU_H

void grace_enter(void);
void grace_leave(void);
void grace_wait(void);

void *grace_read(void *const *place);
void grace_publish(void **place, void *value);

/* Around a fork, in the thread that forks, by its handlers. */
void grace_before_fork(void);
void grace_after_fork_parent(void);
void grace_after_fork_child(void);

#endif
