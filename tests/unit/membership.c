/* SPDX-License-Identifier: MIT */
/* Members of a region, their seats, and what is done when they die. */
#include "child.h"
#include "doors/files.h"
#include "doors/locks.h"
#include "region/names.h"
#include "unit/plant.h"

#include <pthread.h>

/* ---- seats */

static void *create_and_close(void *region)
{
	weir_pipe_close(created(region, NULL));
	return NULL;
}

static void test_a_thread_that_ends_leaves_its_seat(void **state)
{
	struct weir_region *region = plant();
	pthread_t thread;

	for (int i = 0; i < 500; i++) {
		must_be(pthread_create(&thread, NULL, create_and_close, region),
		        0);
		must_be(pthread_join(thread, NULL), 0);
	}
	must_be(seats_taken(region), 0);
	must_be(table_count(&region->membership.seats),
	        REGION_PAGE / sizeof(struct seat_layout));
	weir_region_close(region);
}

/* Two regions in turn: the cache of one misses, the list has both. */
static void test_a_thread_keeps_its_seat_in_every_region(void **state)
{
	struct weir_region *regions[2] = { plant(), plant() };
	struct seat_layout *first[2], *seat;

	for (int i = 0; i < 2; i++)
		must_be(seat_mine(&regions[i]->membership, &first[i]), 0);
	for (int i = 0; i < 100; i++) {
		must_be(seat_mine(&regions[i % 2]->membership, &seat), 0);
		must(seat == first[i % 2]);
	}
	for (int i = 0; i < 2; i++) {
		must_be(seats_taken(regions[i]), 1);
		weir_region_close(regions[i]);
	}
}

static void test_a33_every_seat_taken_is_eagain(void **state)
{
	struct weir_region *region = plant();
	const struct table *seats = &region->membership.seats;
	uint64_t word = owner_next(0, MEMBERS_MOST - 1, SEAT_TAKEN);
	struct weir_pipe *none = NULL;

	while (table_count(seats) < SEATS_MOST)
		must_be(table_grow(seats, region->segment.fd,
		                   table_count(seats)),
		        0);
	for (uint32_t i = 0; i < SEATS_MOST; i++) {
		struct seat_layout *seat = table_at(seats, i);

		store64_release(&seat->owner, word);
	}
	must_be(create(&none, region, NULL), -EAGAIN);
	must(none == NULL);
	weir_region_close(region);
}

/* ---- places */

static void test_a35_every_place_locked_is_eagain(void **state)
{
	struct weir_region *region = plant(), *none = NULL;
	int attacker = file_reopen(region->segment.fd);

	must(attacker >= 0);
	for (int i = 0; i < MEMBERS_MOST; i++)
		lock_try_exclusive(attacker, LOCK_MEMBERS + i);
	must_be(weir_region_open_fd(&none, weir_region_fd(region)), -EAGAIN);
	must(none == NULL);
	/* Who is a member goes on. */
	weir_pipe_close(created(region, NULL));
	file_close(attacker);
	must_be(weir_region_open_fd(&none, weir_region_fd(region)), 0);
	weir_region_close(none);
	weir_region_close(region);
}

static void test_places_of_the_dead_are_taken_again(void **state)
{
	struct weir_region *region = plant(), *second;

	for (uint32_t i = 0; i < MEMBERS_MOST; i++) {
		struct word64 *word = &region->shared->member[i];

		if (i != region->membership.place.index)
			store64_release(word,
			                owner_next(0, i, MEMBER_ATTACHED));
	}
	must_be(weir_region_open_fd(&second, weir_region_fd(region)), 0);
	weir_region_close(second);
	must_be(recover(region), MEMBERS_MOST - 2);
	must_be(members_attached(region), 1);
	weir_region_close(region);
}

static void attach_and_die(void *argument)
{
	struct weir_region *region = argument, *own;

	must_be(weir_region_open_fd(&own, weir_region_fd(region)), 0);
	must(own->membership.place.index != region->membership.place.index);
}

