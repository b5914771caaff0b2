/* SPDX-License-Identifier: MIT */
#include "region/roster.h"

#include "members/owner.h"

#include <stdlib.h>

enum { SIZE_LEAST = 128, HASH_BITS = 32 - OWNER_ENTRY_BITS };

/* Hashes that somebody chose may all be the same, and would take for ever. */
enum { PLACES_TRIED = 1000 };

/* Not 0. */
static uint32_t mark_of(uint64_t hash, uint32_t entry)
{
	uint32_t bits = (uint32_t)(hash >> (64 - HASH_BITS)) | 1;

	return bits << OWNER_ENTRY_BITS | entry;
}

static bool is_full(const struct roster *roster)
{
	return roster->count >= roster->size / 8 * 7;
}

bool roster_due(struct roster *roster, uint64_t named)
{
	bool due = roster->seen == named;

	roster->seen = named;
	return due;
}

bool roster_begin(struct roster *roster, uint32_t count)
{
	uint32_t size = SIZE_LEAST;

	while (size / 8 * 5 < count)
		size *= 2;
	roster_end(roster);
	roster->places = calloc(size, sizeof(*roster->places));
	roster->size = size;
	return roster->places;
}

static uint32_t *place_at(const struct roster *roster, uint64_t hash,
                          uint32_t place)
{
	return &roster->places[((uint32_t)hash + place) & (roster->size - 1)];
}

bool roster_add(struct roster *roster, uint64_t hash, uint32_t entry)
{
	uint32_t place = 0;

	while (place < PLACES_TRIED && *place_at(roster, hash, place) != 0)
		place++;
	if (place == PLACES_TRIED || is_full(roster)) {
		roster_end(roster);
		return false;
	}
	*place_at(roster, hash, place) = mark_of(hash, entry);
	roster->count++;
	return true;
}

void roster_named(struct roster *roster, uint64_t named, uint64_t now,
                  uint64_t hash, uint32_t entry)
{
	roster->seen = now;
	if (roster_complete(roster, named) && roster_add(roster, hash, entry))
		roster->named = now;
}

int64_t roster_next(const struct roster *roster, uint64_t hash, uint32_t *place)
{
	uint32_t wanted = mark_of(hash, 0) >> OWNER_ENTRY_BITS;

	while (*place < PLACES_TRIED) {
		uint32_t mark = *place_at(roster, hash, (*place)++);

		if (mark == 0)
			break;
		if (mark >> OWNER_ENTRY_BITS == wanted)
			return mark & ((1 << OWNER_ENTRY_BITS) - 1);
	}
	return -1;
}

void roster_end(struct roster *roster)
{
	free(roster->places);
	roster->places = NULL;
	roster->count = 0;
}
