/* SPDX-License-Identifier: MIT */
/* What one process knows of a value. */
#ifndef WEIR_VALUE_VALUE_H
#define WEIR_VALUE_VALUE_H

#include "value/cells.h"
#include "value/copies.h"
#include "weir/value.h"

struct weir_value {
	struct cells cells;
	struct copies copies; /* of a record of more than 8 bytes */
};

_Static_assert(sizeof(struct weir_value) <= 320, "a handle is small");

/* It is too large for one word. */
static inline bool value_has_copies(const struct weir_value *value)
{
	return value->cells.item_size > sizeof(uint64_t);
}

#endif
