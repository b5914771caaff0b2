/* SPDX-License-Identifier: MIT */
/* Who puts into a queue is killed at each instruction of each call there is. */
#include "case.h"
#include "crash/queue_explore.h"
#include "crash/queue_states.h"
#include "pattern.h"

#include <errno.h>

static struct weir_loan loan;

/* ---- what was before */

static void somebody_sleeps(struct queue_world *world)
{
	unsigned char byte;

	queue_some_turns(world);
	must_be(weir_queue_get(world->own, &byte, 1, 1), -ETIMEDOUT);
}

/* The survivor fills all blocks but two. */
static void two_blocks(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 6 * 112);
}

/* ---- the calls */

static int put(struct queue_world *world, size_t size)
{
	return weir_queue_put(world->own, queue_in_flight[0], size,
	                      WEIR_NOWAIT);
}

static int put_5(struct queue_world *world)
{
	return put(world, 5);
}

static int put_8(struct queue_world *world)
{
	return put(world, 8);
}

static int put_100(struct queue_world *world)
{
	return put(world, 100);
}

static int put_300(struct queue_world *world)
{
	return put(world, 300);
}

static int put_1000(struct queue_world *world)
{
	return put(world, 1000);
}

static int put_9000(struct queue_world *world)
{
	return put(world, 9000);
}

/* A thread keeps the group of its first message. */
static void put_before(struct queue_world *world)
{
	must_be(put(world, 90), 0);
}

static int put_second(struct queue_world *world)
{
	return weir_queue_put(world->own, queue_in_flight[1], 100, WEIR_NOWAIT);
}

static int put_second_chain(struct queue_world *world)
{
	return weir_queue_put(world->own, queue_in_flight[1], 1000,
	                      WEIR_NOWAIT);
}

static int put_three(struct queue_world *world)
{
	struct iovec messages[] = { { queue_in_flight[0], 8 },
		                    { queue_in_flight[1], 100 },
		                    { queue_in_flight[2], 300 } };

	return (int)weir_queue_put_many(world->own, messages, 3, WEIR_NOWAIT);
}

static int reserve(struct queue_world *world, size_t size)
{
	int code = weir_queue_reserve(world->own, size, WEIR_NOWAIT, &loan);

	if (code < 0)
		return code;
	memset(loan.data, 0x5a, size);
	memcpy(loan.data, queue_in_flight[0], size - 20);
	loan.size = size - 20;
	return 0;
}

static int reserve_and_commit(struct queue_world *world)
{
	int code = reserve(world, 110);

	return code < 0 ? code : weir_queue_commit(world->own, &loan);
}

static int reserve_and_commit_large(struct queue_world *world)
{
	int code = reserve(world, 4096);

	return code < 0 ? code : weir_queue_commit(world->own, &loan);
}

static int reserve_and_abandon(struct queue_world *world)
{
	int code = reserve(world, 110);

	weir_queue_abandon(world->own, &loan);
	return code;
}

static void reserve_before(struct queue_world *world)
{
	must_be(reserve(world, 110), 0);
}

static int close_it(struct queue_world *world)
{
	weir_queue_close(world->own);
	return 0;
}

#define SMALL   .plan = &small_blocks
#define LARGE   .plan = &large_blocks
#define GROUPED .plan = &grouped_blocks

static const struct queue_operation single[] = {
	{ "put 8 bytes", SMALL, queue_some_turns, .call = put_8, .puts = { 8 },
	  .seconds = { &second_put, &second_get, &second_lease } },
	{ "put 5 bytes, the first of all", SMALL, .call = put_5, .puts = { 5 },
	  .seconds = { &second_shutdown } },
	{ "put 8 bytes, a lap begins", SMALL, queue_at_lap, .call = put_8,
	  .puts = { 8 } },
	{ "put 8 bytes, somebody sleeps", SMALL, somebody_sleeps, .call = put_8,
	  .puts = { 8 } },
	{ "put 100 bytes", SMALL, queue_some_turns, .call = put_100,
	  .puts = { 100 },
	  .seconds = { &second_put, &second_get, &second_lease,
	               &second_shutdown } },
	{ "put 100 bytes, the last room", SMALL, queue_almost_full,
	  .call = put_100, .puts = { 100 } },
	{ "put 100 bytes, full", SMALL, queue_full, .call = put_100,
	  .result = -EAGAIN, .looks = true },
	{ "put 100 bytes, one came back", SMALL, queue_came_back,
	  .call = put_100, .puts = { 100 } },
	{ "put 100 bytes over a lease", SMALL, queue_cell_was_leased,
	  .call = put_100, .puts = { 100 } },
	{ "put 8 bytes over a lease", SMALL, queue_cell_was_leased,
	  .call = put_8, .puts = { 8 } },
	{ "put 100 bytes, shut", SMALL, queue_is_shut, .call = put_100,
	  .result = -ESHUTDOWN },
};

