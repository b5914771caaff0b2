/* SPDX-License-Identifier: MIT */
/*
 * In place of members/registry.c, whose list is one real process's: each actor
 * has its own memberships, one thread, and nothing that forks by itself.
 */
#include "members/registry.h"

#include "members/seats.h"
#include "sim/inside.h"

static uint64_t ids;

void registry_begin(void)
{
	ids = 0;
}

void registry_lock(void)
{
}

void registry_unlock(void)
{
}

uint64_t registry_new_id(void)
{
	return ++ids;
}

int registry_add(struct membership *membership)
{
	int code = membership_attach(membership);

	membership->id = registry_new_id();
	return code;
}

void registry_remove(struct membership *membership)
{
	seats_leave(membership);
	membership_detach(membership);
}

void registry_thread_ends(void)
{
}
