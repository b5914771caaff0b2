/* SPDX-License-Identifier: MIT */
/* What one process knows of a semaphore: see semaphore.c. */
#ifndef WEIR_SYNC_SEMAPHORE_H
#define WEIR_SYNC_SEMAPHORE_H

#include "region/burial.h"
#include "sync/bell.h"
#include "sync/permits.h"
#include "sync/turn.h"
#include "weir/semaphore.h"

#include <limits.h>

struct weir_semaphore {
	struct sync sync;
	uint32_t owned : 1;
	uint32_t most : 31; /* permits there may be; of owned ones, are */
	struct word32 hint; /* of permits.h, or of the guesses */
};

_Static_assert(sizeof(struct weir_semaphore) <= 40, "a handle is small");

/* Two sorts have the number of permits in `value`, beside the turn. */
enum { VALUE_TURN_BIT = 31 };

static inline uint32_t value_permits(uint32_t value)
{
	return value & INT_MAX;
}

static inline struct permits permits_at(struct semaphore_layout *shared,
                                        uint32_t count)
{
	return (struct permits){ (struct word32 *)(shared + 1),
		                 &shared->released, count };
}

static inline struct turn turn_at(struct semaphore_layout *shared, bool owned)
{
	return owned ? (struct turn){ &shared->released, RELEASED_TURN_BIT }
	             : (struct turn){ &shared->value, VALUE_TURN_BIT };
}

/* An object_burier. */
int semaphore_bury_object(const struct weir_region *region, unsigned char *at,
                          uint64_t bytes, uint32_t member);

#endif
