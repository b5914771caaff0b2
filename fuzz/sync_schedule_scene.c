/* SPDX-License-Identifier: MIT */
/*
 * The object that a schedule is about, and how a party comes to it and goes:
 * open, close, fork.
 */
#include "sync_schedule_inside.h"

#include "fork_region.h"
#include "members/seats.h"
#include "sim/heap.h"
#include "sync/rlock.h"

#include <malloc.h>

enum { PLANT = 16384, OPEN_POINTS = 100000 };

static struct party *first;

static void must_open(const char *what, int code)
{
	if (code < 0)
		sim_fail("%s: %d", what, code);
}

/* ---- before the run */

/* Tables that are scanned, and next to empty. */
static void leave_out_tables(const struct weir_region *region)
{
	const unsigned char *base = region->segment.base;

	sim_dull(region->shared->member, region->shared->member + MEMBERS_MOST);
	sim_dull(base + region->geometry.entries, base + region->geometry.size);
}

static struct party *party_new(void)
{
	struct party *party = sim_calloc(1, sizeof(*party));

	party->member = party->lock_member = -1;
	return party;
}

static void opened(struct party *party)
{
	party->member = home_member(&play->sync(party->handle)->home);
	party->lock_member = party->member;
	if (party->lock)
		party->lock_member = home_member(&party->lock->sync.home);
}

void sync_scene_begin(void)
{
	struct weir_segment_options segment = { .region = NULL };
	int code = 0;

	sim_sparse = true;
	first = party_new();
	if (sync_shape.in_region)
		code = weir_region_create(&first->region, SYNC_REGION, PLANT,
		                          NULL);
	segment.region = first->region;
	if (code == 0)
		code = play->create(first, &segment);
	must_open("create", code);
	if (code < 0)
		return;
	leave_out_tables(play->sync(first->handle)->home.region);
	if (first->lock && !sync_shape.in_region)
		leave_out_tables(first->lock->sync.home.region);
	play->begin(first);
	opened(first);
}

static void open_all(struct party *party)
{
	int code = 0;

	if (sync_shape.in_region)
		code = weir_region_open(&party->region, SYNC_REGION);
	must_open("region open", code);
	must_open("open", play->open(party));
	opened(party);
}

struct party *sync_scene_party(int number)
{
	struct party *party = number == 0 ? first : party_new();

	if (number > 0)
		open_all(party);
	return party;
}

static void give_of(const struct weir_region *region, int actor)
{
	sim_give_descriptor(region->segment.fd, actor);
	sim_give_descriptor(region->membership.place.hold_fd, actor);
	sim_give_descriptor(region->membership.place.probe_fd, actor);
}

void sync_scene_give(const struct party *party)
{
	give_of(play->sync(party->handle)->home.region, party->actor);
	if (party->lock && !sync_shape.in_region)
		give_of(party->lock->sync.home.region, party->actor);
}

/* ---- during it */

void party_opens(struct party *party)
{
	call_begin(party, "open", 0);
	open_all(party);
	call_end(party);
}

void party_closes(struct party *party)
{
	call_begin(party, "close", 0);
	if (play->closes)
		play->closes(party);
	party->closing = true;
	play->close(party->handle);
	party->handle = NULL;
	if (party->lock)
		weir_rlock_close(party->lock);
	party->lock = NULL;
	if (party->region)
		weir_region_close(party->region);
	party->region = NULL;
	party->member = party->lock_member = -1;
	party->having = 0;
	party->closing = false;
	call_end(party);
}

/* ---- fork, as the handlers of members/registry.c do it */

/* Handles are of the library's own size, which only the heap knows. */
static void *copy_handle(void *parent)
{
	size_t size = malloc_usable_size(parent);

	return memcpy(sim_malloc(size), parent, size);
}

static void settle_in(struct sync *sync, struct weir_region *region)
{
	sync->home.region = region;
	if (directory_keep(region, sync->home.entry) < 0)
		sim_fail("no memory for a hold");
}

static void inherit(struct party *child, const struct party *parent)
{
	struct weir_region *region =
		fork_region(play->sync(parent->handle)->home.region);

	child->handle = copy_handle(parent->handle);
	settle_in(play->sync(child->handle), region);
	if (parent->region)
		child->region = region;
	if (parent->lock) {
		child->lock = copy_handle(parent->lock);
		if (!parent->region)
			region = fork_region(parent->lock->sync.home.region);
		settle_in(&child->lock->sync, region);
	}
	if (play->inherited)
		play->inherited(child);
}

static struct membership *membership_of(const struct party *party, int which)
{
	if (which == 0)
		return &play->sync(party->handle)->home.region->membership;
	if (!party->lock || party->region)
		return NULL;
	return &party->lock->sync.home.region->membership;
}

static void (*child_body)(void *child);

static void child_lives(void *argument)
{
	struct party *child = argument;

	sim_call("fork", OPEN_POINTS);
	for (int i = 0; i < 2; i++) {
		struct membership *membership = membership_of(child, i);

		if (!membership)
			continue;
		membership_after_fork_child(membership);
		seats_forget(membership);
		membership->id = registry_new_id();
		membership_tell_forked(membership);
	}
	opened(child);
	call_end(child);
	child_body(child);
}

void party_forks(struct party *party, void (*body)(void *child))
{
	struct party *child = party_new();

	call_begin(party, "fork", 0);
	child_body = body;
	for (int i = 0; i < 2; i++) {
		if (membership_of(party, i))
			membership_before_fork(membership_of(party, i));
	}
	inherit(child, party);
	child->turns = 1;
	child->child = true;
	child->number = party->number;
	child->call = "fork";
	child->actor = sim_actor("child", child_lives, child);
	parties[child->actor] = child;
	sim_share_descriptors(child->actor);
	for (int i = 0; i < 2; i++) {
		if (membership_of(party, i))
			membership_after_fork_parent(membership_of(party, i));
	}
	call_end(party);
}