static const struct queue_operation chains[] = {
	{ "put 3 blocks", SMALL, queue_one_of_100, .call = put_300,
	  .puts = { 300 }, .seconds = { &second_put, &second_get } },
	{ "put 3 blocks, a lap begins", SMALL, queue_at_lap, .call = put_300,
	  .puts = { 300 } },
	{ "put 3 blocks of two", SMALL, two_blocks, .call = put_300,
	  .result = -EAGAIN, .looks = true },
	{ "put 3 blocks, in a region", .plan = &shared_region,
	  .prepare = queue_one_of_100, .call = put_300, .puts = { 300 } },
	{ "put 1 large block", LARGE, queue_some_turns, .call = put_1000,
	  .puts = { 1000 } },
	{ "put 3 large blocks", LARGE, queue_one_of_100, .call = put_9000,
	  .puts = { 9000 } },
};

static const struct queue_operation groups[] = {
	{ "put into a group, the first of all", GROUPED, .call = put_100,
	  .puts = { 100 } },
	{ "put into a group", GROUPED, queue_one_of_100, .call = put_100,
	  .puts = { 100 }, .seconds = { &second_put } },
	{ "put into its own group", GROUPED, queue_one_of_100, put_before,
	  put_second, .puts = { 90, 100 }, .seconds = { &second_put } },
	{ "put 3 blocks of its own group", GROUPED, queue_one_of_100,
	  put_before, put_second_chain, .puts = { 90, 1000 } },
	{ "put 3 blocks of a group", GROUPED, queue_one_of_100,
	  .call = put_1000, .puts = { 1000 } },
};

static const struct queue_operation several[] = {
	{ "put_many", SMALL, queue_some_turns, .call = put_three,
	  .puts = { 8, 100, 300 }, .result = 3 },
	{ "put_many, room for two", SMALL, two_blocks, .call = put_three,
	  .puts = { 8, 100 }, .result = 2 },
	{ "reserve, commit", SMALL, queue_one_of_100,
	  .call = reserve_and_commit, .puts = { 90 } },
	{ "reserve, commit, large", LARGE, queue_one_of_100,
	  .call = reserve_and_commit_large, .puts = { 4076 } },
	{ "reserve, commit, full", SMALL, queue_full,
	  .call = reserve_and_commit, .result = -EAGAIN, .looks = true },
	{ "reserve, abandon", SMALL, queue_one_of_100,
	  .call = reserve_and_abandon },
	{ "reserve, abandon, grouped", GROUPED, queue_one_of_100,
	  .call = reserve_and_abandon },
	{ "close with a loan", SMALL, queue_one_of_100,
	  .before = reserve_before, .call = close_it },
};

static void test_put_killed_at_every_instruction(void **state)
{
	queue_explore_these(single);
}

static void test_put_of_chains_killed_at_every_instruction(void **state)
{
	queue_explore_these(chains);
}

static void test_put_in_groups_killed_at_every_instruction(void **state)
{
	queue_explore_these(groups);
}

static void test_batches_and_loans_killed_at_every_instruction(void **state)
{
	queue_explore_these(several);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_put_killed_at_every_instruction),
		sentence(test_put_of_chains_killed_at_every_instruction),
		sentence(test_put_in_groups_killed_at_every_instruction),
		sentence(test_batches_and_loans_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
