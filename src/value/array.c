/* SPDX-License-Identifier: MIT */
/* What is done with an array. */
#include "value/array.h"

#include "doors/ck.h"
#include "doors/pieces.h"
#include "value/alarm.h"

#include <errno.h>

size_t weir_array_length(const struct weir_array *array)
{
	return array ? (size_t)array->length : 0;
}

char weir_array_typecode(const struct weir_array *array)
{
	return array ? array->cells.typecode : '\0';
}

size_t weir_array_item_size(const struct weir_array *array)
{
	return array ? array->cells.item_size : 0;
}

void *weir_array_data(struct weir_array *array)
{
	return array ? array->ranges.elements : NULL;
}

/* ---- loading */

int array_read(const struct weir_array *array, struct span span, void *out)
{
	uint32_t tries = cells_tries(span.bytes);

	for (uint32_t i = 0; i < tries; i++) {
		int code = ranges_read(&array->ranges, span.first, span.bytes,
		                       out);

		if (code == 0)
			return cells_intact(&array->cells);
		if (code != -EAGAIN)
			return code;
		spin_hint();
	}
	return -EAGAIN;
}

int weir_array_load(const struct weir_array *array, size_t start, size_t count,
                    void *out)
{
	struct span span;
	int code;

	if (!array || (!out && count > 0))
		return -EINVAL;
	code = array_span(array, start, count, &span);
	if (code < 0)
		return code;
	if (array_of_records(array) && !array_in_one_word(span))
		return array_read(array, span, out);
	pieces_out(out, array->ranges.elements + span.first, span.bytes);
	/* Pairs with fence_release in store_word, and the accessors. */
	fence_acquire();
	return cells_intact(&array->cells);
}

/* ---- storing */

struct store {
	struct weir_array *array;
	struct span span;
	const void *in;
};

/* 1 or -errno. */
static int attempt_store(void *call)
{
	const struct store *store = call;
	struct weir_array *array = store->array;
	int code = ranges_store(
		&array->ranges, home_member(&array->cells.sync.home),
		store->span.first, store->span.bytes, store->in);

	return code < 0 ? code : 1;
}

/* `next` has memory. */
static int take_next(struct weir_array *array)
{
	uint64_t bytes = array->ranges.bytes;
	int code;

	/* Relaxed: who takes it twice does no harm. */
	if (likely(load32_relaxed(&array->taken)))
		return 0;
	code = home_take(&array->cells.sync.home, ranges_next(bytes), bytes);
	if (code == 0)
		store32_relaxed(&array->taken, 1);
	return code;
}

static int store_range(struct store *store)
{
	struct weir_array *array = store->array;
	int code = home_code(&array->cells.sync.home);

	if (code == 0)
		code = take_next(array);
	if (code < 0)
		return code;
	code = attempt_store(store);
	if (code == -EAGAIN)
		code = cells_await(&array->cells, attempt_store, store,
		                   CELLS_PATIENCE);
	if (code < 0)
		return code == -ETIMEDOUT ? -EBUSY : code;
	cells_ring(&array->cells);
	alarm_stored(array->ranges.shared, array->ranges.bytes);
	return 0;
}

static void store_word(struct weir_array *array, struct span span,
                       const void *in)
{
	/* Pairs with fence_acquire in weir_array_load, and the accessors. */
	fence_release();
	pieces_in(array->ranges.elements + span.first, in, span.bytes);
	if (weir_cells_alarmed(weir_array_cells(array)))
		weir_array_notify(array);
}

int array_write(struct weir_array *array, struct span span, const void *in)
{
	struct store store = { array, span, in };

	int code = cells_intact(&array->cells);

	if (code < 0 || span.bytes == 0)
		return code;
	if (!array_in_one_word(span))
		return store_range(&store);
	store_word(array, span, in);
	return 0;
}

int weir_array_store(struct weir_array *array, size_t start, size_t count,
                     const void *in)
{
	struct span span;
	int code;

	if (!array || (!in && count > 0))
		return -EINVAL;
	code = array_span(array, start, count, &span);
	return code < 0 ? code : array_write(array, span, in);
}

/* ---- waiting */

struct sighting {
	const struct weir_array *array;
	struct span span;
	const void *seen;
};

/* A number is loaded as it stands there. */
static int attempt_number(const struct sighting *sighting)
{
	const struct weir_array *array = sighting->array;
	struct span span = sighting->span;
	unsigned char now[sizeof(uint64_t)];

	pieces_out(now, array->ranges.elements + span.first, span.bytes);
	if (memcmp(now, sighting->seen, span.bytes) == 0)
		return -EAGAIN;
	return cells_intact(&array->cells) < 0 ? -EUCLEAN : 1;
}

/* A record is what a store that is under way has, as to who loads it; else who
   loaded that would not wait for another one.  In pieces: if one of them is
   another, so is the whole. */
static int attempt_record(const struct sighting *sighting)
{
	const unsigned char *seen = sighting->seen;
	struct span span = sighting->span;

	while (span.bytes > 0) {
		unsigned char now[REGION_LINE];
		struct span part = span;
		int code;

		if (part.bytes > sizeof(now))
			part.bytes = sizeof(now);
		code = array_read(sighting->array, part, now);
		if (code < 0)
			return code;
		if (memcmp(now, seen, part.bytes) != 0)
			return 1;
		span.first += part.bytes;
		span.bytes -= part.bytes;
		seen += part.bytes;
	}
	return -EAGAIN;
}

/* 1 it is another one now, or -errno. */
static int attempt_sight(void *call)
{
	const struct sighting *sighting = call;

	return array_in_one_word(sighting->span) ? attempt_number(sighting)
	                                         : attempt_record(sighting);
}

int weir_array_wait(const struct weir_array *array, size_t index,
                    const void *seen, int64_t timeout)
{
	struct sighting sighting = { .array = array, .seen = seen };
	int code;

	if (!array || !seen || array_span(array, index, 1, &sighting.span) < 0)
		return -EINVAL;
	code = attempt_sight(&sighting);
	if (code == -EAGAIN)
		code = cells_await(&array->cells, attempt_sight, &sighting,
		                   timeout);
	/* Before what the caller reads next. */
	fence_acquire();
	return code < 0 ? code : 0;
}

void weir_array_notify(const struct weir_array *array)
{
	if (!array)
		return;
	bell_ring_slow(&cells_at(&array->cells)->changed, RING_ALL);
	alarm_changed(array->ranges.shared, array->ranges.bytes);
}

int weir_array_lock(struct weir_array *array, int64_t timeout)
{
	return array ? cells_lock(&array->cells, timeout) : -EINVAL;
}

int weir_array_unlock(struct weir_array *array)
{
	return array ? cells_unlock(&array->cells) : -EINVAL;
}
