/* SPDX-License-Identifier: MIT */
/* A region, seen from inside. */
#ifndef TESTS_UNIT_PLANT_H
#define TESTS_UNIT_PLANT_H

#include "members/recovery.h"
#include "pipes.h"
#include "region/directory.h"

#include <weir/region.h>

enum { PLANT = 256 * 1024, RING = 4096 };

static inline struct weir_region *plant(void)
{
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, PLANT, NULL), 0);
	return region;
}

static inline int create(struct weir_pipe **end, struct weir_region *region,
                         const char *name)
{
	struct weir_pipe_options options = { .size = RING,
		                             .segment.region = region };

	return weir_pipe_create(end, name, &options);
}

static inline struct weir_pipe *created(struct weir_region *region,
                                        const char *name)
{
	struct weir_pipe *end;

	must_be(create(&end, region, name), 0);
	return end;
}

static inline uint32_t seats_taken(const struct weir_region *region)
{
	const struct table *seats = &region->membership.seats;
	uint32_t taken = 0;

	for (uint32_t i = 0; i < table_count(seats); i++) {
		const struct seat_layout *seat = table_at(seats, i);

		taken +=
			owner_state(load64_acquire(&seat->owner)) == SEAT_TAKEN;
	}
	return taken;
}

static inline uint32_t members_attached(const struct weir_region *region)
{
	uint32_t attached = 0;

	for (uint32_t i = 0; i < MEMBERS_MOST; i++)
		attached +=
			owner_state(load64_acquire(
				&region->shared->member[i])) == MEMBER_ATTACHED;
	return attached;
}

static inline int recover(struct weir_region *region)
{
	int code;

	registry_lock();
	code = recover_all(&region->membership);
	registry_unlock();
	return code;
}

#endif
