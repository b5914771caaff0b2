/* SPDX-License-Identifier: MIT */
#include "region/directory.h"

#include <errno.h>
#include <stdlib.h>

static void set_up(struct weir_region *region)
{
	const struct geometry *geometry = &region->geometry;
	unsigned char *base = region->segment.base;
	struct membership *membership = &region->membership;

	region->shared = (void *)(base + REGION_OFFSET);
	region->objects = base + REGION_OBJECTS;
	region->entries = (struct table){
		.items = base + geometry->entries,
		.offset = geometry->entries,
		.published = &region->shared->entries,
		.size = sizeof(struct entry_layout),
		.most = geometry->entries_most,
	};
	membership->segment = &region->segment;
	membership->words = region->shared->member;
	membership->seats = (struct table){
		.items = base + geometry->seats,
		.offset = geometry->seats,
		.published = &region->shared->seats,
		.size = sizeof(struct seat_layout),
		.most = SEATS_MOST,
	};
	membership->heir = (struct member_heir){ directory_settle,
		                                 directory_bury, region };
}

static int attach(struct weir_region *region)
{
	int code;

	set_up(region);
	registry_lock();
	code = registry_add(&region->membership);
	registry_unlock();
	return code;
}

static void detach(struct weir_region *region)
{
	registry_lock();
	registry_remove(&region->membership);
	registry_unlock();
}

static int create(struct weir_region *region, const char *name,
                  const struct region_plan *plan,
                  const struct weir_segment_options *options)
{
	struct region_layout *layout;
	int code = segment_create_sparse(&region->segment, name,
	                                 plan->geometry.size, plan->taken,
	                                 plan->type, options);

	if (code < 0)
		return code;
	region->geometry = plan->geometry;
	layout = (void *)(region->segment.base + REGION_OFFSET);
	layout->lines = plan->geometry.lines;
	layout->entries_most = plan->geometry.entries_most;
	code = attach(region);
	if (code < 0)
		segment_close(&region->segment);
	return code;
}

int region_create(struct weir_region **region, const char *name,
                  const struct region_plan *plan,
                  const struct weir_segment_options *options)
{
	struct weir_region *made = calloc(1, sizeof(*made));
	int code = made ? create(made, name, plan, options) : -ENOMEM;

	if (code < 0) {
		free(made);
		return code;
	}
	*region = made;
	return 0;
}

static int read_geometry(struct weir_region *region)
{
	const struct segment *segment = &region->segment;

	if (segment->size < REGION_OBJECTS)
		return -EUCLEAN;
	return geometry_read(&region->geometry,
	                     (void *)(segment->base + REGION_OFFSET),
	                     segment->size);
}

/* Joins what the region's segment has mapped; takes it over, on failure too. */
static int join(struct weir_region **out, struct weir_region *region, int code)
{
	if (code == 0) {
		code = read_geometry(region);
		if (code == 0)
			code = attach(region);
		if (code < 0)
			segment_close(&region->segment);
	}
	if (code < 0) {
		free(region);
		return code;
	}
	*out = region;
	return 0;
}

int region_open(struct weir_region **region, const char *name,
                enum object_type type)
{
	struct weir_region *opened = calloc(1, sizeof(*opened));

	if (!opened)
		return -ENOMEM;
	return join(region, opened, segment_open(&opened->segment, name, type));
}

int region_open_fd(struct weir_region **region, int fd, enum object_type type)
{
	struct weir_region *opened = calloc(1, sizeof(*opened));

	if (!opened)
		return -ENOMEM;
	return join(region, opened, segment_adopt(&opened->segment, fd, type));
}

void region_leave(struct weir_region *region)
{
	detach(region);
	segment_close(&region->segment);
	roster_end(&region->roster);
	free(region);
}
