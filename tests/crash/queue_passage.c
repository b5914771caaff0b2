/* SPDX-License-Identifier: MIT */
#include "crash/queue_passage.h"

#include "case.h"
#include "crash/victim.h"

#include <stdlib.h>

enum { ROOM_FIRST = 64, ONE_OF = 16 };

static void before_stepped(void *argument)
{
	struct stepped *stepped = argument;

	queue_world_looks_not(stepped->world->own);
	if (stepped->before)
		stepped->before(stepped->world);
	if (stepped->looks)
		queue_world_looks(stepped->world->own);
}

static int call_stepped(void *argument)
{
	struct stepped *stepped = argument;

	return stepped->call(stepped->world);
}

static void grow(struct passage *passage)
{
	passage->room = passage->room ? passage->room * 2 : ROOM_FIRST;
	passage->meanings = realloc(passage->meanings,
	                            (size_t)passage->room * sizeof(uint64_t));
	must(passage->meanings);
}

static void save(struct passage *passage, const struct queue_world *world,
                 unsigned char *last)
{
	int count = passage->images.count;

	queue_world_save(world, last);
	if (!images_add(&passage->images, last))
		return;
	if (count == passage->room)
		grow(passage);
	passage->meanings[count] = queue_world_meaning(world);
}

void passage_begin(struct passage *passage, struct stepped *stepped)
{
	const struct queue_world *world = stepped->world;
	unsigned char *last = malloc(world->image_size);
	struct victim victim;

	must(last);
	*passage = (struct passage){ .room = 0 };
	images_begin(&passage->images, world->image_size);
	victim_start_after(&victim, before_stepped, call_stepped, stepped);
	save(passage, world, last);
	while (victim_step(&victim)) {
		if (!queue_world_is(world, last))
			save(passage, world, last);
	}
	save(passage, world, last);
	passage->steps = victim.steps;
	passage->result = victim_result(&victim);
	victim_kill(&victim);
	free(last);
}

void passage_end(struct passage *passage)
{
	images_end(&passage->images);
	free(passage->meanings);
}

bool passage_counts(const struct passage *passage, int i)
{
	const uint64_t *meanings = passage->meanings;

	return i == 0 || i == passage->images.count - 1 || i % ONE_OF == 0 ||
	       meanings[i] != meanings[i - 1] || meanings[i] != meanings[i + 1];
}
