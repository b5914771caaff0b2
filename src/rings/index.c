/* SPDX-License-Identifier: MIT */
#include "rings/index.h"

enum { LAPS_MOST = 2, STEPS_MORE = 1 << 19, BOUNDS_TRIES = 8 };

/*
 * Each step passes over a cell that somebody else filled or emptied.  So many
 * in one call, it is somebody who spoils them.
 */
static bool may_step(const struct index *index, uint64_t *steps)
{
	return (*steps)++ < index->count * LAPS_MOST + STEPS_MORE;
}

/* The next cell has memory too, so that who looks there touches no hole. */
static int make_ready(struct index *index, uint64_t position)
{
	struct queue_layout *shared = index->shared;
	uint64_t ready = load64_acquire(&shared->cells_ready);

	if (position >= index->count * 2) /* the first lap is over */
		ready = index->count;
	if (ready < index->count && position - index->count + 1 >= ready) {
		int code = pool_take(index->pool, index->cells_at, &ready,
		                     sizeof(struct cell_layout), index->count,
		                     &shared->cells_ready);

		if (code < 0)
			return code;
	}
	store64_relaxed(&index->ready_until,
	                ready >= index->count ? UINT64_MAX
	                                      : index->count + ready - 1);
	return 0;
}

/* The message at `position`, which was put, is still there: 1, 0, -EUCLEAN. */
static int still_there(const struct index *index, uint64_t position)
{
	uint64_t first =
		load64_acquire(&index_cell(index, position)->pair.first);
	int64_t ahead = cell_ahead(first, index_lap(index, position));
	uint32_t block = cell_argument(first);

	if (ahead != 0)
		return ahead > 0 ? 0 : -EUCLEAN;
	switch (cell_kind(first)) {
	case CELL_SMALL:
		return 1;
	case CELL_BLOCK:
	case CELL_BARE:
		if (block >= index->pool->blocks)
			return -EUCLEAN;
		/* Relaxed: it says POSTED here since before the cell. */
		return block_is(
			load64_relaxed(&pool_block(index->pool, block)->word),
			BLOCK_POSTED, position);
	default:
		return 0;
	}
}

/* All before `head` is taken. */
static void set_limit(struct index *index, uint64_t head)
{
	uint64_t room = head + index->capacity;
	uint64_t ready = load64_relaxed(&index->ready_until);

	store64_relaxed(&index->limit, room < ready ? room : ready);
}

/* 1 there is room for position t, 0 not, -EUCLEAN. */
static int has_room(struct index *index, uint64_t t)
{
	/* Pairs with the release in index_taken_before. */
	uint64_t head = load64_acquire(&index->shared->head);
	uint64_t last = t - index->capacity;
	int there;

	if ((int64_t)(t - head) >= (int64_t)index->capacity) {
		there = still_there(index, last);
		if (there != 0)
			return there < 0 ? there : 0;
		head = last + 1;
		index_taken_before(index, head);
	}
	set_limit(index, head);
	return 1;
}

void index_settle(const struct index *index, uint64_t position, uint64_t first)
{
	uint32_t number = cell_argument(first);
	struct block *block;
	uint64_t word;

	if (number >= index->pool->blocks)
		return;
	block = pool_block(index->pool, number);
	word = load64_relaxed(&block->word);
	if (block_is(word, BLOCK_LEASING, position))
		cas64(&block->word, &word,
		      block_turned(word, BLOCK_TAKEN, block_member(word), 1));
}

static int at_vacancy(struct index *index, uint64_t t, uint64_t first,
                      struct vacancy *vacancy)
{
	struct cell_layout *cell = index_cell(index, t);
	int code = has_room(index, t);

	if (code <= 0)
		return code < 0 ? code : -EAGAIN;
	if (t >= load64_relaxed(&index->ready_until)) {
		code = make_ready(index, t);
		if (code < 0)
			return code;
	}
	if (cell_kind(first) == CELL_LEASED)
		index_settle(index, t - index->count, first);
	vacancy->position = t;
	vacancy->cell = cell;
	vacancy->seen.first = first;
	vacancy->seen.second = load64_relaxed(&cell->pair.second);
	return 0;
}

int index_vacancy_slow(struct index *index, uint64_t t, struct vacancy *vacancy)
{
	while (may_step(index, &vacancy->steps)) {
		struct cell_layout *cell = index_cell(index, t);
		/* Acquire: what has_room looks at is no older. */
		uint64_t first = load64_acquire(&cell->pair.first);
		int64_t ahead = cell_ahead(first, index_lap(index, t));

		if (ahead == -1)
			return at_vacancy(index, t, first, vacancy);
		if (ahead < -1)
			return -EUCLEAN;
		/* In a later lap too, for who comes with an old position. */
		if (cell_kind(first) == CELL_SHUT)
			return -ESHUTDOWN;
		t += (uint64_t)ahead * index->count + 1;
	}
	return -EUCLEAN;
}

/* 1 the block that this cell names is there; 0 it was taken; -EUCLEAN. */
static int at_block(const struct index *index, struct arrival *arrival)
{
	uint32_t number = cell_argument(arrival->first);

	if (number >= index->pool->blocks)
		return -EUCLEAN;
	arrival->block = number;
	arrival->second = load64_relaxed(&arrival->cell->pair.second);
	if (cell_kind(arrival->first) == CELL_BLOCK &&
	    block_is(arrival->second, BLOCK_POSTED, arrival->position))
		return 1; /* or it was taken: then B fails */
	/* Relaxed: ordered after the cell by the acquire there. */
	arrival->second =
		load64_relaxed(&pool_block(index->pool, number)->word);
	return block_is(arrival->second, BLOCK_POSTED, arrival->position);
}

