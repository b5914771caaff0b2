/* SPDX-License-Identifier: MIT */
/*
 * World: one named pipe with both ends, in a state that is the same each time,
 * and the list of messages that its receiver is owed.
 */
#ifndef TESTS_CRASH_WORLD_H
#define TESTS_CRASH_WORLD_H

#include "pipe/handle.h"

enum { RECEIVER = 0, SENDER = 1 };
enum { WORLD_RING = 4096, WORLD_STREAM = 2100, WORLD_BROKEN = 9000 };
enum { OWED_MOST = 700 };

#define WORLD_SIZE (PIPE_OFFSET + sizeof(struct pipe_layout) + WORLD_RING)

struct message {
	uint64_t seed;
	uint32_t size;
	bool maybe; /* under way, either way, when somebody died */
};

struct world {
	const char *name;
	struct weir_pipe *ends[2];
	unsigned char *view; /* of the shared memory, whoever holds the ends */
	struct message owed[OWED_MOST];
	int front, count; /* of owed: what is left is in between */
	int asked;        /* of owed: how many when recovery began */
	int arrived;      /* of these: messages of `maybe` that were received */
	uint64_t seed;    /* of the last message */
	unsigned char scratch[WORLD_BROKEN];
};

/*
 * Both ends open, the ring empty, `offset` (a multiple of 8) its next position,
 * and every other word of it the header of a message of an earlier lap.
 */
void world_begin(struct world *world, const char *name, uint64_t offset);
void world_close(struct world *world, int side);

/* Lets go of all that is left, the name too. */
void world_end(struct world *world);

/* What is owed from now on. */
struct message *world_owe(struct world *world, uint64_t seed, uint32_t size);

/* Sends, receives, or fills with messages of 8 bytes; it must work. */
void world_give(struct world *world, uint32_t size);
void world_take(struct world *world);
void world_fill(struct world *world);

/*
 * What is left of a stream larger than the ring: the sender gave it up, or it
 * was killed before it could.
 */
void world_give_up_stream(struct world *world);
void world_break_stream(struct world *world);

/* Hash of what an image says, without the bytes that nobody will read. */
uint64_t world_meaning(const void *image);

#endif
