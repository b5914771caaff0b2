/* SPDX-License-Identifier: MIT */
/*
 * Burial: what a dead member held in the objects is settled by their types.
 *
 * A type whose objects remember members (who has a lock, who took a message)
 * has a burier.  It is called for every object of that type that there is,
 * with the dead member's lock byte locked, before the member's word turns FREE
 * and its number is somebody else's; again if the one who called it died on the
 * way or could not finish.  So it must be idempotent, every step of it.
 *
 * Meanwhile the object is in use, so its memory stays its own.  An object that
 * is being made was never seen by another member, and one that becomes FREE has
 * nobody left who could use it: neither needs a burial.
 */
#ifndef WEIR_REGION_BURIAL_H
#define WEIR_REGION_BURIAL_H

#include "region/region.h"

/*
 * Settles what `member` held in the object of `bytes` at `at`; under
 * registry_lock, so it takes no seat.  0, -EAGAIN not now, -EUCLEAN.
 */
typedef int (*object_burier)(const struct weir_region *region,
                             unsigned char *at, uint64_t bytes,
                             uint32_t member);

/*
 * NULL: nothing is ever to be settled in objects of this type, which may be any
 * number.  The primitives stand above this layer, so they say it: src/kinds.c.
 */
object_burier object_burier_of(enum object_type type);

#endif
