/* SPDX-License-Identifier: MIT */
/*
 * Queue passage: what the memory looks like on the way through one call, which
 * a child makes an instruction at a time.
 */
#ifndef TESTS_CRASH_QUEUE_PASSAGE_H
#define TESTS_CRASH_QUEUE_PASSAGE_H

#include "crash/images.h"
#include "crash/queue_world.h"

/* In a child, beside a survivor who has made the world. */
struct stepped {
	struct queue_world *world;
	void (*before)(struct queue_world *world); /* at full speed; or NULL */
	int (*call)(struct queue_world *world);
	bool looks; /* for deaths, on the way */
};

/* The images that a call passes, and what each of them says. */
struct passage {
	struct images images;
	uint64_t *meanings;
	int room;
	uint64_t steps;
	int result; /* of the call */
};

void passage_begin(struct passage *passage, struct stepped *stepped);
void passage_end(struct passage *passage);

/* Of those that differ in the bytes of a message only, some stand for all. */
bool passage_counts(const struct passage *passage, int image);

#endif
