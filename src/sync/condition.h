/* SPDX-License-Identifier: MIT */
/* What one process knows of a condition: see condition.c. */
#ifndef WEIR_SYNC_CONDITION_H
#define WEIR_SYNC_CONDITION_H

#include "region/burial.h"
#include "sync/rlock.h"
#include "sync/slots.h"
#include "weir/condition.h"

struct weir_condition {
	struct sync sync;
	struct weir_rlock *lock; /* NULL: its own */
	struct slots slots;
	struct home_identity lock_of;
	bool own;
};

/* An object_burier. */
int condition_bury_object(const struct weir_region *region, unsigned char *at,
                          uint64_t bytes, uint32_t member);

#endif
