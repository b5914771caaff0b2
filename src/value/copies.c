/* SPDX-License-Identifier: MIT */
#include "value/copies.h"

#include "doors/ck.h"
#include "doors/pieces.h"
#include "value/cells.h"

#include <errno.h>

enum {
	COPY_BITS = 8,
	COPIES_LARGE = 4, /* of a record that is larger than this: */
	RECORD_SMALL = 4096,
	COPY_ALIGN = 16,
	STORE_TRIES = 10000,
	CHUNK = 256
};

/* ---- where they stand */

static uint32_t count_of(uint32_t size)
{
	return size <= RECORD_SMALL ? COPIES_MOST : COPIES_LARGE;
}

static uint64_t stride_of(uint32_t size)
{
	uint64_t align = size < REGION_LINE ? COPY_ALIGN : REGION_LINE;

	return (size + align - 1) / align * align;
}

uint64_t copies_room(uint32_t size)
{
	return COPIES_OFFSET + count_of(size) * stride_of(size);
}

struct copies copies_of(unsigned char *at, uint32_t size)
{
	struct value_layout *shared = (void *)at;

	return (struct copies){
		.current = &shared->cells.cell,
		.words = shared->copy,
		.bytes = at + COPIES_OFFSET,
		.stride = stride_of(size),
		.size = size,
		.count = count_of(size),
	};
}

static uint32_t copy_of(uint64_t current)
{
	return (uint32_t)current & ((1 << COPY_BITS) - 1);
}

static uint64_t next_of(uint64_t current, uint32_t copy)
{
	return ((current >> COPY_BITS) + 1) << COPY_BITS | copy;
}

static unsigned char *place_of(const struct copies *copies, uint32_t copy)
{
	return copies->bytes + copy * copies->stride;
}

/* ---- reading */

struct sight {
	uint32_t copy;
	uint64_t word;
};

/* E. */
static int sight_begin(const struct copies *copies, struct sight *sight)
{
	/* Pairs with the CAS of `publish`: the bytes are there. */
	uint64_t current = load64_acquire(copies->current);

	sight->copy = copy_of(current);
	if (sight->copy >= copies->count)
		return -EUCLEAN;
	sight->word = load64_acquire(&copies->words[sight->copy]);
	/* Relaxed: it comes after the acquire, which is all that is asked. */
	return load64_relaxed(copies->current) == current ? 0 : -EAGAIN;
}

/* G. */
static bool sight_held(const struct copies *copies, const struct sight *sight)
{
	uint64_t now;

	/* Pairs with fence_release in `take`. */
	fence_acquire();
	now = load64_relaxed(&copies->words[sight->copy]);
	return owner_generation(now) == owner_generation(sight->word);
}

int copies_load(const struct copies *copies, void *out)
{
	uint32_t tries = cells_tries(copies->size);
	struct sight sight;

	for (uint32_t i = 0; i < tries; i++) {
		int code = sight_begin(copies, &sight);

		if (code == -EUCLEAN)
			return code;
		if (code < 0)
			continue;
		pieces_out(out, place_of(copies, sight.copy), copies->size);
		if (sight_held(copies, &sight))
			return 0;
		spin_hint();
	}
	return -EAGAIN;
}

/* These bytes, as far as they were not overwritten meanwhile. */
static bool differ(const unsigned char *shared, const unsigned char *seen,
                   size_t size)
{
	unsigned char chunk[CHUNK];

	for (size_t at = 0; at < size; at += CHUNK) {
		size_t part = size - at < CHUNK ? size - at : CHUNK;

		pieces_out(chunk, shared + at, part);
		if (memcmp(chunk, seen + at, part) != 0)
			return true;
	}
	return false;
}

int copies_differ(const struct copies *copies, const void *seen)
{
	uint32_t tries = cells_tries(copies->size);
	struct sight sight;

	for (uint32_t i = 0; i < tries; i++) {
		int code = sight_begin(copies, &sight);
		bool other;

		if (code == -EUCLEAN)
			return code;
		if (code < 0)
			continue;
		other = differ(place_of(copies, sight.copy), seen,
		               copies->size);
		if (sight_held(copies, &sight))
			return other;
	}
	return -EAGAIN;
}

void *copies_at(const struct copies *copies)
{
	uint32_t copy = copy_of(load64_acquire(copies->current));

	return place_of(copies, copy < copies->count ? copy : 0);
}

/* ---- storing */

/* A, of this copy; false: it is current, or somebody's. */
static bool take_one(const struct copies *copies, uint32_t copy,
                     uint32_t member, uint64_t *taken)
{
	struct word64 *at = &copies->words[copy];
	/* Pairs with D: if it was current, so it is seen below. */
	uint64_t word = load64_acquire(at);

	if (owner_state(word) != COPY_OPEN ||
	    copy_of(load64_acquire(copies->current)) == copy)
		return false;
	*taken = owner_next(word, member, COPY_DRAFT);
	return cas64(at, &word, *taken);
}

/* The one that was current longest ago comes first. */
static int take(const struct copies *copies, uint32_t member, uint64_t *taken)
{
	uint32_t now = copy_of(load64_relaxed(copies->current));

	if (now >= copies->count)
		return -EUCLEAN;
	for (uint32_t i = 1; i < copies->count; i++) {
		uint32_t copy = (now + i) % copies->count;

		if (take_one(copies, copy, member, taken)) {
			/* Before B: pairs with fence_acquire in sight_held. */
			fence_release();
			return (int)copy;
		}
	}
	return -EAGAIN;
}

/* C. */
static int publish(const struct copies *copies, uint32_t copy)
{
	uint64_t seen = load64_relaxed(copies->current);

	for (int i = 0; i < STORE_TRIES; i++) {
		if (cas64(copies->current, &seen, next_of(seen, copy)))
			return 0;
	}
	return -EUCLEAN;
}

int copies_store(const struct copies *copies, uint32_t member, const void *in)
{
	uint64_t taken;
	int copy = take(copies, member, &taken);
	int code;

	if (copy < 0)
		return copy;
	pieces_in(place_of(copies, (uint32_t)copy), in, copies->size);
	code = publish(copies, (uint32_t)copy);
	/* Pairs with the acquire in take_one. */
	store64_release(&copies->words[copy], owner_turned(taken, COPY_OPEN));
	return code;
}

void copies_bury(const struct copies *copies, uint32_t member)
{
	for (uint32_t i = 0; i < copies->count; i++) {
		uint64_t word = load64_acquire(&copies->words[i]);

		if (owner_state(word) == COPY_DRAFT &&
		    owner_member(word) == member)
			cas64(&copies->words[i], &word,
			      owner_turned(word, COPY_OPEN));
	}
}
