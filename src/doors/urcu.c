/* SPDX-License-Identifier: MIT */
#include "doors/urcu.h"

#include <urcu-pointer.h>
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

void *grace_read(void *const *place)
{
	return rcu_dereference(*(void **)(uintptr_t)place);
}

void grace_publish(void **place, void *value)
{
	rcu_assign_pointer(*place, value);
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
