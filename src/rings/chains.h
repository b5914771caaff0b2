/* SPDX-License-Identifier: MIT */
/*
 * Chains: a message in one block, or in several.
 *
 *	first block            part                   part
 *	word  more             word  more             word  more
 *	+----+------+------+   +----+------+------+   +----+------+------+
 *	|    | len, | data |   |PART| next | data |   |PART| none | data |
 *	|    | next-+------+-->|of 1|   ---+------+-->|of 1|      |      |
 *	+----+------+------+   +----+------+------+   +----+------+------+
 *
 * The first block's word says whose the chain is; its parts say PART with the
 * number of the first, from before the message is put until they are FREE, and
 * the first one is FREE after them.  So whoever finds a PART finds out by one
 * look at its first block whether it is still needed:
 *
 *	make    first DRAFT, long; then each other block DRAFT -> PART
 *	free    first FREEING; each PART -> FREE; first FREE
 */
#ifndef WEIR_RINGS_CHAINS_H
#define WEIR_RINGS_CHAINS_H

#include "rings/groups.h"

/* Where blocks come from, for one call. */
struct source {
	struct pool *pool;
	const struct groups *groups;
	struct desk *desk;
	struct asker asker;
	bool leases; /* it may have blocks in reserve */
};

/* A message in the making, or in hand. */
struct chain {
	uint32_t first;
	uint64_t word; /* of the first block */
	uint64_t size; /* of the message */
};

/* How many blocks a message of this size takes. */
uint64_t chain_blocks(const struct pool *pool, uint64_t size);

/* Room for `size` bytes, a DRAFT; 0, -EAGAIN, -ENOSPC, -EUCLEAN, -errno. */
int chain_allocate(struct source *source, uint64_t size, struct chain *chain);

/* The chain that begins with this block; -EUCLEAN. */
int chain_read(const struct pool *pool, uint32_t first, uint64_t word,
               struct chain *chain);

/* The whole message; -EUCLEAN if there is less of the chain. */
int chain_write(const struct pool *pool, const struct chain *chain,
                const void *message);
int chain_copy(const struct pool *pool, const struct chain *chain,
               void *buffer);

/* Whether it is in one piece. */
bool chain_single(const struct pool *pool, const struct chain *chain);

/* Frees it; the caller, who is `member`, has it. */
void chain_free(const struct pool *pool, const struct chain *chain,
                uint32_t member);

#endif
