/* SPDX-License-Identifier: MIT */
/*
 * Queue judge: what came of each message, and whether that may be.  All of this
 * returns NULL, or what is wrong.
 */
#ifndef TESTS_CRASH_QUEUE_JUDGE_H
#define TESTS_CRASH_QUEUE_JUDGE_H

#include "crash/queue_world.h"

/* It came, but how often it was handed out is not known. */
enum { SOME = '+' };

/* These bytes came; `how`: a digit, or SOME. */
const char *queue_came(struct queue_world *world, const void *bytes,
                       size_t size, char how);

/* No more will come. */
const char *queue_judge(struct queue_world *world);

/* That there are so many unfinished tasks; `all`: those that came are, too. */
const char *queue_check_unfinished(struct queue_world *world,
                                   int64_t unfinished, bool all);

#endif