static void test_a_thousand_members_come_and_die(void **state)
{
	struct weir_region *region = plant();

	for (int i = 0; i < 1200; i++)
		child_join(child_start(attach_and_die, region));
	must(recover(region) > 0);
	must_be(members_attached(region), 1);
	must_be(seats_taken(region), 0);
	weir_region_close(region);
}

/* ---- what the dead announced */

enum half { DRAFTED, NAMED_NOT_YET, NAMED };

struct dying {
	struct weir_region *region;
	enum half half;
};

/* Half of directory_make and directory_publish. */
static void die_half_way(void *argument)
{
	struct dying *dying = argument;
	struct weir_region *region = dying->region;
	struct object_plan plan = { OBJECT_PIPE, 1000, "half" };
	struct entry_layout *entry;
	struct seat_layout *seat;
	struct object object;
	uint64_t word;

	must_be(seat_mine(&region->membership, &seat), 0);
	must_be(directory_make(region, seat, &plan, &object), 0);
	if (dying->half == DRAFTED)
		return;
	entry = table_at(&region->entries, object.entry);
	word = object.word;
	must(cas64(&entry->owner, &word, owner_turned(word, ENTRY_NAMING)));
	if (dying->half == NAMED)
		store64_release(&region->shared->named,
		                owner_said(word, object.entry));
}

static void test_what_the_dead_announced_is_settled(void **state)
{
	struct weir_region *region = plant();

	for (enum half half = DRAFTED; half <= NAMED; half++) {
		struct dying dying = { region, half };
		const struct entry_layout *entry = NULL;

		child_join(child_start(die_half_way, &dying));
		must_be(recover(region), 1);
		entry = table_at(&region->entries, 0);
		must_be(owner_state(load64_acquire(&entry->owner)),
		        half == NAMED ? ENTRY_LIVE : ENTRY_FREE);
		must_be(seats_taken(region), 0);
		must_be(weir_region_remove(region, "half"),
		        half == NAMED ? 0 : -ENOENT);
	}
	weir_region_close(region);
}

struct lie {
	struct weir_region *region;
	uint64_t operands[2];
};

static void announce_and_die(void *argument)
{
	struct lie *lie = argument;
	struct seat_layout *seat;

	must_be(seat_mine(&lie->region->membership, &seat), 0);
	seat_announce(seat, ANNOUNCE_CREATE, lie->operands, 2);
}

static void test_a34_a_false_announcement_harms_nobody(void **state)
{
	struct lie lie = { .region = plant() };
	struct weir_pipe *ends[2];
	const struct entry_layout *entry = table_at(&lie.region->entries, 0);

	ends[0] = created(lie.region, "victim");
	must_be(weir_pipe_open_in(&ends[1], lie.region, "victim"), 0);
	for (uint64_t i = 0; i < 4; i++) {
		lie.operands[0] = i < 2 ? 0 : UINT64_MAX / i;
		lie.operands[1] =
			owner_generation(load64_acquire(&entry->owner)) + i % 2;
		child_join(child_start(announce_and_die, &lie));
		must_be(recover(lie.region), 1);
		say(ends[0], "still");
		hear(ends[1], "still");
		must_be(create(&ends[0], lie.region, "victim"), -EEXIST);
	}
	unpair(ends);
	weir_region_close(lie.region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_thread_that_ends_leaves_its_seat),
		sentence(test_a_thread_keeps_its_seat_in_every_region),
		sentence(test_a33_every_seat_taken_is_eagain),
		sentence(test_a35_every_place_locked_is_eagain),
		sentence(test_places_of_the_dead_are_taken_again),
		sentence(test_a_thousand_members_come_and_die),
		sentence(test_what_the_dead_announced_is_settled),
		sentence(test_a34_a_false_announcement_harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
