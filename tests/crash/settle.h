/* SPDX-License-Identifier: MIT */
/*
 * After a death: everybody who is left goes on, and every promise is checked.
 */
#ifndef TESTS_CRASH_SETTLE_H
#define TESTS_CRASH_SETTLE_H

#include "crash/world.h"

/*
 * world->ends has what is left, NULL for an end that nobody holds; the victim
 * had the end `side`.  Closes all of it.  NULL, or what is wrong;
 * world->arrived is counted.
 */
const char *settle(struct world *world, int side);

#endif
