/* SPDX-License-Identifier: MIT */
/*
 * Bury: what a dead member had of a queue is settled, by whoever has its lock
 * byte (members/recovery.h).
 *
 * The word of each block says whose it is, so a sweep of all of them needs no
 * announcement of anybody and asks nobody:
 *
 *	DRAFT      FREE
 *	POSTED     it was put if the cell of its position names it; else FREE
 *	LEASING    it is leased if the cell of its position says so, then
 *	           RETURNED; else FREE
 *	TAKEN      RETURNED
 *	GIVEN_UP   it is counted, then finished on behalf of the dead:
 *	COUNTED      queue/tasks.h
 *	FINISHING
 *	FREEING    FREE
 *
 * What is to be free and may have parts says FREEING first, then its parts are
 * FREE, then itself.  Each step is a CAS from what was seen, or a store that
 * only the holder of the lock byte does, so the sweep may end anywhere and be
 * begun anew.
 */
#ifndef WEIR_QUEUE_BURY_H
#define WEIR_QUEUE_BURY_H

#include "queue/geometry.h"

int queue_bury(struct queue_view *view, uint32_t member);

/* The same for an object of a region: an object_burier. */
int queue_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member);

#endif
