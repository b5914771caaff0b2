/* SPDX-License-Identifier: MIT */
/* What the targets with a spoiled queue share. */
#ifndef FUZZ_QUEUE_CALLS_H
#define FUZZ_QUEUE_CALLS_H

#include "calls.h"
#include "weir/queue.h"
#include "weir/region.h"

enum {
	FUZZ_CAPACITY = 6,
	FUZZ_CELLS = 64,
	FUZZ_QUEUES = 2, /* handles */
	FUZZ_HELD = 3    /* loans and leases, of each */
};

/* What the queue is like: the blocks; then whether a message is given up. */
enum queue_kind {
	SMALL_BLOCKS = 0,
	LARGE_BLOCKS = 1,
	GROUPS = 2, /* of small blocks */
	BLOCKS_KINDS = 3,
	GIVES_UP = 4,
	DEAD_LETTERS = 8, /* to the queue of the name FUZZ_LETTERS */
	IN_REGION = 128   /* not in a segment of its own, and not GROUPS */
};

#define FUZZ_LETTERS "fuzz.letters"

/* Who has a queue open, twice, or not, and what he has in hand. */
struct queue_user {
	struct weir_region *region; /* or NULL */
	struct weir_queue *queue[FUZZ_QUEUES];
	struct weir_loan loan[FUZZ_QUEUES][FUZZ_HELD];
	struct weir_lease lease[FUZZ_QUEUES][FUZZ_HELD];
};

/* An empty queue, without a name in a segment of its own, or of the name
   FUZZ_LETTERS in a region, and so its own: its first handle is the user's. */
void queue_begin(struct queue_user *user, uint8_t kind);

/* It as a user has it: messages of each length that there is, one leased, one
   given back, one being written. */
void queue_use(struct queue_user *user);

/* Opens the second handle, or any, from a descriptor; or closes it. */
void queue_open_again(struct queue_user *user, int handle, int fd);
void queue_leave(struct queue_user *user, int handle);

/* One call on this handle, if it is open, as the next three bytes say. */
void queue_call(struct queue_user *user, int handle, struct input *input);

/*
 * Offset of a word of the queue, its cells, blocks, groups, or of the segment
 * around it; `which` has two bytes.  The kind is that of queue_begin.
 */
size_t queue_place(const unsigned char *segment, size_t size, uint16_t which);
uint64_t queue_word(uint64_t now, uint8_t how);

#endif
