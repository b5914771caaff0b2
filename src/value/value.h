/* SPDX-License-Identifier: MIT */
/* What one process knows of a value. */
#ifndef WEIR_VALUE_VALUE_H
#define WEIR_VALUE_VALUE_H

#include "value/cells.h"
#include "value/copies.h"
#include "weir/value.h"

struct weir_value {
	struct cells cells;
};

_Static_assert(sizeof(struct weir_value) <= 40, "a handle is small");

/* It is too large for one word. */
static inline bool value_has_copies(const struct weir_value *value)
{
	return value->cells.item_size > sizeof(uint64_t);
}

static inline struct copies value_copies(const struct weir_value *value)
{
	return copies_of(value->cells.sync.home.at, value->cells.item_size);
}

#endif
