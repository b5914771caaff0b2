/* SPDX-License-Identifier: MIT */
#include "segment/table.h"

#include "doors/files.h"
#include "segment/layout_region.h"

#include <errno.h>

uint32_t table_count(const struct table *table)
{
	/* Pairs with the CAS in table_grow. */
	uint64_t count = load64_acquire(table->published);

	return count < table->most ? (uint32_t)count : table->most;
}

int table_grow(const struct table *table, int fd, uint32_t count)
{
	uint64_t seen = count;
	uint64_t offset = table->offset + seen * table->size;
	int code;

	if (count >= table->most)
		return -EAGAIN;
	code = file_take(fd, offset, REGION_PAGE);
	if (code == 0)
		cas64(table->published, &seen,
		      count + REGION_PAGE / table->size);
	return code;
}
