/* SPDX-License-Identifier: MIT */
/* What one process knows of an array. */
#ifndef WEIR_VALUE_ARRAY_H
#define WEIR_VALUE_ARRAY_H

#include "value/cells.h"
#include "value/ranges.h"
#include "weir/array.h"

#include <errno.h>

struct weir_array {
	struct cells cells;
	struct weir_rlock *given; /* cells_given */
	size_t numbers;           /* the length, of records 0: weir/cell.h */
	uint64_t length;
	struct ranges ranges;
	struct word32 taken; /* 1: ranges.next has memory */
};

_Static_assert(offsetof(struct weir_array, given) == sizeof(struct cells) &&
                       offsetof(struct weir_array, numbers) ==
                               offsetof(struct weir_array_head, length),
               "programs, and cells_given, look there");
_Static_assert(sizeof(struct weir_array) <= 256, "a handle is small");

/* What is asked for, in bytes. */
struct span {
	uint64_t first;
	uint64_t bytes;
};

/* 0, or -EINVAL: there are no such elements. */
static inline int array_span(const struct weir_array *array, size_t start,
                             size_t count, struct span *span)
{
	uint64_t length = array->length;

	if (start > length || count > length - start)
		return -EINVAL;
	span->first = (uint64_t)start * array->cells.item_size;
	span->bytes = (uint64_t)count * array->cells.item_size;
	return 0;
}

/* Elements that no instruction changes as a whole. */
static inline bool array_of_records(const struct weir_array *array)
{
	return array->cells.typecode == WEIR_RECORD;
}

/* It lies in one word, which one instruction reads or writes. */
static inline bool array_in_one_word(struct span span)
{
	return span.bytes <= sizeof(uint64_t) &&
	       (span.bytes & (span.bytes - 1)) == 0 &&
	       (span.bytes == 0 || span.first % span.bytes == 0);
}

/* As of one moment, where elements only change by stores of several. */
int array_read(const struct weir_array *array, struct span span, void *out);

/* 0 or as weir_array_store says. */
int array_write(struct weir_array *array, struct span span, const void *in);

#endif
