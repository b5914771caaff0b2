/* SPDX-License-Identifier: MIT */
#include "region/geometry.h"

#include <errno.h>

static uint64_t whole_pages(uint64_t bytes)
{
	return (bytes + REGION_PAGE - 1) & ~(uint64_t)(REGION_PAGE - 1);
}

void geometry_plan(struct geometry *geometry, uint64_t bytes)
{
	uint64_t objects = whole_pages(bytes);

	geometry->lines = objects / REGION_LINE;
	geometry->entries_most = geometry->lines < ENTRIES_MOST
	                                 ? (uint32_t)geometry->lines
	                                 : ENTRIES_MOST;
	geometry->entries = REGION_OBJECTS + objects;
	geometry->seats = geometry->entries +
	                  geometry->entries_most * sizeof(struct entry_layout);
	geometry->size =
		geometry->seats + SEATS_MOST * sizeof(struct seat_layout);
}

int geometry_read(struct geometry *geometry, const struct region_layout *layout,
                  uint64_t file_size)
{
	uint64_t lines;

	copy_out(&lines, &layout->lines, sizeof(lines));
	if (lines == 0 || lines > REGION_LARGEST / REGION_LINE)
		return -EUCLEAN;
	geometry_plan(geometry, lines * REGION_LINE);
	return geometry->lines == lines && geometry->size == file_size
	               ? 0
	               : -EUCLEAN;
}
