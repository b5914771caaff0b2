/* SPDX-License-Identifier: MIT */
/*
 * Queue meeting: one process stands still in the midst of a call, after each of
 * its instructions in turn (each third, if they are many), and meanwhile
 * another puts and gets, which must work.  Then the first goes on, and must
 * return as well.  In the end it is killed, and everything is in order.
 */
#ifndef TESTS_CRASH_QUEUE_MEETING_H
#define TESTS_CRASH_QUEUE_MEETING_H

#include "crash/queue_world.h"

struct queue_meeting {
	const char *title;
	const struct queue_plan *plan;
	/* What the other did before; then who stands still, at full speed. */
	void (*prepare)(struct queue_world *world);
	void (*before)(struct queue_world *world);
	int (*held_up)(struct queue_world *world);
	int result;
	void (*meanwhile)(struct queue_world *world);
	/* What became of the first message in `before` and after the call. */
	const char *fate;
	bool finishes;
	uint32_t puts; /* bytes of what the call puts */
	char takes;    /* 0 it gets one, 2 it leases one, which was there */
	bool waits;    /* it falls asleep if nothing happens */
};

/* What the call puts; and where it gets to, shared with the other. */
extern unsigned char queue_held_up[ITEM_LARGEST];
extern unsigned char *queue_heard;

/* Of the other: they must work. */
void queue_meeting_put(struct queue_world *world, uint32_t size);
void queue_meeting_get(struct queue_world *world);

/* A test of all of them. */
void queue_meet_all(const struct queue_meeting *meetings, size_t count);

#endif
