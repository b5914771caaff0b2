/* SPDX-License-Identifier: MIT */
/*
 * Sync explore: one call at a lock, semaphore, event, condition or barrier,
 * killed after each of its instructions.
 *
 * The call is single-stepped in a child.  Only the shared memory survives a
 * kill, so each image of it that was seen stands for all instructions that left
 * it so.  For each image a world is made in which just that is left, and the
 * survivor says what became of the call: that must only move on from image to
 * image.  Then the recovery from each image is killed in the same manner, and
 * the next one must come to the same.
 */
#ifndef TESTS_CRASH_SYNC_EXPLORE_H
#define TESTS_CRASH_SYNC_EXPLORE_H

#include "sync/handle.h"

struct sync_world {
	struct sync *own;    /* the survivor's handle */
	unsigned char *base; /* of the segment */
	size_t image_size;
	uint32_t slots[2]; /* in which the survivor waits at a condition */
	bool done;         /* `meanwhile` was */
};

struct sync_operation {
	const char *name;
	void *(*create)(void);
	/* What the survivor did before; then the victim, at full speed. */
	void (*prepare)(struct sync_world *world);
	void (*before)(struct sync_world *world);
	/* Stepped; returns what it should return if nobody dies. */
	int (*call)(struct sync_world *world);
	int result;
	/* What the survivor does between two steps: true if it did. */
	bool (*meanwhile)(struct sync_world *world);
	/* When deaths are settled: what became of the call. */
	char (*settle)(struct sync_world *world);
	/* What may become of it, in the order in which it does. */
	const char *fate;
	/* If who recovers dies too, one more may come of it. */
	bool doubles;
	void (*close)(struct sync_world *world);
};

/* A test: explores each of them, prints what was done. */
void sync_explore_all(const struct sync_operation *operations, size_t count);

#define sync_explore_these(operations)                                         \
	sync_explore_all(operations,                                           \
	                 sizeof(operations) / sizeof((operations)[0]))

#endif
