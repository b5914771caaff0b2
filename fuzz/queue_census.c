/* SPDX-License-Identifier: MIT */
#include "queue_census.h"

#include "queue/tasks.h"
#include "waiting/wait.h"

static struct queue_view seen;

/* Since when there has been something for each who sleeps; 0: not. */
static int64_t there_since[SIM_ACTORS];
static int there_call[SIM_ACTORS];

enum { LATE = 150 };

const struct pool *census_begin(const struct queue_view *view)
{
	seen = *view;
	seen.pool.home = NULL;
	seen.index.pool = seen.groups.pool = &seen.pool;
	memset(there_since, 0, sizeof(there_since));
	sim_queue = &seen;
	return &seen.pool;
}

uint64_t census_dropped(void)
{
	return seen.shared->dropped.bits >> 24;
}

static uint64_t word_of(uint32_t b)
{
	return pool_block(&seen.pool, b)->word.bits;
}

/* Which message block b holds, or -1. */
static int letter_in(uint32_t b, uint64_t word)
{
	const struct block *block = pool_block(&seen.pool, b);
	size_t size = block_length(word);

	if (size == LENGTH_LONG)
		size = long_length(block->more.bits);
	return letter_of(pool_data(&seen.pool, b, word), size);
}

/* ---- deaths */

static bool cell_leases(uint32_t b, uint64_t word)
{
	uint64_t first = seen.index.cells[block_stamp(word) & seen.index.mask]
	                         .pair.first.bits;

	return cell_kind(first) == CELL_LEASED && cell_argument(first) == b;
}

static void had(int actor, uint32_t b, uint64_t word, uint64_t handed_out)
{
	int number = letter_in(b, word);
	int under_way = books.under_way[actor];
	struct entry *entry = under_way < 0 ? NULL : &books.entry[under_way];
	struct letter *letter = &books.letter[number];

	if (number < 0) {
		sim_fail("block %u of a dead member holds no message", b);
		return;
	}
	letter->again = true;
	books.came_back = true;
	if (letter->place == LEASED && letter->holder == actor) {
		if (entry && entry->kind == CALL_DONE)
			entry->count = 0; /* it is not finished */
		if (handed_out != letter->deliveries)
			sim_fail("message %d says %llu deliveries, not %u",
			         number, (unsigned long long)handed_out,
			         letter->deliveries);
		return;
	}
	/* His call had it, and died before it said so; or it gave it back, or
	   was about to drop it. */
	if (letter->place != IN_QUEUE || !entry)
		sim_fail("message %d is had by one who never asked", number);
	letter->deliveries = (unsigned)handed_out;
	if (entry && entry->kind == CALL_GET)
		entry->count--;
}

void census_of_dead(int actor, uint32_t member)
{
	for (uint32_t b = 0; b < seen.pool.blocks; b++) {
		uint64_t word = word_of(b);

		if (word == BLOCK_FREE || block_member(word) != member)
			continue;
		if (block_state(word) == BLOCK_TAKEN)
			had(actor, b, word, block_stamp(word));
		else if (block_state(word) == BLOCK_LEASING &&
		         cell_leases(b, word))
			had(actor, b, word, 1);
	}
}

/* ---- sleepers */

/* Less those in reserve, which are nobody's to put. */
static int free_blocks(void)
{
	int count = 0;

	for (uint32_t b = 0; b < seen.pool.blocks; b++)
		count += word_of(b) == BLOCK_FREE &&
		         b - seen.pool.base >= seen.pool.reserve;
	return count;
}

/* How many messages stand in the cells; small: whether the first one does so
   without a block. */
static int queued(bool *small)
{
	uint64_t first_position = UINT64_MAX, base = seen.shared->head.bits;
	int count = 0;

	for (uint64_t i = 0; i < seen.index.count; i++) {
		uint64_t first = seen.index.cells[i].pair.first.bits;
		uint64_t position =
			(first >> CELL_LAP_SHIFT) << seen.index.shift | i;
		uint32_t b = cell_argument(first);
		bool there = cell_kind(first) == CELL_SMALL;

		if (cell_kind(first) == CELL_BLOCK ||
		    cell_kind(first) == CELL_BARE)
			there = block_is(word_of(b), BLOCK_POSTED, position);
		if (!there)
			continue;
		count++;
		position =
			(position - base) &
			((UINT64_C(1) << (CELL_LAP_BITS + seen.index.shift)) -
		         1);
		if (position < first_position) {
			first_position = position;
			*small = cell_kind(first) == CELL_SMALL;
		}
	}
	return count;
}

