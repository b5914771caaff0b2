/* SPDX-License-Identifier: MIT */
#include "segment/layout_value.h"

#define AT(type, member, offset)                                               \
	_Static_assert(offsetof(struct type, member) == (offset),              \
	               #type "." #member)
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)

AT(cells_layout, bell, 0);
AT(cells_layout, owner, 16);
AT(cells_layout, changed, 24);
AT(cells_layout, alert, 28);
AT(cells_layout, typecode, 32);
AT(cells_layout, item_size, 36);
AT(cells_layout, lock, 40);
AT(cells_layout, length, 48);
AT(cells_layout, cell, 56);
SIZE(cells_layout, 64);
_Static_assert(offsetof(struct cells_layout, bell) ==
                               offsetof(struct mutex_layout, bell) &&
                       offsetof(struct cells_layout, owner) ==
                               offsetof(struct mutex_layout, owner),
               "it begins as a lock does");

AT(value_layout, copy, 64);
SIZE(value_layout, COPIES_OFFSET);

AT(array_layout, writer, 64);
AT(array_layout, first, 72);
AT(array_layout, bytes, 80);
AT(array_layout, changes, 88);
SIZE(array_layout, ELEMENTS_OFFSET);
