/* SPDX-License-Identifier: MIT */
/* What others do while somebody is dead and not recovered. */
#include "crash/queue_explore.h"

#include "case.h"
#include "pattern.h"

enum { SECOND_SIZE = 40 };

static unsigned char buffer[ITEM_LARGEST];
static struct weir_lease leased;

static int put(struct queue_world *world)
{
	pattern_fill(buffer, SECOND_SIZE, (uint64_t)IN_FLIGHT + OPERATION_PUTS);
	return weir_queue_put(world->own, buffer, SECOND_SIZE, WEIR_NOWAIT);
}

static int get(struct queue_world *world)
{
	return (int)weir_queue_get(world->own, buffer, sizeof(buffer),
	                           WEIR_NOWAIT);
}

static int lease(struct queue_world *world)
{
	return weir_queue_lease(world->own, WEIR_NOWAIT, &leased);
}

static void lease_before(struct queue_world *world)
{
	lease(world);
}

static int done(struct queue_world *world)
{
	return weir_queue_done(world->own, &leased);
}

static int task_done(struct queue_world *world)
{
	return weir_queue_task_done(world->own);
}

static int end(struct queue_world *world)
{
	return weir_queue_shutdown(world->own, true);
}

const struct queue_second second_put = {
	.name = "then a put killed",
	.call = put,
	.puts = SECOND_SIZE,
};

const struct queue_second second_get = {
	.name = "then a get killed",
	.call = get,
	.takes = true,
	.looks = true,
};

const struct queue_second second_lease = {
	.name = "then a lease killed",
	.call = lease,
	.takes = true,
	.looks = true,
};

const struct queue_second second_done = {
	.name = "then a done killed",
	.before = lease_before,
	.call = done,
	.takes = true,
	.takes_finish = true,
};

const struct queue_second second_task_done = {
	.name = "then a task_done killed",
	.call = task_done,
	.task_done = true,
};

const struct queue_second second_shutdown = {
	.name = "then a shutdown killed",
	.call = end,
	.shuts = true,
};
