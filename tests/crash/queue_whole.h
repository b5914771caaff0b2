/* SPDX-License-Identifier: MIT */
/*
 * A queue that was emptied is whole: exactly its capacity fits, every block can
 * be had, nothing belongs to nobody, and no task is left.
 */
#ifndef TESTS_CRASH_QUEUE_WHOLE_H
#define TESTS_CRASH_QUEUE_WHOLE_H

#include "crash/queue_world.h"

/* Both NULL, or what is wrong. */
const char *queue_whole(struct queue_world *world, struct weir_queue *fresh);

/* Nobody has it open any more but the witness. */
const char *queue_is_left(struct weir_queue *witness);

#endif
