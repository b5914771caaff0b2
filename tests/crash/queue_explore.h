/* SPDX-License-Identifier: MIT */
/*
 * Queue explore: one call at a queue, killed after each of its instructions.
 *
 * The call is single-stepped in a child.  Only the shared memory survives a
 * kill, so each image of it that was seen stands for all instructions that left
 * it so.  For each image a world is made in which just that is left, and the
 * others go on in each way there is (queue_settle.h).  What becomes of each
 * message must only move on from image to image.  Then the recovery from each
 * image is stepped in the same manner, and so is what else somebody may do
 * there without it; from what that leaves, everything comes out as before.
 */
#ifndef TESTS_CRASH_QUEUE_EXPLORE_H
#define TESTS_CRASH_QUEUE_EXPLORE_H

#include "crash/queue_settle.h"

/* Who goes on first, and is killed too. */
struct queue_second {
	const char *name;
	void (*before)(struct queue_world *world); /* at full speed; or NULL */
	int (*call)(struct queue_world *world);
	uint32_t puts; /* bytes of the message that it puts; 0: none */
	bool takes, takes_finish;
	bool task_done;
	bool shuts; /* and drops what is there */
	bool looks; /* for deaths, on the way */
};

enum { OPERATION_PUTS = 4, OPERATION_FATES = 6, OPERATION_SECONDS = 6 };

struct queue_operation {
	const char *name;
	const struct queue_plan *plan;
	/* What the survivor did before; then the victim, at full speed. */
	void (*prepare)(struct queue_world *world);
	void (*before)(struct queue_world *world);
	/* Stepped; returns what it should return if nobody dies. */
	int (*call)(struct queue_world *world);
	int result;
	/* Bytes of the messages that it puts: their fate is "01". */
	uint32_t puts[OPERATION_PUTS];
	/* Fates, if they are not what they were, of the messages before. */
	const char *fates[OPERATION_FATES];
	bool finishes; /* what is gone is finished */
	bool task_done;
	bool shuts;
	bool looks; /* for deaths, though there are none */
	/* Beside the recovery. */
	const struct queue_second *seconds[OPERATION_SECONDS];
};

/* The bytes of the messages that the call puts. */
extern unsigned char queue_in_flight[OPERATION_PUTS][ITEM_LARGEST];

/* What others may do while the dead one is not recovered. */
extern const struct queue_second second_put, second_get, second_lease,
	second_done, second_task_done, second_shutdown;

struct queue_tally {
	uint64_t steps;
	int images;
	int checks;
	uint64_t steps_again;
	int images_again;
	int checks_again;
};

/* NULL, or the first thing that was wrong. */
const char *queue_explore(const struct queue_operation *operation,
                          struct queue_tally *tally);

/* A test: explores each of them, prints what was done. */
void queue_explore_all(const struct queue_operation *operations, size_t count);

#define queue_explore_these(operations)                                        \
	queue_explore_all(operations,                                          \
	                  sizeof(operations) / sizeof((operations)[0]))

#endif
