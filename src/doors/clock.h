/* SPDX-License-Identifier: MIT */
/* The door to time and to the scheduler. */
#ifndef WEIR_DOORS_CLOCK_H
#define WEIR_DOORS_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_now(void);

/* How many CPUs this thread may run on; at least 1. */
int clock_cpus(void);

#endif
