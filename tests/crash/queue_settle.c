/* SPDX-License-Identifier: MIT */
#include "crash/queue_settle.h"

#include "case.h"
#include "crash/queue_judge.h"
#include "crash/queue_whole.h"
#include "pattern.h"
#include "queue/tasks.h"

#include <errno.h>
#include <stdio.h>

enum { SIZES_MORE = 8, DRAINS_MOST = 64 };

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

static unsigned char buffer[ITEM_LARGEST];

/* ---- going on */

static ssize_t take_by_get(struct queue_world *world, struct weir_queue *queue,
                           const char **wrong)
{
	ssize_t size =
		weir_queue_get(queue, buffer, sizeof(buffer), WEIR_NOWAIT);

	if (size >= 0)
		*wrong = queue_came(world, buffer, (size_t)size, SOME);
	return size;
}

static ssize_t take_by_lease(struct queue_world *world,
                             struct weir_queue *queue, const char **wrong)
{
	struct weir_lease lease;
	int code = weir_queue_lease(queue, WEIR_NOWAIT, &lease);
	ssize_t size;

	/* A small message needs a block to be kept in. */
	if (code == -EAGAIN) {
		size = take_by_get(world, queue, wrong);
		return size < 0 || weir_queue_task_done(queue) == 0 ? size : -1;
	}
	if (code < 0)
		return code;
	*wrong = queue_came(world, lease.data, lease.size,
	                    (char)('0' + lease.deliveries));
	size = (ssize_t)lease.size;
	code = weir_queue_done(queue, &lease);
	return code < 0 ? code : size;
}

static ssize_t take_many(struct queue_world *world, struct weir_queue *queue,
                         const char **wrong)
{
	static unsigned char second[ITEM_LARGEST];
	struct iovec both[2] = { { buffer, sizeof(buffer) },
		                 { second, sizeof(second) } };
	ssize_t count = weir_queue_get_many(queue, both, 2, WEIR_NOWAIT);

	for (ssize_t i = 0; i < count && !*wrong; i++)
		*wrong = queue_came(world, both[i].iov_base, both[i].iov_len,
		                    SOME);
	return count;
}

typedef ssize_t (*taking)(struct queue_world *world, struct weir_queue *queue,
                          const char **wrong);

/* All that is there; then the queue says that it is empty. */
static const char *drain(struct queue_world *world, struct weir_queue *queue,
                         taking take)
{
	int last = world->shut ? -ESHUTDOWN : -EAGAIN;
	const char *wrong = NULL;
	ssize_t code = 0;

	for (int i = 0; i < DRAINS_MOST && code >= 0 && !wrong; i++) {
		queue_world_looks(queue);
		code = take(world, queue, &wrong);
	}
	if (wrong)
		return wrong;
	if (code != last)
		return complain("take: %zd, not %d", code, last);
	return queue_judge(world);
}

static int put_next(struct queue_world *world, struct weir_queue *queue,
                    uint32_t size)
{
	int code;

	pattern_fill(buffer, size, world->seed + 1);
	code = weir_queue_put(queue, buffer, size, WEIR_NOWAIT);
	if (code == 0)
		queue_world_owe(world, ++world->seed, size, "1");
	return code;
}

/* ---- the ways */

static int delivered(const struct queue_world *world)
{
	int count = 0;

	for (int i = 0; i < world->count; i++)
		count += world->items[i].seen != '0';
	return count;
}

/* Somebody was killed amid a shutdown: is it in force? */
static const char *probe(struct queue_world *world, struct weir_queue *queue)
{
	int code;

	if (!world->shuts || world->shut)
		return NULL;
	code = put_next(world, queue, SIZES_MORE);
	world->shut = code == -ESHUTDOWN;
	if (code != 0 && code != -EAGAIN && !world->shut)
		return complain("put amid a shutdown: %d", code);
	if (code == 0) {
		world->items[world->count - 1].fate = "10";
		world->items[world->count - 1].finishes = true;
		world->items[world->count - 1].drops = true;
	}
	return NULL;
}

/* What is dropped is dropped because the queue is shut. */
static const char *check_shut(const struct queue_world *world)
{
	for (int i = 0; i < world->count && world->shuts && !world->shut; i++) {
		if (world->items[i].seen == '0' && world->items[i].drops)
			return complain("message %d was dropped, but messages "
			                "are put",
			                i);
	}
	return NULL;
}

