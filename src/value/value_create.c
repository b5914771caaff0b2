/* SPDX-License-Identifier: MIT */
/* How values come to be, and are opened and closed. */
#include "value/value.h"

#include "value/typecodes.h"

#include <errno.h>

static const struct weir_value_options defaults;

static int begin(struct cells *cells, const struct cells_facts *facts,
                 uint64_t bytes)
{
	uint64_t room = sizeof(struct cells_layout);

	(void)cells;
	if (facts->item_size > sizeof(uint64_t))
		room = copies_room(facts->item_size);
	return facts->length == 1 && room <= bytes ? 0 : -EUCLEAN;
}

static const struct cells_kind kind = {
	.type = OBJECT_VALUE,
	.size = sizeof(struct weir_value),
	.begin = begin,
};

static int plan_value(struct cells_plan *plan, char typecode,
                      const struct weir_value_options *options)
{
	int64_t size;

	if (!options)
		options = &defaults;
	size = typecode_plan(typecode, options->record_size);
	if (size < 0)
		return (int)size;
	*plan = (struct cells_plan){
		.segment = &options->segment,
		.initial = options->initial,
		.lock = options->lock,
		.unlocked = options->unlocked,
		.typecode = typecode,
		.item_size = (uint32_t)size,
		.length = 1,
		.bytes = sizeof(struct cells_layout),
		.cleared = sizeof(struct cells_layout),
		.initial_at = offsetof(struct cells_layout, cell),
	};
	if (plan->item_size > sizeof(uint64_t)) {
		plan->bytes = copies_room(plan->item_size);
		plan->cleared = COPIES_OFFSET + plan->item_size;
		plan->initial_at = COPIES_OFFSET;
	}
	return sync_reserved(options->reserved, 4);
}

int weir_value_create(struct weir_value **value, const char *name,
                      char typecode, const struct weir_value_options *options)
{
	struct cells_plan plan;
	int code = plan_value(&plan, typecode, options);

	if (!value)
		return -EINVAL;
	return code < 0 ? code : cells_create(value, &kind, name, &plan);
}

int weir_value_open_or_create(struct weir_value **value, const char *name,
                              char typecode,
                              const struct weir_value_options *options)
{
	struct cells_plan plan;
	int code = plan_value(&plan, typecode, options);

	if (!value)
		return -EINVAL;
	return code < 0 ? code
	                : cells_open_or_create(value, &kind, name, &plan);
}

int weir_value_open(struct weir_value **value, const char *name)
{
	struct cells_place place = { .name = name };

	if (!value || !name)
		return -EINVAL;
	return cells_open(value, &kind, &place);
}

int weir_value_open_with_lock(struct weir_value **value, const char *name,
                              struct weir_rlock *lock)
{
	struct cells_place place = { .name = name, .lock = lock };

	if (!value || !name || !lock)
		return -EINVAL;
	return cells_open(value, &kind, &place);
}

int weir_value_open_in_with_lock(struct weir_value **value,
                                 struct weir_region *region, const char *name,
                                 struct weir_rlock *lock)
{
	struct cells_place place = { name, region, -1, lock };

	if (!value || !region || !name)
		return -EINVAL;
	return cells_open(value, &kind, &place);
}

int weir_value_open_in(struct weir_value **value, struct weir_region *region,
                       const char *name)
{
	return weir_value_open_in_with_lock(value, region, name, NULL);
}

int weir_value_open_fd(struct weir_value **value, int fd)
{
	struct cells_place place = { .fd = fd };

	if (!value)
		return -EINVAL;
	return cells_open(value, &kind, &place);
}

int weir_value_fd(const struct weir_value *value)
{
	return value ? home_fd(&value->cells.sync.home) : -EINVAL;
}

int weir_value_backing(const struct weir_value *value)
{
	return value ? home_backing(&value->cells.sync.home) : -EINVAL;
}

void weir_value_close(struct weir_value *value)
{
	cells_close(value ? &value->cells : NULL);
}
