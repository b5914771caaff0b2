/* SPDX-License-Identifier: MIT */
/*
 * Ring of indices: the order of a queue's messages, many putters, many getters.
 *
 * Position p has one cell; it is filled by one CAS and emptied by one CAS, so
 * a process that stops between any two instructions leaves a cell that others
 * can use or pass over.
 *
 *	put                                  get
 *	---                                  ---
 *	t = first position from `tail` on    h = first position from `head` on
 *	    whose cell shows an older lap        whose message is still there
 *	room: position t - capacity is       small: B CAS cell -> EMPTY
 *	    taken                            block: read its number, then
 *	A   CAS cell {older lap, ...}               B CAS its word
 *	      -> {lap of t, message}                  {POSTED, h} -> {TAKEN, me}
 *	    tail = t + 1                     head = h + 1
 *
 * A is the moment at which the message is put, B the one at which it is got; A
 * is sequentially consistent and pairs with the acquiring load of the cell in
 * index_first.  A fails only if somebody else filled the cell, B only if
 * somebody else took the message.  What is before `tail` was put and what is
 * before `head` was taken: both are stored after the fact, so they may be late,
 * or fall back when a stopped process goes on, but never run ahead.  Who comes
 * by with an old position sees a later lap in its cell and knows how far to go.
 *
 * With blocks, the word of the block is the truth (rings/words.h): it says
 * {POSTED, p} before A names it, so whoever recovers a dead putter asks the cell
 * of p whether it was put; and only one B succeeds.  A small message needs no
 * block: with B, its bytes are copied already.
 *
 * A cell that is LEASED names a block that says LEASING until somebody turned
 * it to TAKEN: its leaser, or who fills the cell again, before that
 * (index_settle), for the cell is the only witness.
 */
#ifndef WEIR_RINGS_INDEX_H
#define WEIR_RINGS_INDEX_H

#include "rings/blocks.h"

#include <errno.h>

struct index {
	struct queue_layout *shared;
	struct cell_layout *cells;
	uint64_t count; /* of cells, a power of two above the capacity */
	uint64_t mask;
	uint32_t shift;
	uint64_t capacity;
	const struct pool *pool;
	uint64_t cells_at; /* offset in the object */

	/* Private hints, shared by the threads of the handle. */
	struct word64 limit; /* positions before it have room and memory */
	struct word64 ready_until; /* the positions whose cells have memory */
};

/*
 * A position to be filled, and a message that is there.  `steps` is how many
 * were taken to find them since it was 0: for one call that is bounded.
 */
struct vacancy {
	uint64_t position;
	uint64_t steps;
	struct cell_layout *cell;
	struct two64 seen;
};

struct arrival {
	uint64_t position;
	uint64_t steps;
	struct cell_layout *cell;
	uint64_t first;
	uint64_t second; /* the bytes of a small one, or the block's word */
	uint32_t block;  /* NO_BLOCK: a small one */
};

static inline struct cell_layout *index_cell(const struct index *index,
                                             uint64_t position)
{
	return &index->cells[position & index->mask];
}

static inline uint64_t index_lap(const struct index *index, uint64_t position)
{
	return position >> index->shift;
}

/*
 * The first vacancy at or behind `from`, a position that is not behind the
 * tail; 0, -EAGAIN full, -ESHUTDOWN, -ENOSPC, -EUCLEAN.
 */
int index_vacancy_slow(struct index *index, uint64_t from,
                       struct vacancy *vacancy);

static inline uint64_t index_tail(const struct index *index)
{
	/* Relaxed: a hint, the cells are the truth. */
	return load64_relaxed(&index->shared->tail);
}

/* What `from`'s cell shows is old, and it may be filled as it is. */
static inline bool index_vacant(const struct index *index, uint64_t from,
                                uint64_t first)
{
	/* Relaxed: a limit that was true once is so for ever. */
	return cell_ahead(first, index_lap(index, from)) == -1 &&
	       from < load64_relaxed(&index->limit) &&
	       cell_kind(first) != CELL_LEASED;
}

