/* SPDX-License-Identifier: MIT */
/*
 * Table: items of one size in shared memory that get their memory when they are
 * needed, a chunk of one page at a time, and keep it.
 *
 * A chunk has memory before `published` counts it, so whoever stays below that
 * count never takes a page by touching it.  Growing twice at once does no harm,
 * nor does dying in between: fallocate is idempotent, and the count is moved on
 * by CAS.
 */
#ifndef WEIR_SEGMENT_TABLE_H
#define WEIR_SEGMENT_TABLE_H

#include "segment/segment.h"

struct table {
	unsigned char *items;
	uint64_t offset; /* in the file */
	struct word64 *published;
	uint32_t size; /* of an item; a power of two */
	uint32_t most;
};

/* How many items there are now; never more than `most`. */
uint32_t table_count(const struct table *table);

static inline void *table_at(const struct table *table, uint32_t index)
{
	return table->items + (uint64_t)index * table->size;
}

/* One chunk more than `count`.  0, -EAGAIN that was all, -ENOSPC, -errno. */
int table_grow(const struct table *table, int fd, uint32_t count);

#endif