static const char *by_lease(struct queue_world *world, struct weir_queue *fresh)
{
	int code = home_recover(&fresh->home);
	const char *wrong = NULL;
	int64_t unfinished;
	size_t size;

	if (code < 0)
		return complain("recovery: %d", code);
	wrong = probe(world, fresh);
	world->was_shut = world->shuts && world->shut;
	unfinished = tasks_unfinished(&fresh->view);
	if (!wrong)
		wrong = probe(world, fresh);
	size = weir_queue_size(fresh);
	if (!wrong)
		wrong = drain(world, fresh, take_by_lease);
	/* Those that are dropped when somebody comes for them count. */
	if (!wrong && world->drops == 0 && size != (size_t)delivered(world))
		wrong = complain("size was %zu, %d came", size,
		                 delivered(world));
	if (!wrong && world->drops == 0 && !world->shuts)
		wrong = queue_check_unfinished(world, unfinished, true);
	if (!wrong)
		wrong = queue_check_unfinished(
			world, tasks_unfinished(&fresh->view), false);
	return wrong ? wrong : check_shut(world);
}

/* What is in the ring, as far as is known. */
static int in_ring(const struct queue_world *world)
{
	int count = 0;

	for (int i = 0; i < world->count; i++)
		count += world->items[i].fate[world->items[i].stage] == '1';
	return count;
}

static const char *fill(struct queue_world *world)
{
	int room = FEW - in_ring(world);
	int code;

	for (int i = 0; i < room; i++) {
		code = put_next(world, world->own, SIZES_MORE);
		if (code < 0)
			return complain("put %d of %d: %d", i, room, code);
	}
	code = put_next(world, world->own, SIZES_MORE);
	return code == -EAGAIN ? NULL
	                       : complain("put above capacity: %d", code);
}

static const char *by_get(struct queue_world *world)
{
	const char *wrong = world->shut ? NULL : fill(world);

	if (!wrong)
		wrong = drain(world, world->own, take_by_get);
	if (!wrong)
		wrong = queue_check_unfinished(
			world, tasks_unfinished(&world->own->view), true);
	return wrong;
}

static const char *by_many(struct queue_world *world, struct weir_queue *fresh)
{
	const char *wrong = drain(world, fresh, take_many);

	if (!wrong)
		wrong = queue_check_unfinished(
			world, tasks_unfinished(&fresh->view), true);
	return wrong;
}

/* What was there is dropped, and counts as done. */
static const char *by_end(struct queue_world *world, struct weir_queue *fresh)
{
	int64_t unfinished;
	int code = weir_queue_shutdown(fresh, true);

	if (code == 0)
		code = home_recover(&fresh->home);
	if (code < 0)
		return complain("shutdown, recovery: %d", code);
	unfinished = tasks_unfinished(&fresh->view);
	world->shut = true;
	for (int i = 0; i < world->count; i++) {
		struct item *item = &world->items[i];

		item->seen = '0';
		item->finishes |= item->fate[item->stage] != '0';
	}
	code = put_next(world, world->own, SIZES_MORE);
	if (code != -ESHUTDOWN)
		return complain("put after shutdown: %d", code);
	code = (int)weir_queue_get(fresh, buffer, sizeof(buffer), WEIR_NOWAIT);
	if (code != -ESHUTDOWN)
		return complain("get after shutdown: %d", code);
	return queue_check_unfinished(world, unfinished, false);
}

static const char *go_on(struct queue_world *world, struct weir_queue *fresh,
                         enum queue_way way)
{
	switch (way) {
	case BY_LEASE:
		return by_lease(world, fresh);
	case BY_GET:
		return by_get(world);
	case BY_MANY:
		return by_many(world, fresh);
	default:
		return by_end(world, fresh);
	}
}

static const char *check_drops(const struct queue_world *world,
                               const struct weir_queue *queue)
{
	uint64_t drops = weir_queue_dropped(queue);

	return drops == world->drops ? NULL
	                             : complain("%d were dropped", (int)drops);
}

static const char *settle(struct queue_world *world, struct weir_queue *fresh,
                          enum queue_way way)
{
	const char *wrong = go_on(world, fresh, way);

	if (!wrong && way != BY_END)
		wrong = check_drops(world, fresh);
	return wrong ? wrong : queue_whole(world, fresh);
}

const char *queue_settle(struct queue_world *world, enum queue_way way)
{
	struct queue_guest fresh, witness;
	const char *wrong;

	for (int i = 0; i < world->count; i++)
		world->items[i].seen = 0;
	queue_world_join(world, &fresh);
	wrong = settle(world, fresh.queue, way);
	queue_world_join(world, &witness);
	queue_world_part(&fresh);
	queue_world_end(world);
	if (!wrong)
		wrong = queue_is_left(witness.queue);
	queue_world_part(&witness);
	return wrong;
}
