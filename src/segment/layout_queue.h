/* SPDX-License-Identifier: MIT */
/*
 * Every byte of a queue, an object of type QUEUE.
 *
 *	0       +-----------------------+
 *	        | queue                 |  geometry, positions, events
 *	1024    +-----------------------+
 *	        | owner of each group   |  rings/groups.h (small blocks only)
 *	cells   +-----------------------+
 *	        | cells                 |  ring of indices: rings/index.h
 *	words   +-----------------------+
 *	        | words of the blocks   |  (large blocks only; those of small
 *	blocks  +-----------------------+   ones stand in front of them)
 *	        | blocks                |
 *	end     +-----------------------+
 *
 * All offsets follow from what is written once (queue/geometry.c).  Zeroed
 * memory is an empty queue, but for the geometry and the positions.  In a
 * segment of its own, cells and blocks get their memory before their first
 * use, in steps that `cells_ready` and `blocks_ready` count.
 */
#ifndef WEIR_SEGMENT_LAYOUT_QUEUE_H
#define WEIR_SEGMENT_LAYOUT_QUEUE_H

#include "segment/layout_region.h"

#define QUEUE_GROUPS 1024

/* See rings/words.h for what the two words say. */
struct cell_layout {
	struct pair64 pair;
};

struct queue_layout {
	/* Written once. */
	uint64_t capacity __attribute__((aligned(CACHE_LINE)));
	uint64_t block_size;
	uint64_t blocks;
	uint32_t grouped; /* 1: the blocks stand in groups */
	uint32_t max_deliveries;
	char dead_letter[NAME_LONGEST + 8];

	/* Hints, never ahead of the truth: no position before `tail` is without
	   a message, no message before `head` is still there. */
	struct word64 tail __attribute__((aligned(CACHE_LINE)));
	struct word64 head __attribute__((aligned(CACHE_LINE)));
	struct word64 freed; /* hint: 1 + a large block that is FREE */

	/* {how many tasks are finished, who was the last}: queue/tasks.h. */
	struct word64 finished __attribute__((aligned(CACHE_LINE)));

	/* Read by every call, seldom written. */
	struct word32 data __attribute__((aligned(CACHE_LINE))); /* events */
	struct word32 room;
	struct word32 idle;
	struct word32 unfenced; /* fence_others cannot reach somebody */
	struct word64 returned; /* hints where blocks came back */
	struct word64 cells_ready;
	struct word64 blocks_ready;
	struct word32
		only_cpu[2];    /* hints: of who waited last for data, room */
	struct word32 dropping; /* 1: what is queued is to be dropped */

	/* {how many were handed out too often, who was the last}: likewise. */
	struct word64 dropped __attribute__((aligned(CACHE_LINE)));
};

#endif
