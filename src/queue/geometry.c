/* SPDX-License-Identifier: MIT */
#include "queue/geometry.h"

#include <errno.h>

enum {
	CAPACITY_DEFAULT = 32767,
	CAPACITY_MOST = 1 << 22,
	BLOCK_DEFAULT = 120,
	BLOCK_MOST = 1 << 30,
	STRIDE_LEAST = 32,
	ASKED_MOST = 1 << 22, /* blocks */
	SPARE_BYTES = 64 * 1024,
	GROUPED_FROM = 1024, /* blocks */
	RESERVE_SMALL = 8,
	RESERVE_LARGE = 2,
	GROUPS_KEPT = KEEPERS * MEMBERS_MOST,
	FIRST_CELLS = 256
};

static uint64_t rounded(uint64_t bytes, uint64_t to)
{
	return (bytes + to - 1) / to * to;
}

static uint32_t group_of(uint64_t stride)
{
	return stride * GROUP_LEAST < GROUP_BYTES
	               ? (uint32_t)(GROUP_BYTES / stride)
	               : GROUP_LEAST;
}

/* For leases of messages that lie in cells: one group, or some blocks. */
static uint32_t reserve_of(const struct queue_geometry *geometry)
{
	uint32_t reserve = geometry->grouped ? geometry->group
	                   : geometry->small ? RESERVE_SMALL
	                                     : RESERVE_LARGE;

	return geometry->blocks > reserve ? reserve : 0;
}

/* All that follows from what is written. */
static void derive(struct queue_geometry *geometry)
{
	uint64_t groups;

	geometry->small = geometry->block_size <= SMALL_BLOCK_MOST;
	geometry->stride = rounded(geometry->block_size, LARGE_ALIGN);
	if (geometry->small) {
		geometry->stride =
			rounded(geometry->block_size + sizeof(struct word64),
		                BLOCK_ALIGN);
		if (geometry->stride < STRIDE_LEAST)
			geometry->stride = STRIDE_LEAST;
	}
	geometry->group = geometry->grouped ? group_of(geometry->stride) : 0;
	groups = geometry->grouped ? geometry->blocks / geometry->group : 0;
	geometry->reserve = reserve_of(geometry);
	geometry->base = geometry->blocks - geometry->reserve;
	if (groups > GROUPS_KEPT + 1)
		geometry->base -= (uint64_t)GROUPS_KEPT * geometry->group;
	geometry->cells = 1 << CELLS_FEWEST_SHIFT;
	while (geometry->cells <= geometry->capacity)
		geometry->cells *= 2;
	geometry->cells_at =
		QUEUE_GROUPS +
		rounded(groups * sizeof(struct word32), CACHE_LINE);
	geometry->words_at = geometry->cells_at +
	                     geometry->cells * sizeof(struct cell_layout);
	geometry->data_at = geometry->words_at;
	if (!geometry->small)
		geometry->data_at += rounded(
			geometry->blocks * sizeof(struct block), CACHE_LINE);
	geometry->bytes =
		geometry->data_at + geometry->blocks * geometry->stride;
	geometry->taken = geometry->cells_at +
	                  (FIRST_CELLS < geometry->cells ? FIRST_CELLS
	                                                 : geometry->cells) *
	                          sizeof(struct cell_layout);
}

static uint64_t divided(uint64_t bytes, uint64_t by)
{
	return bytes / by + (bytes % by != 0);
}

/* Enough for `memory` bytes, in messages of a block each or in a long one. */
static uint64_t blocks_for(const struct queue_geometry *geometry,
                           uint64_t memory)
{
	uint64_t room =
		geometry->stride - (geometry->small ? sizeof(struct block) : 0);

	return divided(memory, room < geometry->block_size
	                               ? room
	                               : geometry->block_size);
}

static uint64_t blocks_wanted(const struct queue_geometry *geometry,
                              const struct weir_queue_options *options)
{
	uint64_t spare = SPARE_BYTES / geometry->stride + 1;
	uint64_t wanted;

	if (options->memory)
		return blocks_for(geometry, options->memory);
	/* A region's memory is taken at once. */
	if (options->segment.region && spare > geometry->capacity)
		spare = geometry->capacity;
	wanted = geometry->capacity + spare;
	return wanted < ASKED_MOST ? wanted : ASKED_MOST;
}

/* The options say blocks; a long message needs some more of them. */
static bool too_many(const struct queue_geometry *geometry,
                     const struct weir_queue_options *options)
{
	return divided(options->memory, geometry->block_size) > ASKED_MOST;
}

static bool options_valid(const struct weir_queue_options *options)
{
	const char *letter = options->dead_letter;

	for (int i = 0; i < 4; i++) {
		if (options->reserved[i] != 0)
			return false;
	}
	return options->capacity <= CAPACITY_MOST &&
	       options->block_size <= BLOCK_MOST &&
	       options->memory <= REGION_LARGEST &&
	       (!letter || segment_name_length(&letter) >= 0) &&
	       segment_options_check(&options->segment) == 0;
}

