/* SPDX-License-Identifier: MIT */
#include "crash/images.h"

#include "must.h"

#include <stdlib.h>
#include <string.h>

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word = 0;
		size_t left = size - i;

		memcpy(&word, from + i,
		       left < sizeof(word) ? left : sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash;
}

void images_begin(struct images *images, size_t size)
{
	*images = (struct images){ .size = size };
}

static bool known(const struct images *images, uint64_t hash)
{
	for (int i = images->count - 1; i >= 0; i--) {
		if (images->hashes[i] == hash)
			return true;
	}
	return false;
}

static void grow(struct images *images)
{
	images->room = images->room ? images->room * 2 : 64;
	images->hashes = realloc(images->hashes,
	                         (size_t)images->room * sizeof(uint64_t));
	must(images->hashes);
	if (images->size == 0)
		return;
	images->bytes =
		realloc(images->bytes, (size_t)images->room * images->size);
	must(images->bytes);
}

bool images_add_hash(struct images *images, uint64_t hash)
{
	if (known(images, hash))
		return false;
	if (images->count == images->room)
		grow(images);
	images->hashes[images->count++] = hash;
	return true;
}

bool images_add(struct images *images, const void *bytes)
{
	if (!images_add_hash(images, hash_bytes(0, bytes, images->size)))
		return false;
	memcpy(images->bytes + (size_t)(images->count - 1) * images->size,
	       bytes, images->size);
	return true;
}

const void *images_at(const struct images *images, int number)
{
	return images->bytes + (size_t)number * images->size;
}

void images_end(struct images *images)
{
	free(images->hashes);
	free(images->bytes);
}
