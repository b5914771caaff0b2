/* SPDX-License-Identifier: MIT */
#include "region/extents.h"

#include <errno.h>
#include <stdlib.h>

enum { LINES_BITS = 36 };

_Static_assert(REGION_LARGEST / REGION_LINE < UINT64_C(1) << LINES_BITS,
               "a number of lines fits beside the generation");

static struct entry_layout *entry_at(const struct weir_region *region,
                                     uint32_t entry)
{
	return table_at(&region->entries, entry);
}

static uint64_t extent_word(uint64_t owner, uint64_t lines)
{
	return owner_generation(owner) << LINES_BITS | lines;
}

static uint64_t lines_of(uint64_t extent)
{
	return extent & ((UINT64_C(1) << LINES_BITS) - 1);
}

/* One that is of one line shares a pair of lines with another such one. */
static uint64_t alignment(uint64_t lines)
{
	return lines > 1 ? CACHE_LINE / REGION_LINE : 1;
}

static bool fits(const struct weir_region *region, const struct extent *extent)
{
	uint64_t lines = region->geometry.lines;

	return extent->lines > 0 && extent->lines <= lines &&
	       extent->offset <= lines - extent->lines &&
	       extent->offset % alignment(extent->lines) == 0;
}

int extent_of(const struct weir_region *region, uint32_t entry, uint64_t word,
              struct extent *extent)
{
	const struct entry_layout *at = entry_at(region, entry);
	/* Pairs with the CAS in help. */
	uint64_t own = load64_acquire(&at->extent);

	extent->lines = lines_of(own);
	extent->offset = load64_relaxed(&at->offset);
	if (own != extent_word(word, extent->lines))
		return -EUCLEAN;
	return fits(region, extent) ? 0 : -EUCLEAN;
}

/* Nothing at or behind `end` was ever given away: but what was, was not yet. */
static void push_frontier(struct weir_region *region, uint64_t end)
{
	uint64_t seen = load64_relaxed(&region->shared->frontier);

	for (int i = 0; i < REGION_TRIES && seen < end; i++) {
		if (cas64(&region->shared->frontier, &seen, end))
			break;
	}
}

/* A and D. */
static int help(struct weir_region *region, uint64_t allocated)
{
	uint32_t entry = owner_said_entry(allocated);
	struct extent extent;
	struct entry_layout *at;
	uint64_t owner, none;

	if (allocated == 0)
		return 0;
	if (entry >= table_count(&region->entries))
		return -EUCLEAN;
	at = entry_at(region, entry);
	owner = load64_acquire(&at->owner);
	if (owner_said(owner, entry) != allocated)
		return 0; /* it was helped, lived, and is free again */
	none = extent_word(owner, 0);
	cas64(&at->extent, &none,
	      extent_word(owner, lines_of(load64_relaxed(&at->wanted))));
	if (extent_of(region, entry, owner, &extent) == 0)
		push_frontier(region, extent.offset + extent.lines);
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct extent *first = a, *second = b;

	return (first->offset > second->offset) -
	       (first->offset < second->offset);
}

/* The extents of all entries; how many, or -ENOMEM.  The caller frees *list. */
static int64_t list_extents(const struct weir_region *region,
                            struct extent **list)
{
	uint32_t count = table_count(&region->entries);
	int64_t found = 0;

	*list = malloc((count + 1) * sizeof(**list));
	if (!*list)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t word = load64_acquire(&entry_at(region, i)->owner);

		if (owner_state(word) != OWNER_FREE &&
		    extent_of(region, i, word, &(*list)[found]) == 0)
			found++;
	}
	qsort(*list, (size_t)found, sizeof(**list), by_offset);
	return found;
}

static uint64_t aligned(uint64_t offset, uint64_t lines)
{
	uint64_t align = alignment(lines);

	return (offset + align - 1) / align * align;
}

/* The first gap between extents that is large enough. */
static int find_gap(const struct weir_region *region, struct extent *wanted)
{
	struct extent *list;
	int64_t count = list_extents(region, &list);

	if (count < 0)
		return (int)count;
	wanted->offset = 0;
	for (int64_t i = 0; i < count; i++) {
		uint64_t end =
			aligned(list[i].offset + list[i].lines, wanted->lines);

		if (list[i].offset >= wanted->offset + wanted->lines)
			break;
		if (wanted->offset < end)
			wanted->offset = end;
	}
	free(list);
	return fits(region, wanted) ? 0 : -ENOSPC;
}

/* B. */
static int find_room(const struct weir_region *region, struct extent *wanted)
{
	wanted->offset = aligned(load64_relaxed(&region->shared->frontier),
	                         wanted->lines);
	return fits(region, wanted) ? 0 : find_gap(region, wanted);
}

int extent_take(struct weir_region *region, uint32_t entry, uint64_t lines)
{
	struct entry_layout *own = entry_at(region, entry);
	/* The caller has drafted it: nobody else changes it. */
	uint64_t owner = load64_relaxed(&own->owner);
	struct extent wanted = { .lines = lines };
	uint64_t allocated;
	int tries = 0;
	int code;

	/* A help that was late by a generation must not find its 0 here. */
	store64_relaxed(&own->extent, extent_word(owner, 0));
	do {
		allocated = load64_acquire(&region->shared->allocated);
		code = help(region, allocated);
		if (code == 0 && tries++ == REGION_TRIES)
			code = -EUCLEAN;
		if (code == 0)
			code = find_room(region, &wanted);
		if (code < 0)
			return code;
		store64_relaxed(&own->offset, wanted.offset);
		store64_relaxed(&own->wanted, wanted.lines);
	} while (!cas64(&region->shared->allocated, &allocated,
	                owner_said(owner, entry)));
	return help(region, owner_said(owner, entry));
}
