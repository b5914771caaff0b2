/* SPDX-License-Identifier: MIT */
/* Where the parts of a region stand; all follows from its two lengths. */
#ifndef WEIR_REGION_GEOMETRY_H
#define WEIR_REGION_GEOMETRY_H

#include "segment/layout_region.h"

struct geometry {
	uint64_t lines;   /* for objects */
	uint64_t entries; /* offset of the directory */
	uint64_t seats;   /* offset of the seats */
	uint64_t size;    /* of the file */
	uint32_t entries_most;
};

/* For objects of `bytes` together, 1 to REGION_LARGEST. */
void geometry_plan(struct geometry *geometry, uint64_t bytes);

/* For a single object of `bytes`, likewise. */
void geometry_plan_one(struct geometry *geometry, uint64_t bytes);

/* From what the region says of itself; -EUCLEAN if its file is not so. */
int geometry_read(struct geometry *geometry, const struct region_layout *layout,
                  uint64_t file_size);

#endif
