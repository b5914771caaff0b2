/* SPDX-License-Identifier: MIT */
/* The queue that a schedule is about, and the handles of those who begin. */
#ifndef FUZZ_QUEUE_SCENE_H
#define FUZZ_QUEUE_SCENE_H

#include "queue_acts.h"

/* The shape, and the schedule's limits. */
void scene_choose(struct choices *choices);

/* Makes the queue. */
void scene_begin(void);

/* Worker number n, with a handle of its own; and its descriptors go with it. */
struct hand *scene_hand(int number);
void scene_give(const struct hand *hand);

#endif
