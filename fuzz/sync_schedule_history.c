/* SPDX-License-Identifier: MIT */
/*
 * What was stored, and what was read, in the order of the calls.
 *
 * Each store has a number, which it writes in all its places; 0 was there from
 * the beginning.  A store was made at some moment after it began; surely before
 * it returned and nothing of it was held back any more; and, where that can be
 * said, before a snapshot ended that had it.
 *
 * - What is read is no number that nobody has begun to store, nor one that
 *   surely was overwritten before the reading began.
 * - For a snapshot there is a moment at which all of it was so.  If two of its
 *   places have different numbers, these are not of two stores of both.
 */
#include "sync_schedule_inside.h"

enum { STORES_MOST = 128 };

static struct store {
	int first, count;
	int returned; /* to this actor, who may hold it back; or -1 */
	uint64_t begun;
	uint64_t ended;
	uint64_t sighted;
} stores[STORES_MOST];

static int stored;
static bool sight;

void stores_begin(int places, bool by_sight)
{
	stores[0] = (struct store){ .count = places,
		                    .returned = -1,
		                    .sighted = UINT64_MAX };
	stored = 1;
	sight = by_sight;
}

uint64_t store_begins(int first, int count)
{
	if (stored == STORES_MOST)
		sim_fail("too many stores");
	stores[stored] = (struct store){
		.first = first,
		.count = count,
		.returned = -1,
		.begun = sync_tick(),
		.ended = UINT64_MAX,
		.sighted = UINT64_MAX,
	};
	return (uint64_t)stored++;
}

void store_ends(uint64_t number)
{
	stores[number].returned = sim_self();
	stores_seen();
}

void stores_seen(void)
{
	for (int i = 1; i < stored; i++) {
		if (stores[i].returned < 0 || !sim_visible(stores[i].returned))
			continue;
		stores[i].returned = -1;
		stores[i].ended = sync_tick();
	}
}

void store_never_was(uint64_t number)
{
	stores[number].begun = UINT64_MAX;
}

static bool covers(const struct store *store, int place)
{
	return place >= store->first && place - store->first < store->count;
}

/* When it had surely been made. */
static uint64_t surely(const struct store *store, bool by_sight)
{
	return by_sight && store->sighted < store->ended ? store->sighted
	                                                 : store->ended;
}

static const struct store *store_of(uint64_t number, int place)
{
	const struct store *store = &stores[number];

	if (number >= (uint64_t)stored || !covers(store, place) ||
	    store->begun == UINT64_MAX)
		sim_fail("place %d has %llu, which nobody stores there", place,
		         (unsigned long long)number);
	return store;
}

/* When it was surely overwritten there, at the latest. */
static uint64_t overwritten(const struct store *store, int place, bool by_sight)
{
	uint64_t made = surely(store, by_sight), least = UINT64_MAX;

	for (int i = 1; i < stored; i++) {
		const struct store *later = &stores[i];

		if (covers(later, place) && later->begun != UINT64_MAX &&
		    made < later->begun && surely(later, by_sight) < least)
			least = surely(later, by_sight);
	}
	return least;
}

static void load_one(uint64_t number, int place, uint64_t since, bool by_sight)
{
	const struct store *store = store_of(number, place);

	if (overwritten(store, place, by_sight) < since)
		sim_fail("place %d has %llu, which was overwritten before",
		         place, (unsigned long long)number);
}

void stores_loaded(const uint64_t *numbers, int first, int count,
                   uint64_t since)
{
	for (int i = 0; i < count; i++)
		load_one(numbers[i], first + i, since, false);
}

static void check_pairs(const uint64_t *numbers, int first, int count)
{
	for (int i = 0; i < count; i++) {
		for (int j = 0; j < i; j++) {
			const struct store *a = &stores[numbers[i]];
			const struct store *b = &stores[numbers[j]];

			if (a != b && covers(a, first + j) &&
			    covers(b, first + i))
				sim_fail("half of store %llu, half of %llu",
				         (unsigned long long)numbers[i],
				         (unsigned long long)numbers[j]);
		}
	}
}

static void check_moment(const uint64_t *numbers, int first, int count)
{
	uint64_t earliest = 0, latest = UINT64_MAX;

	for (int i = 0; i < count; i++) {
		const struct store *store = &stores[numbers[i]];
		uint64_t until = overwritten(store, first + i, sight);

		if (store->begun > earliest)
			earliest = store->begun;
		if (until < latest)
			latest = until;
	}
	if (earliest > latest)
		sim_fail("at no moment it was so");
}

void stores_snapshot(const uint64_t *numbers, int first, int count,
                     uint64_t since)
{
	for (int i = 0; i < count; i++)
		load_one(numbers[i], first + i, since, sight);
	check_pairs(numbers, first, count);
	check_moment(numbers, first, count);
	for (int i = 0; i < count; i++) {
		struct store *store = &stores[numbers[i]];

		if (store->sighted == UINT64_MAX)
			store->sighted = sync_tick();
	}
}
