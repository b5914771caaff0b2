/* SPDX-License-Identifier: MIT */
/*
 * A process that stands still at any instruction of a call at a queue keeps
 * nobody from putting and getting, and misses nothing that happens meanwhile.
 */
#include "case.h"
#include "crash/queue_meeting.h"
#include "crash/queue_states.h"

static struct weir_lease lease;
static struct weir_loan loan;

/* ---- what was before */

static void two_of_8(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 8);
	queue_world_give(world, 8);
}

static void two_of_300(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 300);
	queue_world_give(world, 300);
}

static void two_of_1000(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 1000);
	queue_world_give(world, 1000);
}

static void four_of_100(struct queue_world *world)
{
	queue_two_of_100(world);
	queue_world_give(world, 100);
	queue_world_give(world, 100);
}

static void three_of_100(struct queue_world *world)
{
	queue_two_of_100(world);
	queue_world_give(world, 100);
}

static void one_unfinished(struct queue_world *world)
{
	queue_one_of_100(world);
	queue_world_take(world);
}

/* ---- who is held up */

static int put_in_time(struct queue_world *world, size_t size, int64_t timeout)
{
	return weir_queue_put(world->own, queue_held_up, size, timeout);
}

static int put_8(struct queue_world *world)
{
	return put_in_time(world, 8, WEIR_NOWAIT);
}

static int put_100(struct queue_world *world)
{
	return put_in_time(world, 100, WEIR_NOWAIT);
}

static int put_300(struct queue_world *world)
{
	return put_in_time(world, 300, WEIR_NOWAIT);
}

static int put_and_wait(struct queue_world *world)
{
	return put_in_time(world, 100, WEIR_FOREVER);
}

static int reserve_and_commit(struct queue_world *world)
{
	int code = weir_queue_reserve(world->own, 100, WEIR_NOWAIT, &loan);

	if (code < 0)
		return code;
	memcpy(loan.data, queue_held_up, 100);
	return weir_queue_commit(world->own, &loan);
}

static int get_in_time(struct queue_world *world, int64_t timeout)
{
	return (int)weir_queue_get(world->own, queue_heard, ITEM_LARGEST,
	                           timeout);
}

static int get(struct queue_world *world)
{
	return get_in_time(world, WEIR_NOWAIT);
}

static int get_and_wait(struct queue_world *world)
{
	return get_in_time(world, WEIR_FOREVER);
}

static int take(struct queue_world *world)
{
	return weir_queue_lease(world->own, WEIR_NOWAIT, &lease);
}

static int take_and_wait(struct queue_world *world)
{
	return weir_queue_lease(world->own, WEIR_FOREVER, &lease);
}

static void take_before(struct queue_world *world)
{
	must_be(take(world), 0);
}

static int done(struct queue_world *world)
{
	return weir_queue_done(world->own, &lease);
}

static int give_back(struct queue_world *world)
{
	return weir_queue_giveback(world->own, &lease);
}

static int join(struct queue_world *world)
{
	return weir_queue_join(world->own, WEIR_FOREVER);
}

/* ---- what somebody else does meanwhile */

static void put_and_get(struct queue_world *world)
{
	queue_meeting_put(world, 40);
	queue_meeting_get(world);
}

/* What was freed last is used next. */
static void put_1000(struct queue_world *world)
{
	queue_meeting_put(world, 1000);
}

static void put_get_put(struct queue_world *world)
{
	queue_meeting_put(world, 40);
	queue_meeting_get(world);
	queue_meeting_put(world, 8);
}

static void put_one(struct queue_world *world)
{
	queue_meeting_put(world, 40);
}

static void get_one(struct queue_world *world)
{
	queue_meeting_get(world);
}

/* A finish that helps, and is helped. */
static void finish_one(struct queue_world *world)
{
	struct weir_lease other;

	must_be(weir_queue_lease(world->own, WEIR_NOWAIT, &other), 0);
	must_be((long long)other.size, 100);
	must_be(weir_queue_done(world->own, &other), 0);
	queue_world_drop(world, &world->items[1]);
	queue_meeting_put(world, 40);
}