/* Those that can be found: who is stopped while he buries somebody has yet to
   mark them. */
static int returned(void)
{
	int count = 0;

	if (seen.shared->returned.bits % (1 << 24) == 0)
		return 0;
	for (uint32_t b = 0; b < seen.pool.blocks; b++) {
		uint64_t word = word_of(b);

		count += block_state(word) == BLOCK_RETURNED &&
		         (!books.deliveries_most ||
		          block_stamp(word) < books.deliveries_most);
	}
	return count;
}

bool census_empty(void)
{
	bool small;

	return queued(&small) == 0 &&
	       seen.shared->returned.bits % (1 << 24) == 0;
}

/* Whether this call, which is under way, could go on. */
static bool could_go_on(const struct entry *entry, const struct word32 *on)
{
	const struct queue_layout *shared = seen.shared;
	bool small = false;
	int inside = queued(&small);

	/* Free blocks may stand in somebody else's group. */
	if (seen.pool.group &&
	    (on == &shared->room || entry->kind == CALL_LEASE))
		return false;
	if (on == &shared->data && returned() > 0)
		return true;
	if (on == &shared->data)
		return inside > 0 && (entry->kind != CALL_LEASE || !small ||
		                      free_blocks() > 0);
	if (on == &shared->room && entry->kind == CALL_LEASE)
		return inside > 0 && (!small || free_blocks() > 0);
	if (on == &shared->room)
		return inside < books.capacity &&
		       free_blocks() >= entry->blocks;
	return !books.shut_now_begun && tasks_unfinished(&seen) == 0;
}

/* Whether a wake for this may have gone to one who had no use for it: there is
   room in a cell, and he lacks blocks.  Then it takes a slice. */
static bool woken_in_vain(const struct word32 *on)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (books.under_way[i] >= 0 && sim_sleeps_on(i, on) &&
		    !could_go_on(&books.entry[books.under_way[i]], on))
			return true;
	}
	return false;
}

static void check_sleeper(int actor, const struct word32 *on, const char *what)
{
	const struct entry *entry = &books.entry[books.under_way[actor]];

	if (!could_go_on(entry, on)) {
		there_since[actor] = 0;
		return;
	}
	/* It may have slept in another call when all slept last. */
	if (there_since[actor] == 0 ||
	    there_call[actor] != books.under_way[actor])
		there_since[actor] = sim_now();
	there_call[actor] = books.under_way[actor];
	if (!sim_disturbed() &&
	    !(on == &seen.shared->room && (books.chains || woken_in_vain(on))))
		sim_fail("%d sleeps, and there is %s", actor, what);
	if (sim_now() - there_since[actor] > WEIR_MS(LATE))
		sim_fail("%d sleeps on and on, and there is %s", actor, what);
}

void census_asleep(void)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (books.under_way[i] < 0)
			continue;
		if (sim_sleeps_on(i, &seen.shared->data))
			check_sleeper(i, &seen.shared->data, "a message");
		else if (sim_sleeps_on(i, &seen.shared->room))
			check_sleeper(i, &seen.shared->room, "room");
		else if (sim_sleeps_on(i, &seen.shared->idle))
			check_sleeper(i, &seen.shared->idle, "nothing to do");
		else
			there_since[i] = 0;
	}
}

/* ---- beginning and end */

void census_start(uint64_t position)
{
	const struct index *index = &seen.index;

	if (position == 0)
		return;
	for (uint64_t i = 0; i < index->count; i++) {
		uint64_t last =
			position - 1 - ((position - 1 - i) & index->mask);

		index->cells[i].pair.first.bits =
			cell_word(CELL_EMPTY, 0, last >> index->shift);
	}
	seen.shared->tail.bits = seen.shared->head.bits = position;
	seen.shared->finished.bits = (position - index->count) << 24 | NO_BLOCK;
}

void census_end(int64_t member)
{
	for (uint32_t b = 0; b < seen.pool.blocks; b++) {
		uint64_t word = word_of(b);
		bool dropped = block_state(word) == BLOCK_DROPPED ||
		               block_state(word) == BLOCK_PART;

		if (word != BLOCK_FREE && !(books.shut_now_begun && dropped))
			sim_fail("block %u is left in state %d, of member %u",
			         b, block_state(word), block_member(word));
	}
	for (uint32_t g = 0;
	     seen.pool.group && g < seen.pool.blocks / seen.pool.group; g++) {
		uint32_t owner = seen.groups.owners[g].bits;

		if (owner != 0 && owner != (uint32_t)(member + 1))
			sim_fail("group %u is left to member %u", g, owner - 1);
	}
}
