/* SPDX-License-Identifier: MIT */
#include "crash/queue_world.h"

#include "case.h"
#include "crash/images.h"
#include "doors/clock.h"
#include "pattern.h"
#include "weir/region.h"

enum {
	SMALL = 120,
	LARGE = 4096,
	GROUPED = 504,
	BLOCKS = 8,
	GROUPED_BLOCKS = 1024,
	REGION = 16384, /* bytes, for the queue */
	HEADERS = sizeof(struct block),
	READY_BYTES = 64 * 1024 /* as much of a grouped pool is used */
};

const struct queue_plan small_blocks = {
	.block_size = SMALL,
	.memory = BLOCKS * (SMALL + 8 - HEADERS),
};

const struct queue_plan large_blocks = {
	.block_size = LARGE,
	.memory = BLOCKS * LARGE,
};

const struct queue_plan grouped_blocks = {
	.block_size = GROUPED,
	.memory = GROUPED_BLOCKS * (GROUPED + 8 - HEADERS),
};

const struct queue_plan handed_out_once = {
	.block_size = SMALL,
	.memory = BLOCKS * (SMALL + 8 - HEADERS),
	.max_deliveries = 1,
};

const struct queue_plan shared_region = {
	.block_size = SMALL,
	.memory = BLOCKS * (SMALL + 8 - HEADERS),
	.in_region = true,
};

static unsigned char buffer[ITEM_LARGEST];

/* The front: up to the last block that is used.  The back: the tables. */
static size_t front(const struct queue_world *world)
{
	const struct pool *pool = &world->own->view.pool;
	uint64_t bytes = pool->blocks * pool->stride;

	if (bytes > READY_BYTES)
		bytes = READY_BYTES;
	return (size_t)(pool->data - world->base) + bytes;
}

static unsigned char *back(const struct queue_world *world)
{
	return world->base + world->own->home.region->geometry.entries;
}

static size_t back_size(const struct queue_world *world)
{
	const struct geometry *geometry = &world->own->home.region->geometry;

	return geometry->seats - geometry->entries + REGION_PAGE;
}

void queue_world_begin(struct queue_world *world, const struct queue_plan *plan)
{
	struct weir_queue_options options = {
		.capacity = FEW,
		.block_size = plan->block_size,
		.memory = plan->memory,
		.max_deliveries = plan->max_deliveries,
	};

	*world = (struct queue_world){ .plan = plan };
	if (plan->in_region)
		must_be(weir_region_create(&world->region, NULL, REGION, NULL),
		        0);
	options.segment.region = world->region;
	must_be(weir_queue_create(&world->own, world->region ? "queue" : NULL,
	                          &options),
	        0);
	world->base = world->own->home.region->segment.base;
	world->image_size = front(world) + back_size(world);
	must_be(world->own->view.pool.group > 0, plan == &grouped_blocks);
}

void queue_world_end(struct queue_world *world)
{
	weir_queue_close(world->own);
	weir_region_close(world->region);
}

void queue_world_join(const struct queue_world *world,
                      struct queue_guest *guest)
{
	*guest = (struct queue_guest){ .region = NULL };
	if (!world->region) {
		must_be(weir_queue_open_fd(&guest->queue,
		                           weir_queue_fd(world->own)),
		        0);
		return;
	}
	must_be(weir_region_open_fd(&guest->region,
	                            weir_region_fd(world->region)),
	        0);
	must_be(weir_queue_open_in(&guest->queue, guest->region, "queue"), 0);
}

void queue_world_part(struct queue_guest *guest)
{
	weir_queue_close(guest->queue);
	weir_region_close(guest->region);
}

struct item *queue_world_owe(struct queue_world *world, uint64_t seed,
                             uint32_t size, const char *fate)
{
	struct item *item = &world->items[world->count++];

	must(world->count <= ITEMS_MOST);
	*item = (struct item){ .seed = seed, .size = size, .fate = fate };
	return item;
}

struct item *queue_world_find(struct queue_world *world, const void *bytes,
                              size_t size)
{
	for (int i = 0; i < world->count; i++) {
		struct item *item = &world->items[i];

		if (item->size == size &&
		    pattern_holds(bytes, size, item->seed))
			return item;
	}
	return NULL;
}

void queue_world_drop(struct queue_world *world, struct item *item)
{
	const struct item *end = world->items + world->count--;

	memmove(item, item + 1, (size_t)(end - item - 1) * sizeof(*item));
}

void queue_world_give(struct queue_world *world, uint32_t size)
{
	pattern_fill(buffer, size, ++world->seed);
	must_be(weir_queue_put(world->own, buffer, size, WEIR_NOWAIT), 0);
	world->puts++;
	queue_world_owe(world, world->seed, size, "1");
}

void queue_world_take(struct queue_world *world)
{
	struct item *item = &world->items[0];

	must_be(weir_queue_get(world->own, buffer, sizeof(buffer), WEIR_NOWAIT),
	        item->size);
	must(pattern_holds(buffer, item->size, item->seed));
	queue_world_drop(world, item);
	world->unfinished++;
}

void queue_world_turn(struct queue_world *world, int times)
{
	uint64_t seed = world->seed;

	for (int i = 0; i < times; i++) {
		queue_world_give(world, 8);
		queue_world_take(world);
		must_be(weir_queue_task_done(world->own), 0);
		world->unfinished--;
	}
	world->seed = seed;
}

void queue_world_return(struct queue_world *world)
{
	struct weir_lease lease;

	must_be(weir_queue_lease(world->own, WEIR_NOWAIT, &lease), 0);
	must_be(weir_queue_giveback(world->own, &lease), 0);
	world->items[0].fate = "2";
}

void queue_world_looks(struct weir_queue *queue)
{
	store64_relaxed(&queue->recovered_at, 0);
}

void queue_world_looks_not(struct weir_queue *queue)
{
	store64_relaxed(&queue->recovered_at,
	                (uint64_t)(clock_now() + WEIR_SECONDS(3600)));
}

void queue_world_save(const struct queue_world *world, unsigned char *image)
{
	memcpy(image, world->base, front(world));
	memcpy(image + front(world), back(world), back_size(world));
}

bool queue_world_is(const struct queue_world *world, const unsigned char *image)
{
	return memcmp(image, world->base, front(world)) == 0 &&
	       memcmp(image + front(world), back(world), back_size(world)) == 0;
}

void queue_world_load(struct queue_world *world, const unsigned char *image)
{
	memcpy(world->base, image, front(world));
	memcpy(back(world), image + front(world), back_size(world));
}

uint64_t queue_world_meaning(const struct queue_world *world)
{
	const struct pool *pool = &world->own->view.pool;
	const unsigned char *end = pool->small ? pool->data : pool->words;
	uint64_t hash = hash_bytes(0, world->base, (size_t)(end - world->base));
	uint32_t ready = pool_ready(pool);

	for (uint32_t b = 0; b < ready; b++) {
		const struct block *block = pool_block(pool, b);
		uint64_t words[2] = { load64_relaxed(&block->word), 0 };

		if (block_length(words[0]) == LENGTH_LONG ||
		    block_state(words[0]) == BLOCK_PART)
			words[1] = load64_relaxed(&block->more);
		hash = hash_bytes(hash, words, sizeof(words));
	}
	return hash_bytes(hash, back(world), back_size(world));
}
