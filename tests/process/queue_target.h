/* SPDX-License-Identifier: MIT */
/*
 * What an attacker of a queue has: the whole segment, by heart, and a process
 * of its own.  The numbers are those of the layout, which is ABI
 * (src/segment/layout_queue.h, src/rings/words.h).
 */
#ifndef TESTS_PROCESS_QUEUE_TARGET_H
#define TESTS_PROCESS_QUEUE_TARGET_H

#include "child.h"
#include "names.h"
#include "queues.h"

enum {
	TARGET_CAPACITY = 8,
	TARGET_CELLS = 64,
	TARGET_BLOCK = 24,
	TARGET_ROOM = 16,   /* of a block in a chain */
	TARGET_BLOCKS = 60, /* for messages */
	TARGET_ALL = TARGET_BLOCKS + 8
};

enum queue_at {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_FILE_SIZE = 16,
	AT_TYPE = 24,
	AT_MEMBERS = 640, /* owner words */
	AT_QUEUE = 12288,
	AT_CAPACITY = AT_QUEUE + 0,
	AT_BLOCK_SIZE = AT_QUEUE + 8,
	AT_BLOCKS = AT_QUEUE + 16,
	AT_GROUPED = AT_QUEUE + 24,
	AT_TAIL = AT_QUEUE + 256,
	AT_HEAD = AT_QUEUE + 384,
	AT_FREED = AT_QUEUE + 392,
	AT_FINISHED = AT_QUEUE + 512,
	AT_DATA = AT_QUEUE + 640, /* two of 4 bytes: data, room */
	AT_IDLE = AT_QUEUE + 648, /* likewise: idle, unfenced */
	AT_RETURNED = AT_QUEUE + 656,
	AT_CELLS_READY = AT_QUEUE + 664,
	AT_BLOCKS_READY = AT_QUEUE + 672,
	AT_DROPPING = AT_QUEUE + 688,
	AT_CELLS = AT_QUEUE + 1024,
	AT_WORDS = AT_CELLS + 16 * TARGET_CELLS,
	BLOCK_APART = 32,
	AT_ENTRIES = 16384 /* the page after the queue */
};

enum state {
	FREE,
	DRAFT,
	POSTED,
	TAKEN,
	RETURNED,
	PART,
	LEASING,
	FINISHING,
	FREEING,
	DROPPED,
	GIVEN_UP,
	STATES
};

enum { OF_LENGTH_LONG = 4095 };

enum cell { EMPTY, SMALL, BLOCK, BARE, LEASED, SHUT };

static inline uint64_t block_word(enum state state, uint64_t member,
                                  uint64_t length, uint64_t stamp)
{
	return stamp << 26 | length << 14 | member << 4 | state;
}

static inline uint64_t cell_word(enum cell kind, uint64_t argument,
                                 uint64_t lap)
{
	return lap << 27 | argument << 3 | kind;
}

/* A named queue, open twice, and the attacker's own mapping of it. */
struct queue_target {
	const char *name;
	struct weir_queue *queue[2];
	int fd;
	size_t size;
	unsigned char *bytes;
};

/* As attack_in_child of attacks.h. */
void queue_attack(void (*body)(void *target));

/* In that child. */
void queue_target_new(struct queue_target *target);
void queue_target_end(struct queue_target *target);

static inline uint64_t *target_at(struct queue_target *target, size_t at)
{
	return (void *)(target->bytes + at);
}

/* The first word of a cell; its second one is behind it. */
static inline uint64_t *target_cell(struct queue_target *target, unsigned cell)
{
	return target_at(target, AT_CELLS + 16 * (cell % TARGET_CELLS));
}

/* A block's word; behind it is its second word, or its message. */
static inline uint64_t *target_block(struct queue_target *target,
                                     unsigned block)
{
	return target_at(target, AT_WORDS + BLOCK_APART * block);
}

/* A code that a call on spoiled memory may return, or up to `most`. */
void must_be_sane(ssize_t result, ssize_t most);

/* Every call, with no or little time: each comes back, soon, and says what it
   may. */
void queue_call_everything(struct weir_queue *queue);

/* What one attacker does to one word, again and again, until it is killed. */
struct queue_flip {
	struct queue_target *target;
	size_t at;
	uint64_t evil;
	uint64_t step; /* not 0: added each time, instead of evil */
};

pid_t queue_flip_start(struct queue_flip *flip);

#endif
