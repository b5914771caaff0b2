/* SPDX-License-Identifier: MIT */
#include "doors/urcu.h"

#include <urcu/urcu-bp.h>

void grace_enter(void)
{
	urcu_bp_read_lock();
}

void grace_leave(void)
{
	urcu_bp_read_unlock();
}

void grace_wait(void)
{
	urcu_bp_synchronize_rcu();
}

/* As rcu_dereference, in words that ThreadSanitizer knows. */
void *grace_read(void *const *place)
{
	/* Pairs with the release in grace_publish. */
	return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

void grace_publish(void **place, void *value)
{
	/* Pairs with the acquire in grace_read. */
	__atomic_store_n(place, value, __ATOMIC_RELEASE);
}

void grace_before_fork(void)
{
	urcu_bp_before_fork();
}

void grace_after_fork_parent(void)
{
	urcu_bp_after_fork_parent();
}

void grace_after_fork_child(void)
{
	urcu_bp_after_fork_child();
}
