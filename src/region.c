/* SPDX-License-Identifier: MIT */
/* Regions, as a user sees them. */
#include "weir/region.h"

#include "region/directory.h"

#include <errno.h>
#include <stdlib.h>

static const struct weir_segment_options defaults;

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
	membership->heir = (struct member_heir){ directory_settle, region };
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

static int create(struct weir_region *region, const char *name, size_t size,
                  const struct weir_segment_options *options)
{
	struct geometry *geometry = &region->geometry;
	struct region_layout *layout;
	int code;

	geometry_plan(geometry, size);
	code = segment_create_sparse(&region->segment, name, geometry->size,
	                             geometry->entries, OBJECT_REGION, options);
	if (code < 0)
		return code;
	layout = (void *)(region->segment.base + REGION_OFFSET);
	layout->lines = geometry->lines;
	layout->entries_most = geometry->entries_most;
	code = attach(region);
	if (code == 0 && name) {
		code = segment_publish(&region->segment, name);
		if (code < 0)
			detach(region);
	}
	if (code < 0)
		segment_close(&region->segment);
	return code;
}

int weir_region_create(struct weir_region **region, const char *name,
                       size_t size, const struct weir_segment_options *options)
{
	struct weir_region *made;
	struct segment_path path;
	int code;

	if (!options)
		options = &defaults;
	if (!region || (name && segment_path(name, &path) < 0) || size == 0 ||
	    size > REGION_LARGEST || options->region ||
	    segment_options_check(options) < 0)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	code = create(made, name, size, options);
	if (code < 0) {
		free(made);
		return code;
	}
	*region = made;
	return 0;
}

/* Joins what the region's segment has mapped; takes it over, on failure too. */
static int join(struct weir_region **out, struct weir_region *region, int code)
{
	struct segment *segment = &region->segment;

	if (code == 0) {
		code = segment->size < REGION_OBJECTS
		               ? -EUCLEAN
		               : geometry_read(&region->geometry,
		                               (void *)(segment->base +
		                                        REGION_OFFSET),
		                               segment->size);
		if (code == 0)
			code = attach(region);
		if (code < 0)
			segment_close(segment);
	}
	if (code < 0) {
		free(region);
		return code;
	}
	*out = region;
	return 0;
}

int weir_region_open(struct weir_region **region, const char *name)
{
	struct weir_region *opened;

	if (!region || !name)
		return -EINVAL;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	return join(region, opened,
	            segment_open(&opened->segment, name, OBJECT_REGION));
}

int weir_region_open_fd(struct weir_region **region, int fd)
{
	struct weir_region *opened;

	if (!region)
		return -EINVAL;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	return join(region, opened,
	            segment_adopt(&opened->segment, fd, OBJECT_REGION));
}

int weir_region_fd(const struct weir_region *region)
{
	return region ? region->segment.fd : -EINVAL;
}

int weir_region_remove(struct weir_region *region, const char *name)
{
	int code;

	if (!region || !name || segment_name_length(&name) < 0)
		return -EINVAL;
	registry_lock();
	code = directory_remove(region, name);
	registry_unlock();
	return code;
}

void weir_region_close(struct weir_region *region)
{
	if (!region)
		return;
	detach(region);
	segment_close(&region->segment);
	free(region);
}
