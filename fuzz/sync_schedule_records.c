/* SPDX-License-Identifier: MIT */
/*
 * A value: a record of one word, or of more, which has copies.
 *
 * - What is loaded is whole, and what sync_schedule_history.c says.
 * - A wait for a change ends when there is one, and not before.
 * - In the end every copy can be written again.
 */
#include "sync_schedule_inside.h"

#include "value/value.h"
#include "weir/value.h"

enum { WORDS_MOST = 8 };

static struct value_layout *shared;

static void choose_sort(void)
{
	static const uint8_t words[] = { 2, 3, 8, 1 };

	sync_shape.size = words[sync_option(sizeof(words))];
	stores_begin(1, true);
}

static size_t record_size(void)
{
	return (size_t)sync_shape.size * 8;
}

static int create(struct party *party, struct weir_segment_options *segment)
{
	struct weir_value_options options = { .segment = *segment,
		                              .record_size = record_size() };

	return weir_value_create((void *)&party->handle, SYNC_NAME, WEIR_RECORD,
	                         &options);
}

static int open(struct party *party)
{
	void *handle = &party->handle;

	return party->region
	               ? weir_value_open_in(handle, party->region, SYNC_NAME)
	               : weir_value_open(handle, SYNC_NAME);
}

static void close(void *handle)
{
	weir_value_close(handle);
}

static struct sync *sync_of(void *handle)
{
	return &((struct weir_value *)handle)->cells.sync;
}

static void begin(const struct party *first)
{
	shared = object_of(first);
	shared->cells.bell.only_cpu.bits = sync_shape.one_cpu;
}

static void store(struct party *party)
{
	uint64_t words[WORDS_MOST], number;
	int code;

	call_begin(party, "store", 0);
	number = store_begins(0, 1);
	for (int i = 0; i < sync_shape.size; i++)
		words[i] = number;
	code = weir_value_store(party->handle, words);
	store_ends(number);
	call_end(party);
	if (code != 0)
		sim_fail("store: %d", code);
}

static void check_words(const uint64_t *words, uint64_t since)
{
	for (int i = 1; i < sync_shape.size; i++) {
		if (words[i] != words[0])
			sim_fail("half of %llu, half of %llu",
			         (unsigned long long)words[0],
			         (unsigned long long)words[i]);
	}
	stores_snapshot(words, 0, 1, since);
}

static uint64_t load(struct party *party)
{
	uint64_t words[WORDS_MOST];
	int code;

	call_begin(party, "load", 0);
	code = weir_value_load(party->handle, words);
	if (code != 0)
		sim_fail("load: %d", code);
	check_words(words, party->begun);
	call_end(party);
	return words[0];
}

static void await(struct party *party, int64_t timeout)
{
	uint64_t words[WORDS_MOST];
	uint64_t seen = load(party);
	int code;

	for (int i = 0; i < sync_shape.size; i++)
		words[i] = seen;
	party->seen = seen;
	call_begin(party, "wait", timeout);
	code = weir_value_wait(party->handle, words, timeout);
	call_end(party);
	if (code < 0 && code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("wait: %d", code);
	if (load(party) == seen && code == 0)
		sim_fail("a wait for a change ended without one");
}

static void act(struct party *party)
{
	unsigned what = sync_option(8);

	if (what < 4)
		store(party);
	else if (what < 6)
		load(party);
	else
		await(party, sync_patience());
}

/* Past the door. */
static uint64_t number_now(void)
{
	struct copies copies =
		copies_of((void *)shared, (uint32_t)record_size());
	uint64_t current = shared->cells.cell.bits, number;

	if (sync_shape.size == 1)
		return current;
	memcpy(&number, copies.bytes + (current & 0xff) * copies.stride,
	       sizeof(number));
	return number;
}

static const struct word32 *sleeps_at(const struct party *party)
{
	(void)party;
	return &shared->cells.changed;
}

static enum ready ready(struct party *party)
{
	return number_now() != party->seen ? READY : READY_NOT;
}

static void last(struct party *survivor)
{
	home_recover_all(&play->sync(survivor->handle)->home);
	for (int i = 0; i < COPIES_MOST && sync_shape.size > 1; i++) {
		if (owner_state(shared->copy[i].bits) != COPY_OPEN)
			sim_fail("in the end copy %d is somebody's", i);
	}
	for (int i = 0; i < 3; i++) {
		load(survivor);
		store(survivor);
	}
	load(survivor);
}

const struct play play_record = {
	.choose = choose_sort,
	.create = create,
	.open = open,
	.close = close,
	.sync = sync_of,
	.begin = begin,
	.act = act,
	.sleeps_at = sleeps_at,
	.ready = ready,
	.rescue = store,
	.last = last,
};
