/* SPDX-License-Identifier: MIT */
/* How arrays come to be, and are opened and closed. */
#include "value/array.h"

#include "value/typecodes.h"

#include <errno.h>

/* Bytes of all elements; they are there twice. */
#define LARGEST (REGION_LARGEST / 2 - REGION_PAGE)

static const struct weir_array_options defaults;

static int begin(struct cells *cells, const struct cells_facts *facts,
                 uint64_t bytes)
{
	struct weir_array *array = (void *)cells;
	int code =
		ranges_look(&array->ranges, cells->sync.home.at, bytes, facts);

	if (code < 0)
		return code;
	if (facts->length > SIZE_MAX / facts->item_size)
		return -ENOMEM;
	array->length = facts->length;
	if (facts->typecode != WEIR_RECORD)
		array->numbers = (size_t)facts->length;
	return 0;
}

static const struct cells_kind kind = {
	.type = OBJECT_ARRAY,
	.size = sizeof(struct weir_array),
	.begin = begin,
};

static int plan_array(struct cells_plan *plan, char typecode, size_t length,
                      const struct weir_array_options *options)
{
	int64_t size;
	uint64_t bytes;

	if (!options)
		options = &defaults;
	size = typecode_plan(typecode, options->record_size);
	if (size < 0)
		return (int)size;
	if (length > LARGEST / (uint64_t)size)
		return -EINVAL;
	bytes = length * (uint64_t)size;
	*plan = (struct cells_plan){
		.segment = &options->segment,
		.initial = options->initial,
		.lock = options->lock,
		.unlocked = options->unlocked,
		.typecode = typecode,
		.item_size = (uint32_t)size,
		.length = length,
		.bytes = ranges_end(bytes),
		.taken = ranges_next(bytes),
		.cleared = ranges_next(bytes),
		.initial_at = ELEMENTS_OFFSET,
	};
	return sync_reserved(options->reserved, 4);
}

int weir_array_create(struct weir_array **array, const char *name,
                      char typecode, size_t length,
                      const struct weir_array_options *options)
{
	struct cells_plan plan;
	int code = plan_array(&plan, typecode, length, options);

	if (!array)
		return -EINVAL;
	return code < 0 ? code : cells_create(array, &kind, name, &plan);
}

int weir_array_open_or_create(struct weir_array **array, const char *name,
                              char typecode, size_t length,
                              const struct weir_array_options *options)
{
	struct cells_plan plan;
	int code = plan_array(&plan, typecode, length, options);

	if (!array)
		return -EINVAL;
	return code < 0 ? code
	                : cells_open_or_create(array, &kind, name, &plan);
}

int weir_array_open(struct weir_array **array, const char *name)
{
	struct cells_place place = { .name = name };

	if (!array || !name)
		return -EINVAL;
	return cells_open(array, &kind, &place);
}

int weir_array_open_with_lock(struct weir_array **array, const char *name,
                              struct weir_rlock *lock)
{
	struct cells_place place = { .name = name, .lock = lock };

	if (!array || !name || !lock)
		return -EINVAL;
	return cells_open(array, &kind, &place);
}

int weir_array_open_in_with_lock(struct weir_array **array,
                                 struct weir_region *region, const char *name,
                                 struct weir_rlock *lock)
{
	struct cells_place place = { name, region, -1, lock };

	if (!array || !region || !name)
		return -EINVAL;
	return cells_open(array, &kind, &place);
}

int weir_array_open_in(struct weir_array **array, struct weir_region *region,
                       const char *name)
{
	return weir_array_open_in_with_lock(array, region, name, NULL);
}

int weir_array_open_fd(struct weir_array **array, int fd)
{
	struct cells_place place = { .fd = fd };

	if (!array)
		return -EINVAL;
	return cells_open(array, &kind, &place);
}

int weir_array_fd(const struct weir_array *array)
{
	return array ? home_fd(&array->cells.sync.home) : -EINVAL;
}

int weir_array_backing(const struct weir_array *array)
{
	return array ? home_backing(&array->cells.sync.home) : -EINVAL;
}

void weir_array_close(struct weir_array *array)
{
	cells_close(array ? &array->cells : NULL);
}
