/* SPDX-License-Identifier: MIT */
/*
 * A region under a schedule: workers create, open, use, close and remove pipes
 * in it, and fork; some are stopped or killed.
 *
 * Checked: a name is never had by two, nor is memory; an end that passes from
 * parent to child never looks dead; when all is done, whoever is left finds
 * nothing half made, and as much room as in the beginning.
 */
#ifndef FUZZ_REGION_SCHEDULE_H
#define FUZZ_REGION_SCHEDULE_H

#include "sim/sim.h"

enum { REGION_WORKERS = 3, REGION_TURNS = 3 };

/* Three bits for each turn of each worker. */
const char *region_schedule_run(uint64_t bits, struct sim_schedule *schedule);

#endif