static inline int index_vacancy(struct index *index, uint64_t from,
                                struct vacancy *vacancy)
{
	struct cell_layout *cell = index_cell(index, from);
	/* Relaxed: the CAS that fills the cell orders what follows. */
	uint64_t first = load64_relaxed(&cell->pair.first);

	if (unlikely(!index_vacant(index, from, first)))
		return index_vacancy_slow(index, from, vacancy);
	vacancy->position = from;
	vacancy->cell = cell;
	vacancy->seen.first = first;
	vacancy->seen.second = load64_relaxed(&cell->pair.second);
	return 0;
}

/* A; false: somebody else filled it.  The caller tells the tail. */
static inline bool index_fill_pair(const struct vacancy *vacancy,
                                   enum cell_kind kind, uint32_t argument,
                                   uint64_t second)
{
	uint64_t lap = vacancy->seen.first + CELL_LAP_ONE;
	struct two64 full = { cell_turned(lap, kind, argument), second };

	return cas_pair(&vacancy->cell->pair, vacancy->seen, full);
}

static inline bool index_fill_one(const struct vacancy *vacancy,
                                  enum cell_kind kind, uint32_t argument)
{
	uint64_t seen = vacancy->seen.first;

	return cas64(&vacancy->cell->pair.first, &seen,
	             cell_turned(seen + CELL_LAP_ONE, kind, argument));
}

/* All before `position` was put.  It may be late, never early. */
static inline void index_put_before(const struct index *index,
                                    uint64_t position)
{
	/* Relaxed: a hint. */
	if ((int64_t)(position - load64_relaxed(&index->shared->tail)) > 0)
		store64_relaxed(&index->shared->tail, position);
}

/* All before `position` was taken. */
static inline void index_taken_before(const struct index *index,
                                      uint64_t position)
{
	/* Release: pairs with the acquire in the room check, so that a putter
	   that trusts it also sees the cells before it emptied. */
	if ((int64_t)(position - load64_relaxed(&index->shared->head)) > 0)
		store64_release(&index->shared->head, position);
}

static inline uint64_t index_head(const struct index *index)
{
	/* Relaxed: a hint, the cells are the truth. */
	return load64_relaxed(&index->shared->head);
}

/*
 * The first message at or behind `from`, a position that is not behind the
 * head; 1, 0 none, -ESHUTDOWN none, and none will come, -EUCLEAN.
 */
int index_first(const struct index *index, uint64_t from,
                struct arrival *arrival);

/* B of a small message. */
static inline bool index_take_small(struct arrival *arrival)
{
	return cas64(&arrival->cell->pair.first, &arrival->first,
	             cell_turned(arrival->first, CELL_EMPTY, 0));
}

/* B of a block: it is `member`'s, handed out for the first time. */
static inline bool index_take_block(const struct index *index,
                                    struct arrival *arrival, uint32_t member)
{
	struct block *block = pool_block(index->pool, arrival->block);
	uint64_t word = arrival->second;
	uint64_t taken = block_turned(word, BLOCK_TAKEN, member, 1);

	if (!cas64(&block->word, &word, taken))
		return false;
	arrival->second = taken;
	return true;
}

/* The block that a LEASED cell of this position names is TAKEN. */
void index_settle(const struct index *index, uint64_t position, uint64_t first);

/*
 * Fills the first vacancy with the end: nothing is put behind it.  There is one
 * cell more than the capacity, so there is room.  0, also if it has one already;
 * -EUCLEAN.
 */
int index_shut(const struct index *index);

/* The first position that was not put; -EUCLEAN. */
int index_end(const struct index *index, uint64_t *tail);

/*
 * The exact positions, as of some moment in the call, unless others put all the
 * time; never further apart than the capacity.  -EUCLEAN.
 */
int index_bounds(const struct index *index, uint64_t *head, uint64_t *tail);

/*
 * Whether a block that says {POSTED, stamp}, or LEASING, was put, or leased,
 * there: the cell of that position names it.
 */
bool index_names(const struct index *index, uint64_t stamp, uint32_t block,
                 bool leased);

#endif
