/* SPDX-License-Identifier: MIT */
/* Members of a region, their seats, and what is done when they die. */
#include "child.h"
#include "doors/files.h"
#include "doors/locks.h"
#include "members/recovery.h"
#include "names.h"
#include "pipe/handle.h"
#include "pipes.h"
#include "region/directory.h"
#include "region/names.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <weir/region.h>

enum { PLANT = 256 * 1024, RING = 4096 };

static struct weir_region *plant(void)
{
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, PLANT, NULL), 0);
	return region;
}

static int create(struct weir_pipe **end, struct weir_region *region,
                  const char *name)
{
	struct weir_pipe_options options = { .size = RING,
		                             .segment.region = region };

	return weir_pipe_create(end, name, &options);
}

static struct weir_pipe *created(struct weir_region *region, const char *name)
{
	struct weir_pipe *end;

	must_be(create(&end, region, name), 0);
	return end;
}

static uint32_t seats_taken(const struct weir_region *region)
{
	const struct table *seats = &region->membership.seats;
	uint32_t taken = 0;

	for (uint32_t i = 0; i < table_count(seats); i++) {
		const struct seat_layout *seat = table_at(seats, i);

		taken +=
			owner_state(load64_acquire(&seat->owner)) == SEAT_TAKEN;
	}
	return taken;
}

static uint32_t members_attached(const struct weir_region *region)
{
	uint32_t attached = 0;

	for (uint32_t i = 0; i < MEMBERS_MOST; i++)
		attached +=
			owner_state(load64_acquire(
				&region->shared->member[i])) == MEMBER_ATTACHED;
	return attached;
}

static int recover(struct weir_region *region)
{
	int code;

	registry_lock();
	code = recover_all(&region->membership);
	registry_unlock();
	return code;
}

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

/* ---- forks */

static void talk_without_descriptors(void *argument)
{
	struct weir_pipe **ends = argument;
	struct rlimit limit = { 0, 0 };
	struct weir_region *region = ends[0]->region;
	struct weir_pipe *none = NULL;
	int status;
	pid_t child;

	must_be(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 3;
	must_be(setrlimit(RLIMIT_NOFILE, &limit), 0);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		must_be(create(&none, region, NULL), -EMFILE);
		hear(ends[1], "to the child");
		say(ends[1], "from the child");
		_exit(0);
	}
	/* This lets nothing go that the child has as well. */
	weir_pipe_close(ends[1]);
	for (int i = 0; i < 100; i++)
		hear_nothing(ends[0]);
	say(ends[0], "to the child");
	hear(ends[0], "from the child");
	must_be(waitpid(child, &status, 0), child);
	must_be(status, 0);
}

static void test_a48_a_fork_without_descriptors_kills_no_end(void **state)
{
	struct weir_region *region = plant();
	struct weir_pipe *ends[2];

	ends[0] = created(region, "talk");
	must_be(weir_pipe_open_in(&ends[1], region, "talk"), 0);
	child_join(child_start(talk_without_descriptors, ends));
	unpair(ends);
	weir_region_close(region);
}

struct family {
	struct weir_region *region;
	struct weir_pipe *ends[2];
	bool killed; /* the parent, right after the fork; else it closes */
};

static void echo_once(struct weir_pipe *end)
{
	char buffer[8];

	must_be(weir_pipe_recv(end, buffer, 4, WEIR_FOREVER), 4);
	must_be(weir_pipe_send(end, buffer, 4, WEIR_FOREVER), 0);
}

static void leave_it_to_the_child(void *argument)
{
	struct family *family = argument;
	pid_t child;

	weir_pipe_close(family->ends[0]);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		echo_once(family->ends[1]);
		_exit(0);
	}
	if (family->killed)
		raise(SIGKILL);
	weir_pipe_close(family->ends[1]);
	weir_region_close(family->region);
}

/* The end never looks dead while it passes from parent to child. */
static void an_end_passes(bool killed)
{
	struct family family = { .region = plant(), .killed = killed };
	struct weir_pipe **ends = family.ends;
	char buffer[8];

	for (int i = 0; i < 150; i++) {
		pid_t child;

		ends[0] = created(family.region, "family");
		must_be(weir_pipe_open_in(&ends[1], family.region, "family"),
		        0);
		child = child_start(leave_it_to_the_child, &family);
		weir_pipe_close(ends[1]);
		say(ends[0], "ping");
		must_be(weir_pipe_recv(ends[0], buffer, 8, WEIR_FOREVER), 4);
		hear_the_end(ends[0]);
		weir_pipe_close(ends[0]);
		must_be(weir_region_remove(family.region, "family"), 0);
		child_wait(child);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	recover(family.region);
	must_be(members_attached(family.region), 1);
	weir_region_close(family.region);
}

static void test_an_end_outlives_a_parent_that_closes_it(void **state)
{
	an_end_passes(false);
}

static void test_an_end_outlives_a_parent_that_is_killed(void **state)
{
	an_end_passes(true);
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
		sentence(test_a48_a_fork_without_descriptors_kills_no_end),
		sentence(test_an_end_outlives_a_parent_that_closes_it),
		sentence(test_an_end_outlives_a_parent_that_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
