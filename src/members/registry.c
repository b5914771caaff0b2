/* SPDX-License-Identifier: MIT */
#include "members/registry.h"

#include "doors/threads.h"
#include "doors/urcu.h"
#include "members/seats.h"

static struct thread_lock lock;
static struct membership *memberships;
static uint64_t ids;
static bool handlers;

void registry_lock(void)
{
	thread_lock(&lock);
}

void registry_unlock(void)
{
	thread_unlock(&lock);
}

uint64_t registry_new_id(void)
{
	return ++ids;
}

static void before_fork(void)
{
	struct membership *membership;

	registry_lock();
	for (membership = memberships; membership;
	     membership = membership->next)
		membership_before_fork(membership);
	grace_before_fork();
}

static void after_fork_parent(void)
{
	struct membership *membership;

	grace_after_fork_parent();
	for (membership = memberships; membership;
	     membership = membership->next)
		membership_after_fork_parent(membership);
	registry_unlock();
}

static void after_fork_child(void)
{
	struct membership *membership;

	grace_after_fork_child();
	for (membership = memberships; membership;
	     membership = membership->next) {
		membership_after_fork_child(membership);
		seats_forget(membership);
		membership->id = registry_new_id();
		membership_tell_forked(membership);
	}
	registry_unlock();
}

int registry_add(struct membership *membership)
{
	int code = 0;

	if (!handlers)
		code = threads_at_fork(before_fork, after_fork_parent,
		                       after_fork_child);
	if (code < 0)
		return code;
	handlers = true;
	code = membership_attach(membership);
	if (code < 0)
		return code;
	membership->id = registry_new_id();
	membership->next = memberships;
	memberships = membership;
	return 0;
}

void registry_remove(struct membership *membership)
{
	struct membership **place = &memberships;

	while (*place != membership)
		place = &(*place)->next;
	*place = membership->next;
	seats_leave(membership);
	membership_detach(membership);
}

void registry_thread_ends(void)
{
	struct membership *membership;

	registry_lock();
	for (membership = memberships; membership;
	     membership = membership->next) {
		membership_tell_thread_ends(membership);
		seats_leave_thread(membership);
	}
	registry_unlock();
}
