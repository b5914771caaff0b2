/* SPDX-License-Identifier: MIT */
/*
 * What a fork copies of a region's handle, on the simulator, where parent and
 * child have one heap: what the child's handles hold is to be held once more.
 */
#ifndef FUZZ_FORK_REGION_H
#define FUZZ_FORK_REGION_H

#include "region/region.h"
#include "sim/heap.h"

#include <string.h>

static inline struct weir_region *fork_region(const struct weir_region *parent)
{
	struct weir_region *region = sim_malloc(sizeof(*region));
	struct membership *membership = &region->membership;

	*region = *parent;
	memset(&region->roster, 0, sizeof(region->roster));
	membership->segment = &region->segment;
	membership->heir.subject = region;
	memset(&membership->holds, 0, sizeof(membership->holds));
	membership->dependents = NULL;
	membership->claims = membership->retired = NULL;
	return region;
}

#endif
