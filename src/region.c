/* SPDX-License-Identifier: MIT */
/* Regions, as a user sees them. */
#include "weir/region.h"

#include "region/directory.h"

#include <errno.h>

static const struct weir_segment_options defaults;

int weir_region_create(struct weir_region **region, const char *name,
                       size_t size, const struct weir_segment_options *options)
{
	struct region_plan plan = { .type = OBJECT_REGION };
	struct weir_region *made;
	struct segment_path path;
	int code;

	if (!options)
		options = &defaults;
	if (!region || (name && segment_path(name, &path) < 0) || size == 0 ||
	    size > REGION_LARGEST || options->region ||
	    segment_options_check(options) < 0)
		return -EINVAL;
	geometry_plan(&plan.geometry, size);
	plan.taken = plan.geometry.entries;
	code = region_create(&made, name, &plan, options);
	if (code < 0)
		return code;
	if (name)
		code = segment_publish(&made->segment, name);
	if (code < 0) {
		region_leave(made);
		return code;
	}
	*region = made;
	return 0;
}

int weir_region_open(struct weir_region **region, const char *name)
{
	if (!region || !name)
		return -EINVAL;
	return region_open(region, name, OBJECT_REGION);
}

int weir_region_open_fd(struct weir_region **region, int fd)
{
	return region ? region_open_fd(region, fd, OBJECT_REGION) : -EINVAL;
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
	if (region)
		region_leave(region);
}
