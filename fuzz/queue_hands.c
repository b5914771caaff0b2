/* SPDX-License-Identifier: MIT */
/* How a hand comes to a queue, and goes: open, close, fork. */
#include "queue_acts.h"

#include "fork_region.h"
#include "members/seats.h"
#include "sim/heap.h"

#include <errno.h>

enum { OPEN_POINTS = 100000 };

int hand_forks_most;

void hand_opened(struct hand *hand)
{
	hand->member = home_member(&hand->queue->home);
	hand->leased = -1;
}

int hand_opens(struct hand *hand)
{
	int code = 0;

	entry_begin(CALL_OPEN, "open", 1);
	if (shape.in_region)
		code = weir_region_open(&hand->region, "r");
	if (code != 0)
		sim_fail("region open: %d", code);
	if (shape.in_region)
		code = weir_queue_open_in(&hand->queue, hand->region, "q");
	else
		code = weir_queue_open(&hand->queue, "q");
	if (code != 0)
		sim_fail("open: %d", code);
	hand_opened(hand);
	entry_end(&books.entry[books.under_way[hand->actor]], 0);
	return code;
}

void hand_closes(struct hand *hand)
{
	struct weir_region *region = hand->region;
	struct weir_queue *queue = hand->queue;

	entry_begin(CALL_CLOSE, "close", 1);
	leases_come_back(hand->actor);
	hand->leased = -1;
	hand->member = -1;
	hand->queue = NULL;
	weir_queue_close(queue);
	if (region)
		weir_region_close(region);
	hand->region = NULL;
	entry_end(&books.entry[books.under_way[hand->actor]], 0);
}

/* ---- fork, as the handlers of members/registry.c do it */

static void copy_desks(struct weir_queue *child)
{
	struct desk **place = &child->desks;

	while (*place) {
		struct desk *copy = sim_malloc(sizeof(*copy));

		*copy = **place;
		*place = copy;
		place = &copy->next;
	}
}

/* The child's copies of its parent's handles. */
static void inherit(struct hand *child, const struct hand *parent)
{
	struct weir_region *region = fork_region(parent->queue->home.region);
	struct weir_queue *queue = sim_malloc(sizeof(*queue));

	*queue = *parent->queue;
	queue->home.region = region;
	if (directory_keep(region, queue->home.entry) < 0)
		sim_fail("no memory for a hold");
	queue->view.pool.home = &queue->home;
	queue->view.index.pool = queue->view.groups.pool = &queue->view.pool;
	membership_depend(&region->membership, &queue->dependent);
	copy_desks(queue);
	queue->letters = NULL;
	child->region = parent->region ? region : NULL;
	child->queue = queue;
	child->inherited = parent->lease;
	if (parent->leased < 0)
		child->inherited.data = NULL;
}

static void child_lives(void *argument)
{
	struct hand *hand = argument;
	struct membership *membership = &hand->queue->home.region->membership;

	sim_call("fork", OPEN_POINTS);
	membership_after_fork_child(membership);
	seats_forget(membership);
	membership->id = registry_new_id();
	membership_tell_forked(membership);
	hand_opened(hand);
	hand_acts(hand, ACT_END_LEASE);
	hand_lives(hand);
}

void hand_forks(struct hand *hand)
{
	struct membership *membership = &hand->queue->home.region->membership;
	struct hand *child;

	if (hand_forks_most <= 0)
		return;
	hand_forks_most--;
	child = sim_calloc(1, sizeof(*child));
	sim_call("fork", OPEN_POINTS);
	membership_before_fork(membership);
	*child = (struct hand){
		.turns = 2,
		.bent = (int)option(4),
		.single = hand->single,
		.leased = -1,
		.member = -1,
	};
	inherit(child, hand);
	child->actor = sim_actor("child", child_lives, child);
	hands[child->actor] = child;
	if (child->single)
		sim_make_single(child->actor);
	sim_share_descriptors(child->actor);
	membership_after_fork_parent(membership);
}
