/* SPDX-License-Identifier: MIT */
/* A set of memory images, in the order in which they were first seen. */
#ifndef TESTS_CRASH_IMAGES_H
#define TESTS_CRASH_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct images {
	size_t size; /* of each */
	int count;
	int room;
	uint64_t *hashes;
	unsigned char *bytes;
};

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);

void images_begin(struct images *images, size_t size);

/* True if it was not in the set. */
bool images_add(struct images *images, const void *bytes);

/* Adds only a hash: for sets whose content nobody needs. */
bool images_add_hash(struct images *images, uint64_t hash);

const void *images_at(const struct images *images, int number);

void images_end(struct images *images);

#endif
