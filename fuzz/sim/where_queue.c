/* SPDX-License-Identifier: MIT */
/* What an address is in a queue, and what its word says. */
#include "queue/geometry.h"
#include "sim/inside.h"

#include <stdio.h>

const struct queue_view *sim_queue;

static const struct {
	size_t offset;
	const char *name;
} fields[] = {
	{ offsetof(struct queue_layout, tail), "tail" },
	{ offsetof(struct queue_layout, head), "head" },
	{ offsetof(struct queue_layout, freed), "freed" },
	{ offsetof(struct queue_layout, finished), "finished" },
	{ offsetof(struct queue_layout, data), "data" },
	{ offsetof(struct queue_layout, room), "room" },
	{ offsetof(struct queue_layout, idle), "idle" },
	{ offsetof(struct queue_layout, unfenced), "unfenced" },
	{ offsetof(struct queue_layout, returned), "returned" },
	{ offsetof(struct queue_layout, cells_ready), "cells_ready" },
	{ offsetof(struct queue_layout, blocks_ready), "blocks_ready" },
	{ offsetof(struct queue_layout, only_cpu[0]), "only_cpu 0" },
	{ offsetof(struct queue_layout, only_cpu[1]), "only_cpu 1" },
	{ offsetof(struct queue_layout, dropping), "dropping" },
	{ offsetof(struct queue_layout, dropped), "dropped" },
};

static const char *const states[16] = {
	"FREE",    "DRAFT",     "POSTED",  "TAKEN",   "RETURNED", "PART",
	"LEASING", "FINISHING", "FREEING", "DROPPED", "GIVEN_UP", "COUNTED",
	"?",       "?",         "?",       "?",
};

static const char *const kinds[8] = {
	"EMPTY", "SMALL", "BLOCK", "BARE", "LEASED", "SHUT", "DROPPED", "?",
};

/* Its number, if it is one of `count` items of this size; else -1. */
static int64_t item(const void *at, const void *items, uint64_t size,
                    uint64_t count)
{
	size_t offset = (size_t)((const unsigned char *)at -
	                         (const unsigned char *)items);

	return offset / size < count ? (int64_t)(offset / size) : -1;
}

static int64_t cell_at(const void *at)
{
	return item(at, sim_queue->index.cells, sizeof(struct cell_layout),
	            sim_queue->index.count);
}

/* The block whose word, or bytes, this is. */
static int64_t block_of_word(const void *at)
{
	return item(at, sim_queue->pool.words, sim_queue->pool.step,
	            sim_queue->pool.blocks);
}

static int64_t block_of_data(const void *at)
{
	return item(at, sim_queue->pool.data, sim_queue->pool.stride,
	            sim_queue->pool.blocks);
}

static const char *part_of_block(const void *at, int64_t b)
{
	const struct block *block = pool_block(&sim_queue->pool, (uint32_t)b);

	return at == &block->word   ? "word"
	       : at == &block->more ? "more or bytes"
	                            : "bytes";
}

static int64_t group_at(const void *at)
{
	uint32_t group = sim_queue->pool.group;

	if (group == 0)
		return -1;
	return item(at, sim_queue->groups.owners, sizeof(struct word32),
	            sim_queue->pool.blocks / group);
}

bool describe_queue(const void *at, char *text, size_t size)
{
	const unsigned char *shared = (const void *)sim_queue->shared;
	size_t offset = (size_t)((const unsigned char *)at - shared);
	int64_t cell = cell_at(at), block = block_of_word(at);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].offset == offset) {
			snprintf(text, size, "%s", fields[i].name);
			return true;
		}
	}
	if (block < 0)
		block = block_of_data(at);
	if (cell >= 0)
		snprintf(text, size, "cell %d%s", (int)cell,
		         at == &sim_queue->index.cells[cell].pair.first
		                 ? ""
		                 : " second");
	else if (block >= 0)
		snprintf(text, size, "block %d %s", (int)block,
		         part_of_block(at, block));
	else if (group_at(at) >= 0)
		snprintf(text, size, "group %d", (int)group_at(at));
	else
		return false;
	return true;
}

bool explain_queue(const void *at, uint64_t value, char *text, size_t size)
{
	int64_t cell = cell_at(at), block = block_of_word(at);

	if (cell >= 0 && at == &sim_queue->index.cells[cell].pair.first)
		snprintf(text, size, "%s %u, lap %llu", kinds[cell_kind(value)],
		         cell_argument(value),
		         (unsigned long long)value >> CELL_LAP_SHIFT);
	else if (block >= 0 &&
	         at == &pool_block(&sim_queue->pool, (uint32_t)block)->word)
		snprintf(text, size, "%s of %u, length %u, stamp %llu",
		         states[block_state(value)], block_member(value),
		         block_length(value),
		         (unsigned long long)block_stamp(value));
	else
		return false;
	return true;
}
