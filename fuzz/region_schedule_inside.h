/* SPDX-License-Identifier: MIT */
/* What the parts of the region's schedule share. */
#ifndef FUZZ_REGION_SCHEDULE_INSIDE_H
#define FUZZ_REGION_SCHEDULE_INSIDE_H

#include "members/recovery.h"
#include "pipe/handle.h"
#include "region/extents.h"
#include "region_schedule.h"
#include "sim/heap.h"
#include "weir/region.h"

#include <errno.h>

/* Room for two simplex pipes. */
enum { PLANT = 12288, RING = 4096, ROOM = 2, CALL_POINTS = 400000 };

enum turn { NAME, NAMELESS, OPEN, EITHER, REMOVE, FORK, TURNS };

struct worker {
	int actor;
	uint32_t turns;
	struct weir_region *region;
	struct worker *parent;
	struct weir_pipe *inherited;
	bool holds; /* what it inherited */
};

extern struct worker workers[SIM_ACTORS];
/* Both ends of a nameless pipe; 0, -ENOSPC, -EBUSY. */
int make_pair(struct worker *worker, struct weir_pipe *ends[2]);

/* The worker forks a child that sends through one end; it hears at the other. */
void fork_child(struct worker *worker);

#endif
