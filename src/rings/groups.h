/* SPDX-License-Identifier: MIT */
/*
 * Groups of small blocks: allocation without a read-modify-write.
 *
 * Only the member whose number stands in a group's word, and of its threads the
 * one whose desk says so, allocates in the group; so looking for a FREE block
 * and storing DRAFT into its word is enough.  Everybody frees everywhere.
 *
 *	group's word:  0 --CAS--> 1 + member --store--> 0
 *
 * A desk is what one thread knows of one queue.  It keeps its group from one
 * message to the next, a page of blocks or four, so that the CAS is one for many.
 * KEEPERS threads of each process do; others let their group go after each
 * block.  So that nobody lacks what lies unused in somebody else's group, a pool
 * whose `base` blocks are all in use grows by as many as those groups have.  A
 * dead member's groups are freed by its recovery, under the lock of its byte, so
 * nobody else can have the same number then.
 */
#ifndef WEIR_RINGS_GROUPS_H
#define WEIR_RINGS_GROUPS_H

#include "rings/blocks.h"

enum { GROUP_BYTES = 4096, GROUP_LEAST = 4, KEEPERS = 4, NO_GROUP = -1 };

struct desk {
	struct desk *next;
	const void *thread;
	int64_t group;
	uint32_t place;  /* in the group: where to look next */
	uint32_t cursor; /* the group to try next */
	bool keeps;
	bool busy; /* a signal handler interrupted its thread in here */
};

struct groups {
	const struct pool *pool;
	struct word32 *owners;
};

/* As pool_allocate, at this desk; NULL: at none. */
int group_allocate(const struct groups *groups, struct desk *desk,
                   struct asker *asker, uint32_t *block);

/* The desk lets its group go. */
void group_leave(const struct groups *groups, struct desk *desk);

/* The groups of a dead member are free. */
void groups_bury(const struct groups *groups, uint32_t member);

#endif
