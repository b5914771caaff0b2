/* SPDX-License-Identifier: MIT */
/* What is done with a value. */
#include "value/value.h"

#include "doors/pieces.h"

#include <errno.h>

char weir_value_typecode(const struct weir_value *value)
{
	return value ? value->cells.typecode : '\0';
}

size_t weir_value_size(const struct weir_value *value)
{
	return value ? value->cells.item_size : 0;
}

void *weir_value_data(struct weir_value *value)
{
	struct copies copies;

	if (!value)
		return NULL;
	if (!value_has_copies(value))
		return &cells_at(&value->cells)->cell;
	copies = value_copies(value);
	return copies_at(&copies);
}

/* A number, or a record that is in one word, as a whole. */
static void word_load(const struct weir_value *value, void *out)
{
	const struct word64 *cell = &cells_at(&value->cells)->cell;
	size_t size = value->cells.item_size;
	unsigned char word[sizeof(*cell)];

	if (value->cells.typecode == WEIR_RECORD) {
		pieces_out(word, cell, sizeof(word));
		memcpy(out, word, size);
	} else {
		pieces_out(out, cell, size);
	}
	/* Pairs with fence_release in word_store, and the accessors. */
	fence_acquire();
}

static void word_store(struct weir_value *value, const void *in)
{
	struct word64 *cell = &cells_at(&value->cells)->cell;
	size_t size = value->cells.item_size;
	unsigned char word[sizeof(*cell)] = { 0 };

	/* Pairs with fence_acquire in word_load, and the accessors. */
	fence_release();
	if (value->cells.typecode == WEIR_RECORD) {
		memcpy(word, in, size);
		pieces_in(cell, word, sizeof(word));
	} else {
		pieces_in(cell, in, size);
	}
}

int weir_value_load(const struct weir_value *value, void *out)
{
	unsigned char word[sizeof(uint64_t)];
	struct copies copies;
	int code;

	if (!value || !out)
		return -EINVAL;
	if (value_has_copies(value)) {
		copies = value_copies(value);
		code = copies_load(&copies, out);
		return code < 0 ? code : cells_intact(&value->cells);
	}
	word_load(value, word);
	code = cells_intact(&value->cells);
	if (code == 0)
		memcpy(out, word, value->cells.item_size);
	return code;
}

/* ---- storing */

struct store {
	struct weir_value *value;
	const void *in;
};

/* 1 or -errno. */
static int attempt_store(void *call)
{
	const struct store *store = call;
	const struct weir_value *value = store->value;
	struct copies copies = value_copies(value);
	int code = copies_store(&copies, home_member(&value->cells.sync.home),
	                        store->in);

	return code < 0 ? code : 1;
}

static int store_record(struct weir_value *value, const void *in)
{
	struct store store = { value, in };
	int code = home_code(&value->cells.sync.home);

	if (code < 0)
		return code;
	code = attempt_store(&store);
	if (code == -EAGAIN)
		code = cells_await(&value->cells, attempt_store, &store,
		                   CELLS_PATIENCE);
	if (code == -ETIMEDOUT)
		code = -EBUSY;
	return code < 0 ? code : 0;
}

int weir_value_store(struct weir_value *value, const void *in)
{
	int code;

	if (!value || !in)
		return -EINVAL;
	code = cells_intact(&value->cells);
	if (code < 0)
		return code;
	if (value_has_copies(value))
		code = store_record(value, in);
	else
		word_store(value, in);
	if (code == 0)
		cells_ring(&value->cells);
	return code;
}

/* ---- waiting */

struct sighting {
	const struct weir_value *value;
	const void *seen;
};

/* 1 it is another one now, or -errno. */
static int attempt_sight(void *call)
{
	const struct sighting *sighting = call;
	const struct weir_value *value = sighting->value;
	unsigned char now[sizeof(uint64_t)];
	struct copies copies;
	int code;

	if (value_has_copies(value)) {
		copies = value_copies(value);
		code = copies_differ(&copies, sighting->seen);
	} else {
		word_load(value, now);
		code = memcmp(now, sighting->seen, value->cells.item_size) != 0;
	}
	if (code > 0 && cells_intact(&value->cells) < 0)
		return -EUCLEAN;
	return code == 0 ? -EAGAIN : code;
}

int weir_value_wait(const struct weir_value *value, const void *seen,
                    int64_t timeout)
{
	struct sighting sighting = { value, seen };
	int code;

	if (!value || !seen)
		return -EINVAL;
	code = attempt_sight(&sighting);
	if (code == -EAGAIN)
		code = cells_await(&value->cells, attempt_sight, &sighting,
		                   timeout);
	return code < 0 ? code : 0;
}

void weir_value_notify(const struct weir_value *value)
{
	if (value)
		bell_ring_slow(&cells_at(&value->cells)->changed, RING_ALL);
}

int weir_value_lock(struct weir_value *value, int64_t timeout)
{
	return value ? cells_lock(&value->cells, timeout) : -EINVAL;
}

int weir_value_unlock(struct weir_value *value)
{
	return value ? cells_unlock(&value->cells) : -EINVAL;
}
