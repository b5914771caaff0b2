/* SPDX-License-Identifier: MIT */
/*
 * In place of doors/urcu.c where nobody else stands on anything: in the
 * simulator, and in 32-bit programs of one thread, for which there is no
 * liburcu.
 */
#include "doors/urcu.h"

void grace_enter(void)
{
}

void grace_leave(void)
{
}

void grace_wait(void)
{
}

void *grace_read(void *const *place)
{
	return *place;
}

void grace_publish(void **place, void *value)
{
	*place = value;
}

void grace_before_fork(void)
{
}

void grace_after_fork_parent(void)
{
}

void grace_after_fork_child(void)
{
}
