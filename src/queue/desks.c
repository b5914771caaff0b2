/* SPDX-License-Identifier: MIT */
#include "queue/desks.h"

#include "doors/threads.h"
#include "members/registry.h"

#include <stdlib.h>

__thread struct desk_cache desk_cache[DESKS_CACHED];

static struct desk *new_desk(struct weir_queue *queue)
{
	struct desk *desk;

	if (thread_at_exit(registry_thread_ends) < 0)
		return NULL;
	desk = calloc(1, sizeof(*desk));
	if (!desk)
		return NULL;
	desk->thread = &desk_cache;
	desk->group = NO_GROUP;
	desk->keeps = queue->keepers < KEEPERS;
	queue->keepers += desk->keeps;
	desk->next = queue->desks;
	queue->desks = desk;
	return desk;
}

struct desk *desk_mine_slow(struct weir_queue *queue)
{
	struct desk_cache *cached = &desk_cache[queue->id % DESKS_CACHED];
	struct desk *desk;

	registry_lock();
	desk = queue->desks;
	while (desk && desk->thread != &desk_cache)
		desk = desk->next;
	if (!desk)
		desk = new_desk(queue);
	registry_unlock();
	cached->id = desk ? queue->id : 0;
	cached->desk = desk;
	return desk;
}

/* Takes a desk out of the list; its group stays as it is. */
static void forget(struct weir_queue *queue, struct desk **place)
{
	struct desk *desk = *place;

	*place = desk->next;
	queue->keepers -= desk->keeps;
	free(desk);
}

static struct weir_queue *queue_of(struct dependent *dependent)
{
	return (void *)((char *)dependent -
	                offsetof(struct weir_queue, dependent));
}

static void thread_ends(struct dependent *dependent)
{
	struct weir_queue *queue = queue_of(dependent);
	struct desk **place = &queue->desks;

	while (*place && (*place)->thread != &desk_cache)
		place = &(*place)->next;
	if (!*place)
		return;
	group_leave(&queue->view.groups, *place);
	forget(queue, place);
}

static void forked(struct dependent *dependent)
{
	struct weir_queue *queue = queue_of(dependent);

	while (queue->desks)
		forget(queue, &queue->desks);
	queue->id = registry_new_id();
}

void desks_begin(struct weir_queue *queue)
{
	queue->id = registry_new_id();
	queue->dependent.thread_ends = thread_ends;
	queue->dependent.forked = forked;
	membership_depend(&queue->home.region->membership, &queue->dependent);
}

void desks_end(struct weir_queue *queue)
{
	membership_independ(&queue->home.region->membership, &queue->dependent);
	while (queue->desks) {
		group_leave(&queue->view.groups, queue->desks);
		forget(queue, &queue->desks);
	}
}
