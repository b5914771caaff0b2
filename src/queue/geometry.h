/* SPDX-License-Identifier: MIT */
/* Where the parts of a queue stand, and how a process looks at them. */
#ifndef WEIR_QUEUE_GEOMETRY_H
#define WEIR_QUEUE_GEOMETRY_H

#include "rings/chains.h"
#include "rings/index.h"
#include "weir/queue.h"

struct queue_geometry {
	/* What is written in the layout. */
	uint64_t capacity;
	uint64_t block_size;
	uint64_t blocks;
	bool grouped;

	/* What follows from it. */
	uint64_t base; /* blocks that are for messages */
	uint32_t reserve;
	uint64_t cells;
	uint64_t stride;
	uint64_t cells_at;
	uint64_t words_at;
	uint64_t data_at;
	uint64_t bytes; /* of the object */
	uint64_t taken; /* of these, at creation */
	uint32_t group; /* blocks in a group, or 0 */
	bool small;
};

/* A queue's memory, seen by one process. */
struct queue_view {
	struct queue_layout *shared;
	uint64_t block_size; /* which the blocks are known to have room for */
	struct index index;
	struct pool pool;
	struct groups groups;
};

/* What `options` ask for; -EINVAL. */
int queue_plan(const struct weir_queue_options *options,
               struct queue_geometry *geometry);

/* Makes a queue of memory that nobody else sees. */
void queue_format(unsigned char *at, const struct queue_geometry *geometry,
                  bool zeroed);

/* Points the view at the queue that has `room` bytes at `at`; -EUCLEAN. */
int queue_look(struct queue_view *view, unsigned char *at, uint64_t room);

#endif
