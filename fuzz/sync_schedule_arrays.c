/* SPDX-License-Identifier: MIT */
/*
 * An array of four numbers or records: several are stored at once; or numbers
 * one by one as well.
 *
 * - What is loaded, and snapshots, are what sync_schedule_history.c says; a load
 *   of numbers may see some of a store of several earlier, or later, than a
 *   snapshot does.
 * - A wait for a change ends when there is one, and not before.
 * - In the end nobody stores, and no snapshot holds a change up.
 */
#include "sync_schedule_inside.h"

#include "value/alarm.h"
#include "value/array.h"

enum { SORT_RANGES, SORT_RECORDS, SORT_NUMBERS, SORTS };

enum { LENGTH = PLACES_MOST, WORDS_MOST = 2 * LENGTH };

static struct array_layout *shared;

static void choose_sort(void)
{
	sync_shape.sort = (int)sync_option(SORTS);
	/* One by one: a store of several that is under way may come after it,
	   whatever a snapshot says. */
	stores_begin(LENGTH, sync_shape.sort != SORT_NUMBERS);
}

static bool of_records(void)
{
	return sync_shape.sort == SORT_RECORDS;
}

static int words_each(void)
{
	return of_records() ? 2 : 1;
}

static int create(struct party *party, struct weir_segment_options *segment)
{
	struct weir_array_options options = {
		.segment = *segment,
		.record_size = of_records() ? 16 : 0,
	};

	return weir_array_create((void *)&party->handle, SYNC_NAME,
	                         of_records() ? WEIR_RECORD : 'Q', LENGTH,
	                         &options);
}

static int open(struct party *party)
{
	void *handle = &party->handle;

	return party->region
	               ? weir_array_open_in(handle, party->region, SYNC_NAME)
	               : weir_array_open(handle, SYNC_NAME);
}

static void close(void *handle)
{
	weir_array_close(handle);
}

static struct sync *sync_of(void *handle)
{
	return &((struct weir_array *)handle)->cells.sync;
}

static void begin(const struct party *first)
{
	shared = object_of(first);
	shared->cells.bell.only_cpu.bits = sync_shape.one_cpu;
}

/* ---- calls */

struct part {
	int first, count;
};

static struct part choose_part(bool many)
{
	struct part part;
	int least = many ? 2 : 1;

	part.count = LENGTH;
	if (sync_option(2))
		part.count =
			least + (int)sync_option((unsigned)(LENGTH - least));
	part.first = (int)sync_option((unsigned)(LENGTH - part.count + 1));
	return part;
}

static void store_part(struct party *party, struct part part)
{
	uint64_t words[WORDS_MOST], number;
	int code;

	/* It waits for others, up to a second. */
	call_begin(party, "store", 1);
	number = store_begins(part.first, part.count);
	for (int i = 0; i < part.count * words_each(); i++)
		words[i] = number;
	code = weir_array_store(party->handle, (size_t)part.first,
	                        (size_t)part.count, words);
	if (code == 0)
		store_ends(number);
	else if (code == -EBUSY && sim_disturbed())
		store_never_was(number);
	else
		sim_fail("store: %d", code);
	call_end(party);
}

static void store(struct party *party)
{
	store_part(party, choose_part(sync_shape.sort == SORT_RANGES));
}

static void store_one(struct party *party)
{
	struct part part = { (int)sync_option(LENGTH), 1 };

	store_part(party, part);
}

/* Of records, both halves are the same. */
static void numbers_of(const uint64_t *words, int count, uint64_t *numbers)
{
	for (int i = 0; i < count; i++) {
		const uint64_t *own = words + i * words_each();

		if (own[0] != own[words_each() - 1])
			sim_fail("half of %llu, half of %llu",
			         (unsigned long long)own[0],
			         (unsigned long long)own[1]);
		numbers[i] = own[0];
	}
}

static void load_part(struct party *party, struct part part, uint64_t *numbers)
{
	uint64_t words[WORDS_MOST];
	int code;

	call_begin(party, "load", 0);
	code = weir_array_load(party->handle, (size_t)part.first,
	                       (size_t)part.count, words);
	if (code != 0)
		sim_fail("load: %d", code);
	numbers_of(words, part.count, numbers);
	if (of_records())
		stores_snapshot(numbers, part.first, part.count, party->begun);
	else
		stores_loaded(numbers, part.first, part.count, party->begun);
	call_end(party);
}

