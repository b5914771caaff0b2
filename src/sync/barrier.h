/* SPDX-License-Identifier: MIT */
/* What one process knows of a barrier: see barrier.c. */
#ifndef WEIR_SYNC_BARRIER_H
#define WEIR_SYNC_BARRIER_H

#include "region/burial.h"
#include "sync/bell.h"
#include "weir/barrier.h"

struct weir_barrier {
	struct sync sync;
	struct dependent dependent;
	uint32_t parties;
};

enum { PARTIES_MOST = 1 << 20 };

/* The barrier breaks if somebody waits there; 0 or -EUCLEAN. */
int barrier_lost(struct barrier_layout *shared);

/* An object_burier. */
int barrier_bury_object(const struct weir_region *region, unsigned char *at,
                        uint64_t bytes, uint32_t member);

#endif