int queue_plan(const struct weir_queue_options *options,
               struct queue_geometry *geometry)
{
	if (!options_valid(options))
		return -EINVAL;
	geometry->capacity =
		options->capacity ? options->capacity : CAPACITY_DEFAULT;
	geometry->block_size =
		options->block_size ? options->block_size : BLOCK_DEFAULT;
	geometry->blocks = 0;
	geometry->grouped = false;
	derive(geometry);
	geometry->blocks = blocks_wanted(geometry, options);
	if (too_many(geometry, options))
		return -EINVAL;
	if (geometry->small && !options->segment.region &&
	    geometry->blocks >= GROUPED_FROM) {
		uint64_t group = group_of(geometry->stride);

		geometry->grouped = true;
		geometry->blocks = rounded(geometry->blocks, group) +
		                   (uint64_t)(GROUPS_KEPT + 1) * group;
	} else {
		geometry->blocks +=
			geometry->small ? RESERVE_SMALL : RESERVE_LARGE;
	}
	derive(geometry);
	return geometry->bytes <= REGION_LARGEST ? 0 : -EINVAL;
}

void queue_format(unsigned char *at, const struct queue_geometry *geometry,
                  bool zeroed)
{
	struct queue_layout *shared = (void *)at;

	if (!zeroed) {
		memset(at, 0, geometry->data_at);
		for (uint64_t b = 0; b < geometry->blocks && geometry->small;
		     b++) {
			memset(at + geometry->data_at + b * geometry->stride, 0,
			       sizeof(struct block));
		}
	}
	shared->capacity = geometry->capacity;
	shared->block_size = geometry->block_size;
	shared->blocks = geometry->blocks;
	shared->grouped = geometry->grouped;
	store64_relaxed(&shared->tail, geometry->cells);
	store64_relaxed(&shared->head, geometry->cells);
	store64_relaxed(&shared->cells_ready,
	                (geometry->taken - geometry->cells_at) /
	                        sizeof(struct cell_layout));
	if (!zeroed) {
		store64_relaxed(&shared->cells_ready, geometry->cells);
		store64_relaxed(&shared->blocks_ready, geometry->blocks);
	}
}

static int read_geometry(struct queue_geometry *geometry,
                         const struct queue_layout *shared, uint64_t room)
{
	uint32_t grouped;

	copy_out(&geometry->capacity, &shared->capacity, sizeof(uint64_t));
	copy_out(&geometry->block_size, &shared->block_size, sizeof(uint64_t));
	copy_out(&geometry->blocks, &shared->blocks, sizeof(uint64_t));
	copy_out(&grouped, &shared->grouped, sizeof(grouped));
	geometry->grouped = grouped;
	if (geometry->capacity == 0 || geometry->capacity > CAPACITY_MOST ||
	    geometry->block_size == 0 || geometry->block_size > BLOCK_MOST ||
	    geometry->blocks == 0 || geometry->blocks > BLOCKS_MOST ||
	    grouped > 1 || (grouped && geometry->block_size > SMALL_BLOCK_MOST))
		return -EUCLEAN;
	derive(geometry);
	if (grouped && geometry->blocks % geometry->group != 0)
		return -EUCLEAN;
	return geometry->bytes <= room ? 0 : -EUCLEAN;
}

static uint32_t log_of(uint64_t power)
{
	return (uint32_t)__builtin_ctzll(power);
}

int queue_look(struct queue_view *view, unsigned char *at, uint64_t room)
{
	struct queue_layout *shared = (void *)at;
	struct queue_geometry geometry;
	int code = -EUCLEAN;

	if (room >= sizeof(*shared))
		code = read_geometry(&geometry, shared, room);
	if (code < 0)
		return code;
	view->shared = shared;
	view->block_size = geometry.block_size;
	view->pool = (struct pool){
		.shared = shared,
		.words = at + geometry.words_at,
		.data = at + geometry.data_at,
		.step = geometry.small ? geometry.stride : sizeof(struct block),
		.stride = geometry.stride,
		.blocks = (uint32_t)geometry.blocks,
		.base = (uint32_t)geometry.base,
		.reserve = geometry.reserve,
		.group = geometry.group,
		.small = geometry.small,
		.short_most = geometry.small ? (uint32_t)(geometry.stride -
		                                          sizeof(struct word64))
		                             : 0,
		.words_at = geometry.words_at,
		.data_at = geometry.data_at,
	};
	view->groups = (struct groups){
		.pool = &view->pool,
		.owners = (void *)(at + QUEUE_GROUPS),
	};
	view->index = (struct index){
		.shared = shared,
		.cells = (void *)(at + geometry.cells_at),
		.count = geometry.cells,
		.mask = geometry.cells - 1,
		.shift = log_of(geometry.cells),
		.capacity = geometry.capacity,
		.pool = &view->pool,
		.cells_at = geometry.cells_at,
	};
	return 0;
}
