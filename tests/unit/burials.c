/* SPDX-License-Identifier: MIT */
/* What members that die or leave held in the objects. */
#include "region/burial.h"

#include "child.h"
#include "doors/files.h"
#include "doors/locks.h"
#include "unit/homes.h"

#include <errno.h>

/*
 * Instead of src/kinds.c: queues have a burier, which counts, in their first
 * word for each member.
 */
static int verdict;

static int count_burial(const struct weir_region *region, unsigned char *at,
                        uint64_t bytes, uint32_t member)
{
	struct word64 *burials = (void *)at;

	must(bytes >= BYTES && at >= region->objects);
	add64(&burials[member], 1);
	return verdict;
}

object_burier object_burier_of(enum object_type type)
{
	return type == OBJECT_QUEUE ? count_burial : NULL;
}

/* No burial yet. */
static void format_zeros(void *subject, unsigned char *at, bool zeroed)
{
	memset(at, 0, BYTES);
}

static void make(struct home *home, struct weir_region *region,
                 const char *name, enum object_type type)
{
	struct weir_segment_options options = { .region = region };
	struct home_plan plan = { type, BYTES, 0 };

	must_be(home_create(home, name, &plan, &options, format_zeros, NULL),
	        0);
}

static uint64_t burials(const struct home *home, uint32_t member)
{
	struct word64 *words = (void *)home->at;

	return load64_acquire(&words[member]);
}

static uint64_t burials_of_all(const struct home *home)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < MEMBERS_MOST; i++)
		sum += burials(home, i);
	return sum;
}

struct victim {
	struct weir_region *region;
	uint32_t *member;
};

static void join_and_die(void *argument)
{
	struct victim *victim = argument;
	struct weir_region *region;

	must_be(weir_region_open_fd(&region, weir_region_fd(victim->region)),
	        0);
	*victim->member = region->membership.place.index;
}

/* A member number of `region` whose owner has died. */
static uint32_t dead_member(struct weir_region *region)
{
	struct victim victim = { region, shared_new(sizeof(uint32_t)) };
	uint32_t member;

	child_join(child_start(join_and_die, &victim));
	member = *victim.member;
	shared_free(victim.member, sizeof(uint32_t));
	return member;
}

/* ---- tests */

static void test_every_object_of_the_kind_is_told_of_a_death(void **state)
{
	struct weir_region *region = plant();
	struct home named, nameless, other;
	uint32_t member;

	make(&named, region, "named", OBJECT_QUEUE);
	make(&other, region, "other", OBJECT_EVENT);
	make(&nameless, region, NULL, OBJECT_QUEUE);
	member = dead_member(region);
	/* The child of the test has a place of its own, and dies as well. */
	must_be(recover(region), 2);
	must_be(burials(&named, member), 1);
	must_be(burials(&nameless, member), 1);
	must_be(burials_of_all(&named), 2);
	must_be(burials_of_all(&other), 0);
	must_be(recover(region), 0);
	must_be(burials_of_all(&named), 2);
	home_close(&named);
	home_close(&nameless);
	home_close(&other);
	weir_region_close(region);
}

static void test_an_object_of_its_own_is_told_too(void **state)
{
	struct home home;

	make(&home, NULL, NULL, OBJECT_QUEUE);
	registry_lock();
	must_be(home.region->membership.heir.bury(home.region, 77), 0);
	registry_unlock();
	must_be(burials(&home, 77), 1);
	home_close(&home);
}

static void test_who_leaves_alive_is_buried_as_well(void **state)
{
	struct weir_region *region = plant(), *second;
	struct home home;
	uint32_t member;

	make(&home, region, NULL, OBJECT_QUEUE);
	must_be(weir_region_open_fd(&second, weir_region_fd(region)), 0);
	member = second->membership.place.index;
	weir_region_close(second);
	must_be(burials(&home, member), 1);
	must_be(burials_of_all(&home), 1);
	home_close(&home);
	weir_region_close(region);
}

static void test_a_number_is_not_given_out_before_the_burial(void **state)
{
	struct weir_region *region = plant(), *second;
	struct home home;
	uint32_t member;

	make(&home, region, NULL, OBJECT_QUEUE);
	member = dead_member(region);
	for (uint32_t i = 0; i < MEMBERS_MOST; i++) {
		struct word64 *word = &region->shared->member[i];

		if (owner_state(load64_relaxed(word)) == OWNER_FREE)
			store64_release(word,
			                owner_next(0, i, MEMBER_ATTACHED));
	}
	must_be(weir_region_open_fd(&second, weir_region_fd(region)), 0);
	must_be(burials(&home, second->membership.place.index), 1);
	must_be(recover(region), MEMBERS_MOST - 2);
	must_be(burials(&home, member), 1);
	weir_region_close(second);
	home_close(&home);
	weir_region_close(region);
}

static void test_what_cannot_be_settled_is_asked_again(void **state)
{
	struct weir_region *region = plant();
	struct home first, second;
	uint32_t member;

	make(&first, region, NULL, OBJECT_QUEUE);
	make(&second, region, "second", OBJECT_QUEUE);
	member = dead_member(region);
	for (int i = 0; i < 2; i++) {
		verdict = i == 0 ? -EUCLEAN : -EAGAIN;
		must_be(recover(region), i == 0 ? -EUCLEAN : 0);
	}
	verdict = 0;
	must(recover(region) > 0);
	must_be(burials(&first, member), burials(&second, member));
	must(burials(&first, member) >= 2);
	must_be(members_attached(region), 1);
	home_close(&first);
	home_close(&second);
	weir_region_close(region);
}

/* Somebody, perhaps stopped, has the bytes of an object locked. */
static void test_a_locked_object_keeps_no_other_one_waiting(void **state)
{
	struct weir_region *region = plant();
	struct home named, nameless, last;
	int64_t use = LOCK_ENDS + LOCK_USE * LOCK_SIDE;
	int locker = file_reopen(region->segment.fd);
	uint32_t member;

	must(locker >= 0);
	make(&nameless, region, NULL, OBJECT_QUEUE);
	make(&named, region, "named", OBJECT_QUEUE);
	make(&last, region, NULL, OBJECT_QUEUE);
	home_close(&named);
	/* As if nobody used it any more. */
	registry_lock();
	directory_leave(region, nameless.entry);
	registry_unlock();
	member = dead_member(region);
	must(recover(region) > 0);
	must_be(burials(&last, member), 1);
	/* Removed: nobody will ever use it, so nothing is to be settled. */
	must_be(lock_try_exclusive(locker, use), 0);
	member = dead_member(region);
	must(recover(region) > 0);
	must_be(burials(&last, member), 2);
	/* But one with a name may be used later. */
	must_be(lock_try_exclusive(locker, use + 1), 0);
	member = dead_member(region);
	must_be(recover(region), 0);
	must_be(burials(&last, member), 3);
	must(members_attached(region) > 1);
	file_close(locker);
	must(recover(region) > 0);
	must_be(members_attached(region), 1);
	home_close(&last);
	weir_region_close(region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_every_object_of_the_kind_is_told_of_a_death),
		sentence(test_an_object_of_its_own_is_told_too),
		sentence(test_who_leaves_alive_is_buried_as_well),
		sentence(test_a_number_is_not_given_out_before_the_burial),
		sentence(test_what_cannot_be_settled_is_asked_again),
		sentence(test_a_locked_object_keeps_no_other_one_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
