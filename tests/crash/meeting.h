/* SPDX-License-Identifier: MIT */
/*
 * Meeting: one process stands still in the midst of a call, after each of its
 * instructions in turn (each third, if they are many), and meanwhile another
 * makes a whole call, which must return.  Then the first goes on, and must
 * return as well.
 */
#ifndef TESTS_CRASH_MEETING_H
#define TESTS_CRASH_MEETING_H

#include "pipe/handle.h"

enum { MEETING_RING = 4096, MEETING_MOST = 600 };

/* What the one who stood still has received; shared with it. */
struct heard {
	ssize_t length;
	int then; /* what came of a call behind that */
	unsigned char bytes[MEETING_RING];
};

struct spot {
	const char *name;
	struct weir_pipe *ends[2];
	struct heard *heard;
	int result; /* of the call that was held up */
	int whole;  /* of the other one */
	/* Messages that were sent and not received yet. */
	struct {
		uint64_t seed;
		size_t size;
	} owed[MEETING_MOST];
	int front, count;
};

struct meeting {
	const char *title;
	int side;   /* of who stands still */
	bool parts; /* each lets go of the other's end */
	bool duplex;
	bool unopened;                      /* its second end */
	void (*prepare)(struct spot *spot); /* may be NULL */
	int (*held_up)(struct spot *spot);
	int (*meanwhile)(struct spot *spot);
	/* What who goes on may need to end its call; may be NULL. */
	void (*help)(struct spot *spot);
	/* Both have returned. */
	void (*check)(struct spot *spot);
	uint64_t stride; /* instead of 1 or 3 */
	bool waits;      /* who stands still falls asleep if nothing happens */
};

/* The other end sends or receives a message; its code. */
int meeting_send(struct spot *spot, struct weir_pipe *end, uint64_t seed,
                 size_t size);
int meeting_receive(struct spot *spot, struct weir_pipe *end);

/* This message is owed now; these bytes are the first that is. */
void meeting_owe(struct spot *spot, uint64_t seed, size_t size);
void meeting_match(struct spot *spot, const void *bytes, ssize_t length);

/* A test of all of them. */
void meet_all(const struct meeting *meetings, size_t count, const char *name);

#endif
