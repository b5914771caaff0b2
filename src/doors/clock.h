/* SPDX-License-Identifier: MIT */
/* The door to time and to the scheduler. */
#ifndef WEIR_DOORS_CLOCK_H
#define WEIR_DOORS_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_now(void);

/* 1 + the only CPU that this thread may run on, or 0: it has a choice. */
uint32_t clock_only_cpu(void);

#endif
