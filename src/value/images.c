/* SPDX-License-Identifier: MIT */
#include "value/images.h"

#include "doors/ck.h"
#include "doors/pieces.h"

#include <errno.h>

enum {
	IMAGE_BITS = 8,
	IMAGES_LARGE = 4, /* of a record that is larger than this: */
	RECORD_SMALL = 4096,
	IMAGE_ALIGN = 16,
	LOAD_TRIES = 50000,
	STORE_TRIES = 10000,
	CHUNK = 256
};

/* ---- where they stand */

static uint32_t count_of(uint32_t size)
{
	return size <= RECORD_SMALL ? IMAGES_MOST : IMAGES_LARGE;
}

static uint64_t stride_of(uint32_t size)
{
	uint64_t align = size < REGION_LINE ? IMAGE_ALIGN : REGION_LINE;

	return (size + align - 1) / align * align;
}

uint64_t images_room(uint32_t size)
{
	return IMAGES_OFFSET + count_of(size) * stride_of(size);
}

struct images images_of(unsigned char *at, uint32_t size)
{
	struct value_layout *shared = (void *)at;

	return (struct images){
		.current = &shared->cells.cell,
		.words = shared->image,
		.bytes = at + IMAGES_OFFSET,
		.stride = stride_of(size),
		.size = size,
		.count = count_of(size),
	};
}

static uint32_t image_of(uint64_t current)
{
	return (uint32_t)current & ((1 << IMAGE_BITS) - 1);
}

static uint64_t next_of(uint64_t current, uint32_t image)
{
	return ((current >> IMAGE_BITS) + 1) << IMAGE_BITS | image;
}

static unsigned char *place_of(const struct images *images, uint32_t image)
{
	return images->bytes + image * images->stride;
}

/* ---- reading */

struct sight {
	uint32_t image;
	uint64_t word;
};

/* E. */
static int sight_begin(const struct images *images, struct sight *sight)
{
	/* Pairs with the CAS of `publish`: the bytes are there. */
	uint64_t current = load64_acquire(images->current);

	sight->image = image_of(current);
	if (sight->image >= images->count)
		return -EUCLEAN;
	sight->word = load64_acquire(&images->words[sight->image]);
	/* Relaxed: it comes after the acquire, which is all that is asked. */
	return load64_relaxed(images->current) == current ? 0 : -EAGAIN;
}

/* G. */
static bool sight_held(const struct images *images, const struct sight *sight)
{
	uint64_t now;

	/* Pairs with fence_release in `take`. */
	fence_acquire();
	now = load64_relaxed(&images->words[sight->image]);
	return owner_generation(now) == owner_generation(sight->word);
}

int images_load(const struct images *images, void *out)
{
	struct sight sight;

	for (int i = 0; i < LOAD_TRIES; i++) {
		int code = sight_begin(images, &sight);

		if (code == -EUCLEAN)
			return code;
		if (code < 0)
			continue;
		pieces_out(out, place_of(images, sight.image), images->size);
		if (sight_held(images, &sight))
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

int images_differ(const struct images *images, const void *seen)
{
	struct sight sight;

	for (int i = 0; i < LOAD_TRIES; i++) {
		int code = sight_begin(images, &sight);
		bool other;

		if (code == -EUCLEAN)
			return code;
		if (code < 0)
			continue;
		other = differ(place_of(images, sight.image), seen,
		               images->size);
		if (sight_held(images, &sight))
			return other;
	}
	return -EAGAIN;
}

void *images_at(const struct images *images)
{
	uint32_t image = image_of(load64_acquire(images->current));

	return place_of(images, image < images->count ? image : 0);
}

/* ---- storing */

/* A, of this image; false: it is current, or somebody's. */
static bool take_one(const struct images *images, uint32_t image,
                     uint32_t member, uint64_t *taken)
{
	struct word64 *at = &images->words[image];
	/* Pairs with D: if it was current, so it is seen below. */
	uint64_t word = load64_acquire(at);

	if (owner_state(word) != IMAGE_OPEN ||
	    image_of(load64_acquire(images->current)) == image)
		return false;
	*taken = owner_next(word, member, IMAGE_DRAFT);
	return cas64(at, &word, *taken);
}

/* The one that was current longest ago comes first. */
static int take(const struct images *images, uint32_t member, uint64_t *taken)
{
	uint32_t now = image_of(load64_relaxed(images->current));

	if (now >= images->count)
		return -EUCLEAN;
	for (uint32_t i = 1; i < images->count; i++) {
		uint32_t image = (now + i) % images->count;

		if (take_one(images, image, member, taken)) {
			/* Before B: pairs with fence_acquire in sight_held. */
			fence_release();
			return (int)image;
		}
	}
	return -EAGAIN;
}

/* C. */
static int publish(const struct images *images, uint32_t image)
{
	uint64_t seen = load64_relaxed(images->current);

	for (int i = 0; i < STORE_TRIES; i++) {
		if (cas64(images->current, &seen, next_of(seen, image)))
			return 0;
	}
	return -EUCLEAN;
}

int images_store(const struct images *images, uint32_t member, const void *in)
{
	uint64_t taken;
	int image = take(images, member, &taken);
	int code;

	if (image < 0)
		return image;
	pieces_in(place_of(images, (uint32_t)image), in, images->size);
	code = publish(images, (uint32_t)image);
	/* Pairs with the acquire in take_one. */
	store64_release(&images->words[image], owner_turned(taken, IMAGE_OPEN));
	return code;
}

void images_bury(const struct images *images, uint32_t member)
{
	for (uint32_t i = 0; i < images->count; i++) {
		uint64_t word = load64_acquire(&images->words[i]);

		if (owner_state(word) == IMAGE_DRAFT &&
		    owner_member(word) == member)
			cas64(&images->words[i], &word,
			      owner_turned(word, IMAGE_OPEN));
	}
}
