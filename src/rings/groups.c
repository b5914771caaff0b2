/* SPDX-License-Identifier: MIT */
#include "rings/groups.h"

#include <errno.h>

static uint32_t groups_ready(const struct pool *pool)
{
	return pool_ready(pool) / pool->group;
}

/* The next free block of the desk's group becomes a DRAFT, or -1. */
static int64_t try_group(const struct pool *pool, struct desk *desk,
                         struct asker *asker)
{
	uint32_t first = (uint32_t)desk->group * pool->group;

	for (uint32_t i = 0; i < pool->group; i++) {
		uint32_t b = first + desk->place;
		struct word64 *word = &pool_block(pool, b)->word;

		if (++desk->place == pool->group)
			desk->place = 0;
		asker->looks++;
		/* C of rings/blocks.h. */
		if (load64_acquire(word) == BLOCK_FREE) {
			/* Relaxed: nobody else looks for drafts, but who
			   recovers this member when it is dead. */
			store64_relaxed(word, block_word(BLOCK_DRAFT,
			                                 asker->member, 0, 0));
			return b;
		}
	}
	return -1;
}

static bool has_free(const struct pool *pool, uint32_t group,
                     struct asker *asker)
{
	uint32_t first = group * pool->group;

	for (uint32_t i = 0; i < pool->group; i++) {
		asker->looks++;
		if (load64_relaxed(&pool_block(pool, first + i)->word) ==
		    BLOCK_FREE)
			return true;
	}
	return false;
}

void group_leave(const struct groups *groups, struct desk *desk)
{
	if (desk->group == NO_GROUP)
		return;
	/* Pairs with the CAS in group_enter: its DRAFTs are seen. */
	store32_release(&groups->owners[desk->group], 0);
	desk->group = NO_GROUP;
}

/*
 * A group with a free block becomes the desk's; false: there is none, and so
 * many are somebody else's.
 */
static bool group_enter(const struct groups *groups, struct desk *desk,
                        struct asker *asker, uint32_t *others)
{
	uint32_t ready = groups_ready(groups->pool);
	uint32_t reserved = groups->pool->base / groups->pool->group;

	*others = 0;
	for (uint32_t i = 0; i < ready; i++) {
		uint32_t g = desk->cursor < ready ? desk->cursor : 0;
		struct word32 *owner = &groups->owners[g];
		uint32_t nobody = load32_relaxed(owner);

		desk->cursor = g + 1;
		asker->looks++;
		*others += nobody != 0;
		if (nobody != 0 || g == reserved ||
		    !has_free(groups->pool, g, asker) ||
		    !cas32(owner, &nobody, asker->member + 1))
			continue;
		desk->group = g;
		desk->place = 0;
		return true;
	}
	return false;
}

/*
 * More blocks get memory, beyond those for messages as many as may lie unused in
 * the groups of others; 0 or -errno.
 */
static int grow(const struct pool *pool, uint32_t others, int64_t *before)
{
	uint32_t ready = pool_ready(pool);
	uint64_t more = (uint64_t)others * pool->group;
	uint64_t most = pool->base + (more ? pool->reserve + more : 0);

	/* Each time there are more than the time before. */
	if (ready <= *before)
		return -EUCLEAN;
	*before = ready;
	return pool_grow(pool,
	                 most < pool->blocks ? (uint32_t)most : pool->blocks);
}

static int allocate(const struct groups *groups, struct desk *desk,
                    struct asker *asker, uint32_t *block)
{
	const struct pool *pool = groups->pool;
	int64_t before = -1;

	/* A round ends because others were faster, or has more blocks. */
	while (pool_may_look(pool, asker)) {
		uint32_t others;
		bool entered = desk->group != NO_GROUP ||
		               group_enter(groups, desk, asker, &others);
		int64_t b = entered ? try_group(pool, desk, asker) : -1;
		int code = entered ? 0 : grow(pool, others, &before);

		if (b >= 0) {
			*block = (uint32_t)b;
			return 0;
		}
		if (code < 0)
			return code;
		if (entered)
			group_leave(groups, desk);
	}
	return -EAGAIN;
}

int group_allocate(const struct groups *groups, struct desk *desk,
                   struct asker *asker, uint32_t *block)
{
	struct desk none = { .group = NO_GROUP, .cursor = asker->member };
	int code;

	if (!desk || desk->busy)
		desk = &none;
	desk->busy = true;
	fence_light();
	code = allocate(groups, desk, asker, block);
	if (!desk->keeps)
		group_leave(groups, desk);
	fence_light();
	desk->busy = false;
	return code;
}

void groups_bury(const struct groups *groups, uint32_t member)
{
	uint32_t ready = groups->pool->group ? groups_ready(groups->pool) : 0;

	for (uint32_t g = 0; g < ready; g++) {
		uint32_t owner = load32_relaxed(&groups->owners[g]);

		if (owner == member + 1)
			cas32(&groups->owners[g], &owner, 0);
	}
}
