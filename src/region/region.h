/* SPDX-License-Identifier: MIT */
/*
 * What one process knows of a region, and how it comes to be and is joined.
 *
 * The segment's type is OBJECT_REGION, or that of its only object.
 */
#ifndef WEIR_REGION_REGION_H
#define WEIR_REGION_REGION_H

#include "members/registry.h"
#include "region/geometry.h"
#include "region/roster.h"

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
	struct roster roster;
	uint32_t first_free; /* hint: no entry before this one is free */
	bool single;         /* nothing but the home of one object: home.h */
};

struct region_plan {
	enum object_type type;
	uint64_t taken; /* so many bytes, from the front, have memory at once */
	struct geometry geometry;
};

/*
 * A region that nobody else can see before segment_publish gives it `name`, if
 * that is not NULL.
 */
int region_create(struct weir_region **region, const char *name,
                  const struct region_plan *plan,
                  const struct weir_segment_options *options);
int region_open(struct weir_region **region, const char *name,
                enum object_type type);

/* Duplicates `fd`. */
int region_open_fd(struct weir_region **region, int fd, enum object_type type);
void region_leave(struct weir_region *region);

#endif
