/* SPDX-License-Identifier: MIT */
/*
 * Queue world: one queue in a state that is the same each time, its survivor's
 * handle, and the list of what its users are owed.
 */
#ifndef TESTS_CRASH_QUEUE_WORLD_H
#define TESTS_CRASH_QUEUE_WORLD_H

#include "queue/handle.h"

enum { ITEMS_MOST = 32, ITEM_LARGEST = 12288, FEW = 4, IN_FLIGHT = 1000000 };

struct queue_plan {
	size_t block_size;
	size_t memory;
	unsigned max_deliveries;
	bool in_region; /* which is shared with others */
};

/* Eight blocks, with their words in front or in a table; and many in groups. */
extern const struct queue_plan small_blocks, large_blocks, grouped_blocks;
/* Small ones, and a message is handed out once. */
extern const struct queue_plan handed_out_once, shared_region;

/*
 * A message, and what may become of it, in the order in which it does: a digit
 * each, of how often it will have been handed out when the survivors have it,
 * or 0 if they never do.  So "01" is a message that is being put, "120" one
 * that is being got, "2" one that came back.
 */
struct item {
	uint64_t seed;
	uint32_t size;
	const char *fate;
	bool finishes; /* it is finished where its fate ends with 0 */
	bool anywhere; /* among the others */
	bool drops;    /* a shutdown may drop it */
	int stage;     /* of its fate: it does not fall behind this */
	bool exact;    /* nor does it move on */
	char seen;     /* what became of it this time, or 0 */
};

struct queue_world {
	const struct queue_plan *plan;
	struct weir_queue *own; /* the survivor's */
	struct weir_region *region;
	unsigned char *base; /* of the segment */
	struct item items[ITEMS_MOST];
	int count;
	uint64_t seed;  /* of the last message */
	uint64_t puts;  /* so many were put, before the victim's call */
	int unfinished; /* of them were got, and are not finished */
	uint64_t drops; /* messages that are handed out too often */
	bool shut;
	bool shuts, was_shut; /* a shutdown was under way; had its effect */
	/* Something is under way that may take this from any one item. */
	bool takes, takes_finish;
	char taken; /* what became of that item */
	/* A task_done is under way, or had its effect. */
	bool task_done, task_was_done;
	size_t image_size;
};

void queue_world_begin(struct queue_world *world,
                       const struct queue_plan *plan);
void queue_world_end(struct queue_world *world);

/* Somebody joins it, as another process would. */
struct queue_guest {
	struct weir_queue *queue;
	struct weir_region *region;
};

void queue_world_join(const struct queue_world *world,
                      struct queue_guest *guest);
void queue_world_part(struct queue_guest *guest);

/* What is owed from now on. */
struct item *queue_world_owe(struct queue_world *world, uint64_t seed,
                             uint32_t size, const char *fate);

/* The item that these bytes are, or NULL; it is not owed any more. */
struct item *queue_world_find(struct queue_world *world, const void *bytes,
                              size_t size);
void queue_world_drop(struct queue_world *world, struct item *item);

/* The survivor puts one that is owed; puts and gets so many; gets the first. */
void queue_world_give(struct queue_world *world, uint32_t size);
void queue_world_turn(struct queue_world *world, int times);
void queue_world_take(struct queue_world *world);

/* The survivor leases the first and gives it back. */
void queue_world_return(struct queue_world *world);

/* Deaths are looked for when the next occasion comes; or for an hour not. */
void queue_world_looks(struct weir_queue *queue);
void queue_world_looks_not(struct weir_queue *queue);

/* The memory that a kill leaves, as far as it is used. */
void queue_world_save(const struct queue_world *world, unsigned char *image);
bool queue_world_is(const struct queue_world *world,
                    const unsigned char *image);
void queue_world_load(struct queue_world *world, const unsigned char *image);

/* Hash of what the memory says now, without the bytes of the messages. */
uint64_t queue_world_meaning(const struct queue_world *world);

#endif
