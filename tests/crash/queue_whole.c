/* SPDX-License-Identifier: MIT */
#include "crash/queue_whole.h"

#include "case.h"
#include "pattern.h"
#include "queue/tasks.h"
#include "rings/returned.h"

#include <errno.h>
#include <stdio.h>

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

static unsigned char buffer[ITEM_LARGEST], other[ITEM_LARGEST];

/* The largest message, or the largest that is tried. */
static size_t largest(const struct pool *pool)
{
	uint64_t bytes = pool->base * pool_room_long(pool);

	return bytes < ITEM_LARGEST ? bytes : ITEM_LARGEST;
}

/* Exactly `most` messages of this size fit, and come out again. */
static const char *passes(struct weir_queue *to, struct weir_queue *from,
                          size_t size, uint64_t most)
{
	uint64_t count = 0;
	ssize_t length;
	int code = 0;

	while (code == 0 && count <= most) {
		pattern_fill(buffer, size, count);
		code = weir_queue_put(to, buffer, size, WEIR_NOWAIT);
		count += code == 0;
	}
	if (count != most || code != -EAGAIN)
		return complain("%d messages of %zu bytes fit, not %d: %d",
		                (int)count, size, (int)most, code);
	for (uint64_t i = 0; i < most; i++) {
		length =
			weir_queue_get(from, other, sizeof(other), WEIR_NOWAIT);
		if (length != (ssize_t)size || !pattern_holds(other, size, i))
			return complain("%zd bytes came, not %zu", length,
			                size);
		if (weir_queue_task_done(to) != 0)
			return complain("no task to be done");
	}
	return NULL;
}

static const char *serves(struct queue_world *world, struct weir_queue *fresh)
{
	const struct pool *pool = &world->own->view.pool;
	size_t all = largest(pool);
	uint64_t few = pool->base * pool_room_long(pool) / all;
	const char *wrong = passes(fresh, world->own, 8, FEW);

	if (!wrong)
		wrong = passes(world->own, fresh, world->plan->block_size, FEW);
	if (!wrong)
		wrong = passes(fresh, fresh, all, few < FEW ? few : FEW);
	return wrong;
}

/* Every task is said to be done, and then there is none. */
static const char *finish(struct weir_queue *queue)
{
	int64_t unfinished = tasks_unfinished(&queue->view);
	int code;

	for (int64_t i = 0; i < unfinished; i++) {
		code = weir_queue_task_done(queue);
		if (code < 0)
			return complain("task_done: %d", code);
	}
	code = weir_queue_task_done(queue);
	if (code != -EOVERFLOW)
		return complain("task_done of none: %d", code);
	code = weir_queue_join(queue, WEIR_NOWAIT);
	return code == 0 ? NULL : complain("join: %d", code);
}

/* What was dropped stays where it is, with its parts. */
static bool is_dropped(const struct pool *pool, uint64_t word)
{
	if (block_state(word) == BLOCK_PART && block_stamp(word) < pool->blocks)
		word = load64_relaxed(
			&pool_block(pool, (uint32_t)block_stamp(word))->word);
	return block_state(word) == BLOCK_DROPPED;
}

/* With no message there, and no lease open. */
static const char *blocks_are_free(const struct queue_world *world)
{
	const struct pool *pool = &world->own->view.pool;
	uint32_t ready = pool_ready(pool);

	for (uint32_t b = 0; b < ready; b++) {
		uint64_t word = load64_relaxed(&pool_block(pool, b)->word);

		if (word != BLOCK_FREE &&
		    !(world->shut && is_dropped(pool, word)))
			return complain("block %u says %u of member %u", b,
			                block_state(word), block_member(word));
	}
	return returned_any(pool) ? complain("a bit of `returned` is set")
	                          : NULL;
}

static const char *groups_are_free(const struct queue_view *view)
{
	uint32_t groups = view->pool.group
	                          ? pool_ready(&view->pool) / view->pool.group
	                          : 0;

	for (uint32_t g = 0; g < groups; g++) {
		uint32_t owner = load32_relaxed(&view->groups.owners[g]);

		if (owner != 0)
			return complain("group %u is of member %u", g,
			                owner - 1);
	}
	return NULL;
}

/* Only who looks on is left. */
static const char *members_are_gone(const struct weir_queue *queue)
{
	const struct membership *membership = &queue->home.region->membership;
	int count = 0;

	for (uint32_t i = 0; i < MEMBERS_MOST; i++) {
		uint64_t word = load64_relaxed(&membership->words[i]);

		count += owner_state(word) == MEMBER_ATTACHED;
	}
	return count == 1 ? NULL : complain("%d members", count);
}

const char *queue_is_left(struct weir_queue *witness)
{
	const char *wrong = groups_are_free(&witness->view);

	if (!wrong && home_recover(&witness->home) < 0)
		wrong = complain("recovery of nothing");
	if (!wrong)
		wrong = members_are_gone(witness);
	return wrong;
}

const char *queue_whole(struct queue_world *world, struct weir_queue *fresh)
{
	const char *wrong = blocks_are_free(world);

	if (!wrong)
		wrong = finish(fresh);
	if (!wrong && !world->shut)
		wrong = serves(world, fresh);
	return wrong ? wrong : blocks_are_free(world);
}
