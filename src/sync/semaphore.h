/* SPDX-License-Identifier: MIT */
/* What a semaphore is to this library: see semaphore.c. */
#ifndef WEIR_SYNC_SEMAPHORE_H
#define WEIR_SYNC_SEMAPHORE_H

#include "region/burial.h"

/* An object_burier. */
int semaphore_bury_object(const struct weir_region *region, unsigned char *at,
                          uint64_t bytes, uint32_t member);

#endif