static void load(struct party *party)
{
	uint64_t numbers[LENGTH];

	load_part(party, choose_part(false), numbers);
}

static void snapshot(struct party *party)
{
	struct part part = choose_part(false);
	uint64_t words[WORDS_MOST], numbers[LENGTH];
	int code;

	call_begin(party, "snapshot", 1);
	code = weir_array_snapshot(party->handle, (size_t)part.first,
	                           (size_t)part.count, words);
	if (code != 0)
		sim_fail("snapshot: %d", code);
	numbers_of(words, part.count, numbers);
	/* One number is loaded. */
	if (part.count == 1 && !of_records())
		stores_loaded(numbers, part.first, 1, party->begun);
	else
		stores_snapshot(numbers, part.first, part.count, party->begun);
	call_end(party);
}

static void await(struct party *party, int64_t timeout)
{
	struct part part = { (int)sync_option(LENGTH), 1 };
	uint64_t seen[2], now;
	int code;

	load_part(party, part, seen);
	party->seen = seen[1] = seen[0];
	party->place = part.first;
	call_begin(party, "wait", timeout);
	code = weir_array_wait(party->handle, (size_t)part.first, seen,
	                       timeout);
	call_end(party);
	if (code < 0 && code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("wait: %d", code);
	load_part(party, part, &now);
	if (now == party->seen && code == 0)
		sim_fail("a wait for a change ended without one");
}

static void act(struct party *party)
{
	unsigned what = sync_option(8);

	if (what < 3)
		store(party);
	else if (what == 3)
		load(party);
	else if (what == 4)
		await(party, sync_patience());
	else if (what == 5 && sync_shape.sort == SORT_NUMBERS)
		store_one(party);
	else
		snapshot(party);
}

/* ---- what must hold */

static const struct word32 *sleeps_at(const struct party *party)
{
	(void)party;
	return &shared->cells.changed;
}

/* Past the door. */
static uint64_t number_at(int place)
{
	const unsigned char *elements =
		(const unsigned char *)shared + ELEMENTS_OFFSET;
	uint64_t number;

	memcpy(&number, elements + (size_t)(place * words_each()) * 8,
	       sizeof(number));
	return number;
}

static enum ready ready_to_store(const struct party *party)
{
	uint64_t word = shared->writer.bits;

	if (owner_state(word) == RANGE_IDLE)
		return READY;
	return member_lives(owner_member(word), party) ? READY_NOT
	                                               : READY_BY_DEATH;
}

static enum ready ready(struct party *party)
{
	if (strcmp(party->call, "store") == 0)
		return ready_to_store(party);
	/* While a store is under way, a record is what it stores. */
	if (of_records() && owner_state(shared->writer.bits) != RANGE_IDLE)
		return READY_NOT;
	return number_at(party->place) != party->seen ? READY : READY_NOT;
}

static void rescue(struct party *survivor)
{
	struct part all = { 0, LENGTH };

	store_part(survivor, all);
}

static void last(struct party *survivor)
{
	struct part all = { 0, LENGTH };
	uint64_t numbers[LENGTH];

	home_recover_all(&play->sync(survivor->handle)->home);
	if (owner_state(shared->writer.bits) != RANGE_IDLE)
		sim_fail("in the end somebody stores");
	load_part(survivor, all, numbers);
	snapshot(survivor);
	store(survivor);
	store_one(survivor);
	if (shared->cells.alert.bits & ALERT_COUNT)
		sim_fail("in the end somebody takes a snapshot");
	load_part(survivor, all, numbers);
	snapshot(survivor);
}

const struct play play_array = {
	.choose = choose_sort,
	.create = create,
	.open = open,
	.close = close,
	.sync = sync_of,
	.begin = begin,
	.act = act,
	.sleeps_at = sleeps_at,
	.ready = ready,
	.rescue = rescue,
	.last = last,
};
