/* SPDX-License-Identifier: MIT */
#include "crash/queue_states.h"

#include "case.h"

void queue_some_turns(struct queue_world *world)
{
	queue_world_turn(world, SOME_TURNS);
}

void queue_at_lap(struct queue_world *world)
{
	queue_world_turn(world, CELLS - 1);
	queue_world_give(world, 8);
}

void queue_one_of_100(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 100);
}

void queue_two_of_100(struct queue_world *world)
{
	queue_one_of_100(world);
	queue_world_give(world, 100);
}

void queue_two_and_one_got(struct queue_world *world)
{
	queue_two_of_100(world);
	queue_world_give(world, 100);
	queue_world_take(world);
}

void queue_mixed(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 8);
	queue_world_give(world, 100);
	queue_world_give(world, 300);
}

void queue_almost_full(struct queue_world *world)
{
	queue_some_turns(world);
	queue_world_give(world, 8);
	queue_world_give(world, 100);
	queue_world_give(world, 5);
}

void queue_full(struct queue_world *world)
{
	queue_almost_full(world);
	queue_world_give(world, 8);
}

void queue_came_back(struct queue_world *world)
{
	queue_one_of_100(world);
	queue_world_return(world);
	queue_world_give(world, 100);
}

void queue_cell_was_leased(struct queue_world *world)
{
	struct weir_lease lease;

	queue_some_turns(world);
	queue_world_give(world, 8);
	must_be(weir_queue_lease(world->own, WEIR_NOWAIT, &lease), 0);
	must_be(weir_queue_done(world->own, &lease), 0);
	world->count--;
	queue_world_turn(world, CELLS - 1);
}

void queue_is_shut(struct queue_world *world)
{
	queue_one_of_100(world);
	must_be(weir_queue_shutdown(world->own, false), 0);
	world->shut = true;
}
