/* SPDX-License-Identifier: MIT */
#include "region/geometry.h"

#include <errno.h>

enum { PAGE_LINES = REGION_PAGE / REGION_LINE };

/* The lines of whole pages. */
static uint64_t lines_for(uint64_t bytes)
{
	return (bytes + REGION_PAGE - 1) / REGION_PAGE * PAGE_LINES;
}

static void lay_out(struct geometry *geometry, uint64_t lines,
                    uint32_t entries_most)
{
	uint64_t directory = entries_most * sizeof(struct entry_layout);

	geometry->lines = lines;
	geometry->entries_most = entries_most;
	geometry->entries = REGION_OBJECTS + lines * REGION_LINE;
	geometry->seats = geometry->entries + directory;
	geometry->size =
		geometry->seats + SEATS_MOST * sizeof(struct seat_layout);
}

void geometry_plan(struct geometry *geometry, uint64_t bytes)
{
	uint64_t lines = lines_for(bytes);

	lay_out(geometry, lines,
	        lines < ENTRIES_MOST ? (uint32_t)lines : ENTRIES_MOST);
}

void geometry_plan_one(struct geometry *geometry, uint64_t bytes)
{
	lay_out(geometry, lines_for(bytes), ENTRIES_CHUNK);
}

int geometry_read(struct geometry *geometry, const struct region_layout *layout,
                  uint64_t file_size)
{
	uint64_t lines;
	uint32_t entries;

	copy_out(&lines, &layout->lines, sizeof(lines));
	copy_out(&entries, &layout->entries_most, sizeof(entries));
	if (lines == 0 || lines > REGION_LARGEST / REGION_LINE ||
	    lines % PAGE_LINES != 0 || entries == 0 || entries > ENTRIES_MOST ||
	    entries % ENTRIES_CHUNK != 0)
		return -EUCLEAN;
	lay_out(geometry, lines, entries);
	return geometry->size == file_size ? 0 : -EUCLEAN;
}
