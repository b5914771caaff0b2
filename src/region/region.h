/* SPDX-License-Identifier: MIT */
/* What one process knows of a region. */
#ifndef WEIR_REGION_REGION_H
#define WEIR_REGION_REGION_H

#include "members/registry.h"
#include "region/geometry.h"

/*
 * A CAS fails here only because somebody else got something done.  So often in
 * a row, it is because somebody spoils the words: -EUCLEAN.
 */
enum { REGION_TRIES = 10000 };

struct weir_region {
	/* Its descriptor locks nothing, so it may be passed on. */
	struct segment segment;
	struct geometry geometry;
	struct region_layout *shared;
	unsigned char *objects;
	struct table entries;
	struct membership membership;
	uint32_t first_free; /* hint: no entry before this one is free */
};

#endif
