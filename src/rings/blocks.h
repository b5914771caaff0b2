/* SPDX-License-Identifier: MIT */
/*
 * Pool of blocks: the memory of a queue's messages.
 *
 * A block has a word that is the truth about it (rings/words.h).  It is had by
 * turning that from FREE to DRAFT, by a CAS, or, in a group that the thread
 * owns, by a store (rings/groups.h); and freed by a store, by whoever has it:
 *
 *	who frees                        who allocates
 *	---------                        -------------
 *	A read the message               C word is FREE (acquire)
 *	B word = FREE (release)          D word = DRAFT, write a message
 *
 * So freeing costs no read-modify-write.  Whoever dies leaves words that say
 * what he had; queue/bury.c sweeps them.
 *
 * Small blocks have their word in front, in the same cache line, and a second
 * one if the message is long; a producer walks through them in a circle.  Those
 * of large blocks stand in a table, so that a sweep touches little, and what
 * was freed last is used next, for it is still in some cache.
 */
#ifndef WEIR_RINGS_BLOCKS_H
#define WEIR_RINGS_BLOCKS_H

#include "region/home.h"
#include "rings/words.h"

enum { SMALL_BLOCK_MOST = 4080, BLOCK_ALIGN = 8, LARGE_ALIGN = 64 };

struct block {
	struct word64 word;
	struct word64 more; /* of a long message, or of a part of a chain */
};

struct pool {
	const struct home *home;
	struct queue_layout *shared;
	unsigned char *words; /* of block b at b * step */
	unsigned char *data;  /* of block b at b * stride */
	uint64_t step;
	uint64_t stride;
	uint32_t blocks;
	uint32_t base; /* so many of them, from the front, are for messages */
	uint32_t reserve;    /* and so many behind these for leases only */
	uint32_t group;      /* blocks in a group; 0: none */
	bool small;          /* data and words are the same */
	uint32_t short_most; /* bytes of a message without a second word */
	uint64_t words_at;   /* offsets in the object */
	uint64_t data_at;
	struct word32 next; /* private hint: where to look first */
};

static inline struct block *pool_block(const struct pool *pool, uint32_t b)
{
	return (struct block *)(void *)(pool->words + b * pool->step);
}

/* How many bytes of a message a block takes beside its second word. */
static inline uint64_t pool_room_long(const struct pool *pool)
{
	return pool->small ? pool->stride - sizeof(struct block) : pool->stride;
}

static inline unsigned char *pool_data_short(const struct pool *pool,
                                             uint32_t b)
{
	return pool->data + b * pool->stride + sizeof(struct word64);
}

static inline unsigned char *pool_data_long(const struct pool *pool, uint32_t b)
{
	return pool->data + b * pool->stride +
	       (pool->small ? sizeof(struct block) : 0);
}

static inline unsigned char *pool_data(const struct pool *pool, uint32_t b,
                                       uint64_t word)
{
	return block_length(word) == LENGTH_LONG ? pool_data_long(pool, b)
	                                         : pool_data_short(pool, b);
}

/* How many blocks have memory. */
static inline uint32_t pool_ready(const struct pool *pool)
{
	/* Pairs with the CAS in pool_take. */
	uint64_t ready = load64_acquire(&pool->shared->blocks_ready);

	return ready < pool->blocks ? (uint32_t)ready : pool->blocks;
}

/*
 * Who asks for blocks, in one call.  `looks` is at how many it looked since it
 * was 0: if others take each one just before it, there is none at last.
 */
struct asker {
	uint32_t member;
	uint64_t looks;
};

bool pool_may_look(const struct pool *pool, const struct asker *asker);

/*
 * A free block becomes a DRAFT of the asker; 0, -EAGAIN, -ENOSPC, -EUCLEAN,
 * -errno.
 */
int pool_allocate(struct pool *pool, struct asker *asker, uint32_t *block);

/*
 * The same for a message of a cell that is to be leased, when all blocks may be
 * taken by messages behind it: those in reserve are never put.
 */
int pool_allocate_reserve(const struct pool *pool, struct asker *asker,
                          uint32_t *block);

/* B; the caller has it. */
void pool_free(const struct pool *pool, uint32_t block);

/*
 * More blocks get memory, up to `most`; 0, -EAGAIN there are as many, -ENOSPC,
 * -errno.
 */
int pool_grow(const struct pool *pool, uint32_t most);

/*
 * Memory for items of a table that begins at `offset` in the object: some more
 * than *ready, of `most`; says so in `published`, and in *ready.  0 or -errno.
 */
int pool_take(const struct pool *pool, uint64_t offset, uint64_t *ready,
              uint64_t size, uint64_t most, struct word64 *published);

#endif
