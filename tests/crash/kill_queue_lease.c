/* SPDX-License-Identifier: MIT */
/* Who has a lease, or takes one, is killed at each instruction. */
#include "case.h"
#include "crash/queue_explore.h"
#include "crash/queue_states.h"
#include "pattern.h"

#include <errno.h>

enum { LAP_PUTS = 40, ALL_BLOCKS = 8 * 112 };

static struct weir_lease lease;
static unsigned char buffer[ITEM_LARGEST];

/* ---- what was before */

static void two_of_8(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 8);
	queue_world_give(world, 8);
}

static void only_8(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 8);
}

static void chain(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 8);
	queue_world_take(world);
	queue_world_give(world, 300);
	queue_world_give(world, 8);
}

static void of_1000(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 1000);
	queue_world_give(world, 8);
}

static void of_9000(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 9000);
}

static void no_block_is_free(struct queue_world *world)
{
	only_8(world);
	queue_world_give(world, ALL_BLOCKS);
}

/* ---- the calls */

static int take(struct queue_world *world)
{
	return weir_queue_lease(world->own, WEIR_NOWAIT, &lease);
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

static int close_it(struct queue_world *world)
{
	weir_queue_close(world->own);
	return 0;
}

/* ---- others: put one into the cell of the lease, a lap later */

static void a_lap_but_one(struct queue_world *world)
{
	if (!weir_queue_empty(world->own))
		return;
	for (int i = 1; i < CELLS; i++) {
		must_be(weir_queue_put(world->own, "", 1, WEIR_NOWAIT), 0);
		must_be(weir_queue_get(world->own, buffer, 1, WEIR_NOWAIT), 1);
		must_be(weir_queue_task_done(world->own), 0);
	}
}

static int put(struct queue_world *world)
{
	pattern_fill(buffer, LAP_PUTS, (uint64_t)IN_FLIGHT + OPERATION_PUTS);
	return weir_queue_put(world->own, buffer, LAP_PUTS, WEIR_NOWAIT);
}

static const struct queue_second put_a_lap_later = {
	.name = "then a put a lap later killed",
	.before = a_lap_but_one,
	.call = put,
	.puts = LAP_PUTS,
};

#define SMALL   .plan = &small_blocks
#define LARGE   .plan = &large_blocks
#define GROUPED .plan = &grouped_blocks

static const struct queue_operation leases[] = {
	{ "lease 100 bytes", SMALL, queue_two_of_100, .call = take,
	  .fates = { "12" },
	  .seconds = { &second_put, &second_lease, &second_done } },
	{ "lease 8 bytes", SMALL, two_of_8, .call = take, .fates = { "12" },
	  .seconds = { &second_get, &second_lease, &second_done,
	               &second_shutdown } },
	{ "lease 8 bytes, the last", SMALL, only_8, .call = take,
	  .fates = { "12" },
	  .seconds = { &put_a_lap_later, &second_get, &second_lease } },
	{ "lease 8 bytes, all blocks are queued", SMALL, no_block_is_free,
	  .call = take, .fates = { "12" } },
	{ "lease 3 blocks", SMALL, chain, .call = take, .fates = { "12" } },
	{ "lease what came back", SMALL, queue_came_back, .call = take,
	  .fates = { "23" }, .seconds = { &second_lease } },
	{ "lease 8 bytes, in a region", .plan = &shared_region,
	  .prepare = two_of_8, .call = take, .fates = { "12" },
	  .seconds = { &second_done } },
	{ "lease 1 large block", LARGE, of_1000, .call = take,
	  .fates = { "12" } },
	{ "lease 8 bytes into a large block", LARGE, two_of_8, .call = take,
	  .fates = { "12" } },
	{ "lease 8 bytes into a group", GROUPED, two_of_8, .call = take,
	  .fates = { "12" } },
};

static const struct queue_operation ends[] = {
	{ "done with 100 bytes", SMALL, queue_two_and_one_got, take_before,
	  done, .fates = { "20" }, .finishes = true,
	  .seconds = { &second_put, &second_done, &second_task_done,
	               &second_shutdown } },
	{ "done with 8 bytes", SMALL, two_of_8, take_before, done,
	  .fates = { "20" }, .finishes = true, .seconds = { &second_done } },
	{ "done with 3 blocks", SMALL, chain, take_before, done,
	  .fates = { "20" }, .finishes = true,
	  .seconds = { &second_get, &second_done, &second_task_done } },
	{ "done with what came back", SMALL, queue_came_back, take_before, done,
	  .fates = { "30" }, .finishes = true },
	{ "done, shut", SMALL, queue_is_shut, take_before, done,
	  .fates = { "20" }, .finishes = true },
	{ "done in a region", .plan = &shared_region,
	  .prepare = queue_two_of_100, .before = take_before, .call = done,
	  .fates = { "20" }, .finishes = true },
	{ "done with 1 large block", LARGE, of_1000, take_before, done,
	  .fates = { "20" }, .finishes = true },
	{ "done with 3 large blocks", LARGE, of_9000, take_before, done,
	  .fates = { "20" }, .finishes = true },
	{ "done in a group", GROUPED, queue_two_of_100, take_before, done,
	  .fates = { "20" }, .finishes = true },
	{ "giveback of 100 bytes", SMALL, queue_two_of_100, take_before,
	  give_back, .fates = { "2" }, .seconds = { &second_lease } },
	{ "giveback of 8 bytes", SMALL, two_of_8, take_before, give_back,
	  .fates = { "2" }, .seconds = { &second_get } },
	{ "giveback of 3 blocks", SMALL, chain, take_before, give_back,
	  .fates = { "2" } },
	{ "giveback of 3 large blocks", LARGE, of_9000, take_before, give_back,
	  .fates = { "2" } },
	{ "close with a lease", SMALL, queue_two_of_100, take_before, close_it,
	  .fates = { "2" } },
	{ "close with a lease, grouped", GROUPED, two_of_8, take_before,
	  close_it, .fates = { "2" } },
};

static void test_lease_killed_at_every_instruction(void **state)
{
	queue_explore_these(leases);
}

static void test_its_end_killed_at_every_instruction(void **state)
{
	queue_explore_these(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_lease_killed_at_every_instruction),
		sentence(test_its_end_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
