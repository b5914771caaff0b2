/* SPDX-License-Identifier: MIT */
/* Who gets from a queue is killed at each instruction of each call there is. */
#include "case.h"
#include "crash/queue_explore.h"
#include "crash/queue_states.h"

#include <errno.h>

static unsigned char buffer[ITEM_LARGEST];

/* ---- what was before */

static void one_of_5(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 5);
}

static void at_lap_100(struct queue_world *world)
{
	queue_at_lap(world);
	queue_world_take(world);
	queue_world_give(world, 100);
	queue_world_give(world, 8);
}

static void one_of_300(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 300);
	queue_world_give(world, 8);
}

static void one_of_1000(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 1000);
}

static void one_of_9000(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 9000);
}

static void chain_came_back(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 300);
	queue_world_return(world);
	queue_world_give(world, 8);
}

/* Who stopped before he told the head has gone on. */
static void head_fell_back(struct queue_world *world)
{
	queue_two_of_100(world);
	store64_relaxed(&world->own->view.shared->head, CELLS);
}

static void somebody_waits_for_room(struct queue_world *world)
{
	queue_full(world);
	must_be(weir_queue_put(world->own, "", 1, 1), -ETIMEDOUT);
}

static void handed_out_too_often(struct queue_world *world)
{
	queue_one_of_100(world);
	queue_world_return(world);
	world->items[0].fate = "0";
	world->drops = 1;
}

/* ---- the calls */

static int get_in(struct queue_world *world, size_t capacity)
{
	return (int)weir_queue_get(world->own, buffer, capacity, WEIR_NOWAIT);
}

static int get(struct queue_world *world)
{
	return get_in(world, sizeof(buffer));
}

static int get_7(struct queue_world *world)
{
	return get_in(world, 7);
}

static int get_three(struct queue_world *world)
{
	struct iovec messages[] = { { buffer, 100 },
		                    { buffer + 100, 100 },
		                    { buffer + 200, 300 } };

	return (int)weir_queue_get_many(world->own, messages, 3, WEIR_NOWAIT);
}

static int get_two_that_fit(struct queue_world *world)
{
	struct iovec messages[] = { { buffer, 100 },
		                    { buffer + 100, 100 },
		                    { buffer + 200, 299 } };

	return (int)weir_queue_get_many(world->own, messages, 3, WEIR_NOWAIT);
}

#define SMALL   .plan = &small_blocks
#define LARGE   .plan = &large_blocks
#define GROUPED .plan = &grouped_blocks

static const struct queue_operation single[] = {
	{ "get 8 bytes", SMALL, queue_mixed, .call = get, .result = 8,
	  .fates = { "10" }, .seconds = { &second_put, &second_get } },
	{ "get 5 bytes, the last", SMALL, one_of_5, .call = get, .result = 5,
	  .fates = { "10" } },
	{ "get 100 bytes", SMALL, queue_two_and_one_got, .call = get,
	  .result = 100, .fates = { "120" },
	  .seconds = { &second_put, &second_get, &second_done,
	               &second_task_done, &second_shutdown } },
	{ "get 100 bytes, the last", SMALL, queue_one_of_100, .call = get,
	  .result = 100, .fates = { "120" },
	  .seconds = { &second_get, &second_lease } },
	{ "get 100 bytes, a lap begins", SMALL, at_lap_100, .call = get,
	  .result = 100, .fates = { "120" } },
	{ "get 100 bytes, head fell back", SMALL, head_fell_back, .call = get,
	  .result = 100, .fates = { "120" } },
	{ "get, somebody waits for room", SMALL, somebody_waits_for_room,
	  .call = get, .result = 8, .fates = { "10" } },
	{ "get, shut", SMALL, queue_is_shut, .call = get, .result = 100,
	  .fates = { "120" }, .seconds = { &second_get } },
	{ "get, nothing there", SMALL, queue_some_turns, .call = get,
	  .result = -EAGAIN, .looks = true },
	{ "get, small buffer", SMALL, queue_two_of_100, .call = get_7,
	  .result = -EMSGSIZE },
};

static const struct queue_operation chains[] = {
	{ "get 3 blocks", SMALL, one_of_300, .call = get, .result = 300,
	  .fates = { "120" },
	  .seconds = { &second_put, &second_get, &second_shutdown } },
	{ "get 3 blocks, in a region", .plan = &shared_region,
	  .prepare = one_of_300, .call = get, .result = 300,
	  .fates = { "120" } },
	{ "get 1 large block", LARGE, one_of_1000, .call = get, .result = 1000,
	  .fates = { "120" }, .seconds = { &second_put } },
	{ "get 3 large blocks", LARGE, one_of_9000, .call = get, .result = 9000,
	  .fates = { "120" } },
	{ "get from a group", GROUPED, queue_two_of_100, .call = get,
	  .result = 100, .fates = { "120" } },
	{ "get 3 blocks of a group", GROUPED, one_of_1000, .call = get,
	  .result = 1000, .fates = { "120" } },
};

static const struct queue_operation returned[] = {
	{ "get what came back", SMALL, queue_came_back, .call = get,
	  .result = 100, .fates = { "230" },
	  .seconds = { &second_get, &second_lease, &second_done } },
	{ "get 3 blocks that came back", SMALL, chain_came_back, .call = get,
	  .result = 300, .fates = { "230" } },
	{ "get what came back, grouped", GROUPED, queue_came_back, .call = get,
	  .result = 100, .fates = { "230" } },
	{ "get, it was handed out too often", .plan = &handed_out_once,
	  .prepare = handed_out_too_often, .call = get, .result = -EAGAIN,
	  .looks = true },
};

static const struct queue_operation several[] = {
	{ "get_many", SMALL, queue_mixed, .call = get_three, .result = 3,
	  .fates = { "10", "120", "120" } },
	{ "get_many, two that fit", SMALL, queue_mixed,
	  .call = get_two_that_fit, .result = 2, .fates = { "10", "120" } },
	{ "get_many, one came back", SMALL, queue_came_back, .call = get_three,
	  .result = 2, .fates = { "230", "120" } },
};

static void test_get_killed_at_every_instruction(void **state)
{
	queue_explore_these(single);
}

static void test_get_of_chains_killed_at_every_instruction(void **state)
{
	queue_explore_these(chains);
}

static void test_get_of_returned_killed_at_every_instruction(void **state)
{
	queue_explore_these(returned);
}

static void test_get_many_killed_at_every_instruction(void **state)
{
	queue_explore_these(several);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_get_killed_at_every_instruction),
		sentence(test_get_of_chains_killed_at_every_instruction),
		sentence(test_get_of_returned_killed_at_every_instruction),
		sentence(test_get_many_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
