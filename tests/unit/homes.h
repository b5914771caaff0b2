/* SPDX-License-Identifier: MIT */
/* Objects of a kind that has no meaning, for tests of where they live. */
#ifndef TESTS_UNIT_HOMES_H
#define TESTS_UNIT_HOMES_H

#include "region/home.h"
#include "unit/plant.h"

enum { BYTES = 3 * REGION_PAGE + 100 };

static const struct home_plan small = { OBJECT_EVENT, BYTES, 0 };

/* What the format was told, and how often. */
struct told {
	int calls;
	bool zeroed;
};

/* Every byte of a new object is 'q'. */
static inline void format(void *subject, unsigned char *at, bool zeroed)
{
	struct told *told = subject;

	told->calls++;
	told->zeroed = zeroed;
	for (int i = 0; zeroed && i < BYTES; i++)
		must_be(at[i], 0);
	memset(at, 'q', BYTES);
}

/* One that is left as it is. */
static inline void format_nothing(void *subject, unsigned char *at, bool zeroed)
{
}

static inline int create_in(struct home *home, struct weir_region *region,
                            const char *name)
{
	struct weir_segment_options options = { .region = region };
	struct told told = { 0 };
	int code = home_create(home, name, &small, &options, format, &told);

	must(!told.zeroed);
	return code;
}

static inline int create_own(struct home *home, const char *name)
{
	struct told told = { 0 };
	int code = home_create(home, name, &small, NULL, format, &told);

	must_be(told.calls, told.zeroed);
	return code;
}

static inline bool is_whole(const struct home *home)
{
	bool whole = (uint64_t)home_bytes(home) >= BYTES &&
	             (uint64_t)home_bytes(home) < BYTES + REGION_LINE;

	for (int i = 0; whole && i < BYTES; i++)
		whole = home->at[i] == 'q';
	return whole;
}

static inline uint32_t entry_state(const struct weir_region *region,
                                   uint32_t entry)
{
	const struct entry_layout *at = table_at(&region->entries, entry);

	return owner_state(load64_acquire(&at->owner));
}

#endif