static int at_arrival(const struct index *index, struct arrival *arrival)
{
	switch (cell_kind(arrival->first)) {
	case CELL_SMALL:
		arrival->block = NO_BLOCK;
		arrival->second = load64_relaxed(&arrival->cell->pair.second);
		return 1;
	case CELL_BLOCK:
	case CELL_BARE:
		return at_block(index, arrival);
	case CELL_SHUT:
		return -ESHUTDOWN;
	default:
		return 0;
	}
}

int index_first(const struct index *index, uint64_t h, struct arrival *arrival)
{
	while (may_step(index, &arrival->steps)) {
		struct cell_layout *cell = index_cell(index, h);
		/* Pairs with A. */
		uint64_t first = load64_acquire(&cell->pair.first);
		int64_t ahead = cell_ahead(first, index_lap(index, h));
		int code = 0;

		if (ahead < 0)
			return ahead == -1 ? 0 : -EUCLEAN;
		if (ahead == 0) {
			arrival->position = h;
			arrival->cell = cell;
			arrival->first = first;
			code = at_arrival(index, arrival);
			if (code != 0)
				return code;
			h++;
		} else {
			/* Put at h + ahead laps: so all up to a capacity
			   before that was taken; but the end needs no room, so
			   only all before that. */
			h += (uint64_t)ahead * index->count - index->capacity +
			     (cell_kind(first) != CELL_SHUT);
		}
	}
	return -EUCLEAN;
}

/* The first position from `t` on that was not put. */
static int find_tail(const struct index *index, uint64_t t, uint64_t *steps,
                     uint64_t *tail)
{
	while (may_step(index, steps)) {
		uint64_t first =
			load64_acquire(&index_cell(index, t)->pair.first);
		int64_t ahead = cell_ahead(first, index_lap(index, t));

		if (ahead < -1)
			return -EUCLEAN;
		if (ahead == -1 || cell_kind(first) == CELL_SHUT) {
			/* The end, in a later lap too. */
			*tail = ahead > 0 ? t + (uint64_t)ahead * index->count
			                  : t;
			return 0;
		}
		t += (uint64_t)ahead * index->count + 1;
	}
	return -EUCLEAN;
}

int index_shut(const struct index *index)
{
	uint64_t t = index_tail(index);
	uint64_t steps = 0;

	for (;;) {
		struct cell_layout *cell;
		uint64_t lap, first;
		int code = find_tail(index, t, &steps, &t);

		if (code < 0)
			return code;
		cell = index_cell(index, t);
		lap = index_lap(index, t);
		first = load64_relaxed(&cell->pair.first);
		if (cell_ahead(first, lap) == 0 &&
		    cell_kind(first) == CELL_SHUT)
			return 0;
		if (cell_ahead(first, lap) != -1)
			continue;
		if (cell_kind(first) == CELL_LEASED)
			index_settle(index, t - index->count, first);
		if (cas64(&cell->pair.first, &first,
		          cell_word(CELL_SHUT, 0, lap)))
			return 0;
	}
}

/* The first position from `h` on that was not taken, up to `tail`. */
static int find_head(const struct index *index, uint64_t h, uint64_t tail,
                     uint64_t *head)
{
	int64_t held = (int64_t)(tail - h);

	/* What lies a capacity before was taken. */
	if (held > (int64_t)index->capacity)
		h = tail - index->capacity;
	else if (held < 0)
		h = tail;
	for (; (int64_t)(tail - h) > 0; h++) {
		int there = still_there(index, h);

		if (there < 0)
			return there;
		if (there == 1)
			break;
	}
	*head = h;
	return 0;
}

int index_end(const struct index *index, uint64_t *tail)
{
	uint64_t steps = 0;

	return find_tail(index, index_tail(index), &steps, tail);
}

int index_bounds(const struct index *index, uint64_t *head, uint64_t *tail)
{
	uint64_t steps = 0;
	int code = find_tail(index, index_tail(index), &steps, tail);

	/* If nothing was put meanwhile, that was the tail of this head. */
	for (int i = 0; i < BOUNDS_TRIES && code == 0; i++) {
		uint64_t seen = *tail;

		code = find_head(index, index_head(index), seen, head);
		if (code == 0)
			code = find_tail(index, seen, &steps, tail);
		if (code == 0 && *tail == seen)
			break;
	}
	if (code == 0 && *tail - *head > index->capacity)
		*head = *tail - index->capacity;
	return code;
}

bool index_names(const struct index *index, uint64_t stamp, uint32_t block,
                 bool leased)
{
	/* Acquire: if it does not name the block, who filled it since has
	   changed the block's word before. */
	uint64_t first = load64_acquire(&index_cell(index, stamp)->pair.first);
	uint64_t position =
		first >> CELL_LAP_SHIFT << index->shift | (stamp & index->mask);
	enum cell_kind kind = cell_kind(first);

	if ((position & STAMP_MASK) != stamp || cell_argument(first) != block)
		return false;
	return leased ? kind == CELL_LEASED
	              : kind == CELL_BLOCK || kind == CELL_BARE;
}
