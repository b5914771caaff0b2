/* SPDX-License-Identifier: MIT */
#include "crash/queue_judge.h"

#include <stdio.h>

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

/* It was handed out for the first time, as far as is known. */
static bool first_time(const struct item *item)
{
	if (item->seen == SOME)
		return item->fate[item->stage] == '1';
	return item->seen == '1' && !item->anywhere;
}

/* Those that never came back come in the order in which they were put. */
static const char *in_order(const struct queue_world *world,
                            const struct item *item)
{
	if (!first_time(item))
		return NULL;
	for (const struct item *other = item + 1;
	     other < world->items + world->count; other++) {
		if (other->seen && first_time(other))
			return complain("message %d came after %d",
			                (int)(item - world->items),
			                (int)(other - world->items));
	}
	return NULL;
}

const char *queue_came(struct queue_world *world, const void *bytes,
                       size_t size, char how)
{
	struct item *item = queue_world_find(world, bytes, size);

	if (!item)
		return complain("%zu bytes came that nobody put", size);
	if (item->seen)
		return complain("message %d came twice",
		                (int)(item - world->items));
	item->seen = how;
	return in_order(world, item);
}

/* Who was killed as the second one has it, or had it. */
static bool was_taken(struct queue_world *world, struct item *item)
{
	char known = item->fate[item->stage];

	if (!world->takes || known == '0' ||
	    (item->seen != '0' && item->seen != known + 1 &&
	     item->seen != SOME))
		return false;
	world->takes = false;
	world->taken = item->seen;
	if (item->seen == '0')
		item->finishes = world->takes_finish;
	return true;
}

static const char *judge_item(struct queue_world *world, struct item *item)
{
	int stage = item->stage;

	if (!item->seen)
		item->seen = '0';
	if (item->seen == SOME && item->fate[stage] != '0')
		return NULL;
	while (item->fate[stage] && item->fate[stage] != item->seen &&
	       !item->exact)
		stage++;
	if (item->fate[stage] == item->seen) {
		item->stage = stage;
		return NULL;
	}
	if (was_taken(world, item))
		return NULL;
	return complain("message %d: %c, but its fate is %s, and it was at %d",
	                (int)(item - world->items), item->seen, item->fate,
	                item->stage);
}

const char *queue_judge(struct queue_world *world)
{
	const char *wrong = NULL;

	for (int i = 0; i < world->count && !wrong; i++)
		wrong = judge_item(world, &world->items[i]);
	return wrong;
}

/* What the items that are gone, or were there, leave to be finished. */
static int still_unfinished(const struct queue_world *world, bool all)
{
	int count = world->unfinished;

	for (int i = 0; i < world->count; i++) {
		const struct item *item = &world->items[i];
		bool never = item->fate[0] == '0' && item->stage == 0;

		if (item->seen == '0')
			count += !never && !item->finishes;
		else
			count += all;
	}
	return count;
}

const char *queue_check_unfinished(struct queue_world *world,
                                   int64_t unfinished, bool all)
{
	int expected = still_unfinished(world, all);

	if (world->task_done && unfinished == expected - 1)
		world->task_was_done = true;
	if (unfinished == expected - world->task_was_done)
		return NULL;
	return complain("%d unfinished, not %d", (int)unfinished, expected);
}
