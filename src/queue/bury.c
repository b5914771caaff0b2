/* SPDX-License-Identifier: MIT */
#include "queue/bury.h"

#include "queue/events.h"
#include "queue/tasks.h"
#include "rings/returned.h"

#include <errno.h>

/*
 * While a block of the dead is looked at, others may turn it once: what he had
 * posted is taken, what he was leasing is TAKEN, by index_settle, and still his.
 */
enum { AGAIN = 1, LOOKS = 2 };

struct burial {
	struct queue_view *view;
	uint32_t member;
	uint64_t returned; /* bits where blocks came back */
	bool freeing;      /* something says FREEING */
	uint32_t tries;    /* to count what was finished, of all blocks */
};

/* 0, or AGAIN. */
static int turn(struct burial *burial, struct word64 *at, uint64_t word,
                uint64_t turned)
{
	if (!cas64(at, &word, turned))
		return AGAIN;
	burial->freeing |= block_state(turned) == BLOCK_FREEING;
	return 0;
}

/* FREE, at once or when its parts are. */
static int let_go(struct burial *burial, struct word64 *at, uint64_t word)
{
	uint64_t freeing = block_turned(word, BLOCK_FREEING, burial->member, 0);
	bool parts = block_length(word) == LENGTH_LONG;

	return turn(burial, at, word, parts ? freeing : (uint64_t)BLOCK_FREE);
}

static int hand_back(struct burial *burial, uint32_t b, struct word64 *at,
                     uint64_t word, uint64_t deliveries)
{
	burial->returned |= returned_bit(&burial->view->pool, b);
	return turn(burial, at, word,
	            block_turned(word, BLOCK_RETURNED, 0, deliveries));
}

/* What the dead one's block says is settled; 0, AGAIN, -EUCLEAN. */
static int settle_block(struct burial *burial, uint32_t b, struct word64 *at,
                        uint64_t word)
{
	struct index *index = &burial->view->index;

	switch (block_state(word)) {
	case BLOCK_DRAFT:
		return let_go(burial, at, word);
	case BLOCK_POSTED:
		if (index_names(index, block_stamp(word), b, false))
			return 0;
		return let_go(burial, at, word);
	case BLOCK_LEASING:
		if (index_names(index, block_stamp(word), b, true))
			return hand_back(burial, b, at, word, 1);
		return let_go(burial, at, word);
	case BLOCK_TAKEN:
		return hand_back(burial, b, at, word, block_stamp(word));
	case BLOCK_GIVEN_UP:
	case BLOCK_COUNTED:
	case BLOCK_FINISHING:
		burial->freeing = true;
		return tasks_finish_dead(burial->view, b, word, &burial->tries);
	case BLOCK_FREEING:
		burial->freeing = true;
		return 0;
	default:
		return 0;
	}
}

static int look_at(struct burial *burial, uint32_t b)
{
	struct pool *pool = &burial->view->pool;
	struct word64 *at = &pool_block(pool, b)->word;
	uint64_t word = load64_acquire(at);

	if (word == BLOCK_FREE)
		return 0;
	/* Of whoever died before he could say so himself. */
	if (block_state(word) == BLOCK_RETURNED)
		burial->returned |= returned_bit(pool, b);
	else if (block_member(word) == burial->member)
		return settle_block(burial, b, at, word);
	return 0;
}

static int settle_all(struct burial *burial)
{
	uint32_t ready = pool_ready(&burial->view->pool);

	for (uint32_t b = 0; b < ready; b++) {
		int code = AGAIN;

		for (int i = 0; i < LOOKS && code == AGAIN; i++)
			code = look_at(burial, b);
		if (code < 0)
			return code;
	}
	return 0;
}

static bool is_freeing(const struct burial *burial, uint32_t b)
{
	const struct pool *pool = &burial->view->pool;
	uint64_t word;

	if (b >= pool->blocks)
		return false;
	word = load64_relaxed(&pool_block(pool, b)->word);
	return block_state(word) == BLOCK_FREEING &&
	       block_member(word) == burial->member;
}

/* The parts of what says FREEING, then that itself. */
static void free_all(const struct burial *burial)
{
	const struct pool *pool = &burial->view->pool;
	uint32_t ready = pool_ready(pool);

	for (uint32_t b = 0; b < ready; b++) {
		uint64_t word = load64_relaxed(&pool_block(pool, b)->word);

		if (block_state(word) == BLOCK_PART &&
		    is_freeing(burial, (uint32_t)block_stamp(word)))
			pool_free(pool, b);
	}
	for (uint32_t b = 0; b < ready; b++) {
		if (is_freeing(burial, b))
			pool_free(pool, b);
	}
}

int queue_bury(struct queue_view *view, uint32_t member)
{
	struct burial burial = { .view = view, .member = member };
	int code = settle_all(&burial);

	if (code < 0)
		return code;
	if (burial.freeing)
		free_all(&burial);
	groups_bury(&view->groups, member);
	if (burial.returned)
		returned_mark(&view->pool, burial.returned);
	queue_wake(view, QUEUE_DATA, SIZE_MAX);
	queue_wake(view, QUEUE_ROOM, SIZE_MAX);
	queue_wake(view, QUEUE_IDLE, SIZE_MAX);
	return 0;
}

int queue_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member)
{
	struct queue_view view;
	int code = queue_look(&view, at, bytes);

	(void)region;
	return code < 0 ? code : queue_bury(&view, member);
}
