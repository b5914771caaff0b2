/* SPDX-License-Identifier: MIT */
/* Bury: what a dead member had of a value or an array is settled. */
#ifndef WEIR_VALUE_BURY_H
#define WEIR_VALUE_BURY_H

#include "region/region.h"

/* An object_burier each. */
int value_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member);
int array_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member);

#endif
