/* SPDX-License-Identifier: MIT */
/*
 * Census: what stands in the queue's memory, seen past the doors, for nobody
 * runs meanwhile.
 *
 * - Who was killed leaves words that say what he had: each message that was his
 *   comes again, and was handed out once more.
 * - While all sleep, nobody sleeps who could go on; if processes were killed or
 *   stopped, nobody does so for longer than a slice or two.
 * - At the end all blocks are free, all groups are nobody's, and no message is
 *   left.
 */
#ifndef FUZZ_QUEUE_CENSUS_H
#define FUZZ_QUEUE_CENSUS_H

#include "queue/geometry.h"
#include "queue_ledger.h"

/* Returns the pool, as it is seen until the end of the run. */
const struct pool *census_begin(const struct queue_view *view);

uint64_t census_dropped(void);

/* There is nothing to get. */
bool census_empty(void);

/* What this member has, who was killed; before books_died. */
void census_of_dead(int actor, uint32_t member);

void census_asleep(void);

/* Positions, as if so many messages had come and gone. */
void census_start(uint64_t position);

/* Nobody uses it any more, but this member, or -1. */
void census_end(int64_t member);

#endif