static void finish_the_last(struct queue_world *world)
{
	must_be(weir_queue_task_done(world->own), 0);
	world->unfinished--;
}

#define SMALL   .plan = &small_blocks
#define GROUPED .plan = &grouped_blocks

static const struct queue_meeting puts_held_up[] = {
	{ "put 8 bytes | put, get", SMALL, queue_one_of_100, .held_up = put_8,
	  .meanwhile = put_get_put, .puts = 8 },
	{ "put 100 bytes | put, get", SMALL, queue_one_of_100,
	  .held_up = put_100, .meanwhile = put_get_put, .puts = 100 },
	{ "put 3 blocks | put, get", SMALL, queue_one_of_100,
	  .held_up = put_300, .meanwhile = put_get_put, .puts = 300 },
	{ "put into a group | put, get", GROUPED, queue_one_of_100,
	  .held_up = put_100, .meanwhile = put_get_put, .puts = 100 },
	{ "put over a lease | put, get", SMALL, queue_cell_was_leased,
	  .held_up = put_100, .meanwhile = put_and_get, .puts = 100 },
	{ "reserve, commit | put, get", SMALL, queue_one_of_100,
	  .held_up = reserve_and_commit, .meanwhile = put_get_put,
	  .puts = 100 },
	{ "put into a full queue | get", SMALL, four_of_100,
	  .held_up = put_and_wait, .meanwhile = get_one, .puts = 100,
	  .waits = true },
};

static const struct queue_meeting gets_held_up[] = {
	{ "get 8 bytes | put, get", SMALL, two_of_8, .held_up = get,
	  .result = 8, .meanwhile = put_and_get, .takes = '0' },
	{ "get 100 bytes | put, get", SMALL, three_of_100, .held_up = get,
	  .result = 100, .meanwhile = put_and_get, .takes = '0' },
	{ "get 3 blocks | put, get", SMALL, two_of_300, .held_up = get,
	  .result = 300, .meanwhile = put_and_get, .takes = '0' },
	{ "get a large block | put", .plan = &large_blocks,
	  .prepare = two_of_1000, .held_up = get, .result = 1000,
	  .meanwhile = put_1000, .takes = '0' },
	{ "get, nothing there | put", SMALL, queue_some_turns,
	  .held_up = get_and_wait, .result = 40, .meanwhile = put_one,
	  .takes = '0', .waits = true },
};

static const struct queue_meeting leases_held_up[] = {
	{ "lease 100 bytes | put, get", SMALL, three_of_100, .held_up = take,
	  .meanwhile = put_and_get, .takes = '2' },
	{ "lease 8 bytes | put, get", SMALL, two_of_8, .held_up = take,
	  .meanwhile = put_and_get, .takes = '2' },
	{ "lease, nothing there | put", SMALL, queue_some_turns,
	  .held_up = take_and_wait, .meanwhile = put_one, .takes = '2',
	  .waits = true },
	{ "done | put, get", SMALL, three_of_100, take_before, done,
	  .meanwhile = put_and_get, .fate = "20", .finishes = true },
	{ "done | lease, done", SMALL, three_of_100, take_before, done,
	  .meanwhile = finish_one, .fate = "20", .finishes = true },
	{ "giveback | put, get", SMALL, three_of_100, take_before, give_back,
	  .meanwhile = put_and_get, .fate = "2" },
	{ "join | task_done", SMALL, one_unfinished, .held_up = join,
	  .meanwhile = finish_the_last, .waits = true },
};

#define meet_these(meetings)                                                   \
	queue_meet_all(meetings, sizeof(meetings) / sizeof((meetings)[0]))

static void test_a_putter_held_up_anywhere_holds_up_nobody(void **state)
{
	meet_these(puts_held_up);
}

static void test_a_getter_held_up_anywhere_holds_up_nobody(void **state)
{
	meet_these(gets_held_up);
}

static void test_a_leaser_held_up_anywhere_holds_up_nobody(void **state)
{
	meet_these(leases_held_up);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_putter_held_up_anywhere_holds_up_nobody),
		sentence(test_a_getter_held_up_anywhere_holds_up_nobody),
		sentence(test_a_leaser_held_up_anywhere_holds_up_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
