/* SPDX-License-Identifier: MIT */
/* Who counts tasks, or ends a queue, is killed at each instruction. */
#include "case.h"
#include "crash/queue_explore.h"
#include "crash/queue_states.h"

#include <errno.h>

static struct weir_lease lease;

/* ---- what was before */

static void one_was_got(struct queue_world *world)
{
	queue_two_of_100(world);
	queue_world_take(world);
}

static void two_were_got(struct queue_world *world)
{
	queue_two_of_100(world);
	queue_world_take(world);
	queue_world_take(world);
}

static void all_kinds(struct queue_world *world)
{
	queue_came_back(world);
	queue_world_give(world, 8);
	queue_world_give(world, 300);
}

static void first_lap(struct queue_world *world)
{
	queue_world_give(world, 8);
	queue_world_give(world, 100);
}

static void is_shut(struct queue_world *world)
{
	all_kinds(world);
	must_be(weir_queue_shutdown(world->own, false), 0);
	world->shut = true;
}

static void is_going_to_be_shut(struct queue_world *world)
{
	queue_two_of_100(world);
	world->shut = true;
}

/* ---- the calls */

static void lease_and_shut(struct queue_world *world)
{
	must_be(weir_queue_lease(world->own, WEIR_NOWAIT, &lease), 0);
	must_be(weir_queue_shutdown(world->own, true), 0);
}

static int task_done(struct queue_world *world)
{
	return weir_queue_task_done(world->own);
}

static int join(struct queue_world *world)
{
	return weir_queue_join(world->own, WEIR_NOWAIT);
}

static int shut(struct queue_world *world)
{
	return weir_queue_shutdown(world->own, false);
}

static int shut_and_drop(struct queue_world *world)
{
	return weir_queue_shutdown(world->own, true);
}

static int give_back(struct queue_world *world)
{
	return weir_queue_giveback(world->own, &lease);
}

static int done(struct queue_world *world)
{
	return weir_queue_done(world->own, &lease);
}

#define SMALL   .plan = &small_blocks
#define LARGE   .plan = &large_blocks
#define GROUPED .plan = &grouped_blocks

static const struct queue_operation tasks[] = {
	{ "task_done", SMALL, one_was_got, .call = task_done, .task_done = true,
	  .seconds = { &second_done } },
	{ "task_done of two", SMALL, two_were_got, .call = task_done,
	  .task_done = true, .seconds = { &second_put } },
	{ "task_done of none", SMALL, queue_some_turns, .call = task_done,
	  .result = -EOVERFLOW },
	{ "join", SMALL, queue_some_turns, .call = join },
	{ "join in vain", SMALL, one_was_got, .call = join, .result = -EAGAIN,
	  .looks = true },
};

static const struct queue_operation shutdowns[] = {
	{ "shutdown", SMALL, all_kinds, .call = shut, .shuts = true,
	  .seconds = { &second_put, &second_get, &second_shutdown } },
	{ "shutdown, empty", SMALL, .call = shut, .shuts = true },
	{ "shutdown over a lease", SMALL, queue_cell_was_leased, .call = shut,
	  .shuts = true },
	{ "shutdown, immediate", SMALL, all_kinds, .call = shut_and_drop,
	  .shuts = true, .fates = { "20", "10", "10", "10" }, .finishes = true,
	  .seconds = { &second_put, &second_shutdown } },
	{ "shutdown, immediate, first lap", SMALL, first_lap,
	  .call = shut_and_drop, .shuts = true, .fates = { "10", "10" },
	  .finishes = true },
	{ "shutdown, immediate, full", SMALL, queue_full, .call = shut_and_drop,
	  .shuts = true, .fates = { "10", "10", "10", "10" },
	  .finishes = true },
	{ "shutdown, immediate, shut before", SMALL, is_shut,
	  .call = shut_and_drop, .shuts = true,
	  .fates = { "20", "10", "10", "10" }, .finishes = true },
	{ "shutdown, immediate, large", LARGE, all_kinds, .call = shut_and_drop,
	  .shuts = true, .fates = { "20", "10", "10", "10" },
	  .finishes = true },
	{ "shutdown, immediate, grouped", GROUPED, all_kinds,
	  .call = shut_and_drop, .shuts = true,
	  .fates = { "20", "10", "10", "10" }, .finishes = true },
};

static const struct queue_operation after[] = {
	{ "giveback after the end", SMALL, is_going_to_be_shut, lease_and_shut,
	  give_back, .fates = { "0", "0" } },
	{ "done after the end", SMALL, is_going_to_be_shut, lease_and_shut,
	  done, .fates = { "0", "0" } },
};

static void test_tasks_killed_at_every_instruction(void **state)
{
	queue_explore_these(tasks);
}

static void test_shutdown_killed_at_every_instruction(void **state)
{
	queue_explore_these(shutdowns);
}

static void test_leases_after_the_end_killed_at_every_instruction(void **state)
{
	queue_explore_these(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_tasks_killed_at_every_instruction),
		sentence(test_shutdown_killed_at_every_instruction),
		sentence(test_leases_after_the_end_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
