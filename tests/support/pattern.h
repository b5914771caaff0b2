/* SPDX-License-Identifier: MIT */
/*
 * Content that tells where it belongs: byte i of message `seed` is a function
 * of both, so that a torn, shifted or mixed-up message does not match.
 */
#ifndef TESTS_SUPPORT_PATTERN_H
#define TESTS_SUPPORT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline unsigned char pattern_byte(uint64_t seed, size_t i)
{
	uint64_t x = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) +
	             (i >> 3) * UINT64_C(0xd1342543de82ef95);

	return (unsigned char)((x ^ (x >> 29)) >> (8 * (i & 7)));
}

static inline void pattern_fill(void *buffer, size_t size, uint64_t seed)
{
	unsigned char *bytes = buffer;

	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern_byte(seed, i);
}

static inline bool pattern_holds(const void *buffer, size_t size, uint64_t seed)
{
	const unsigned char *bytes = buffer;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != pattern_byte(seed, i))
			return false;
	}
	return true;
}

/* xorshift: the next of a sequence that is the same in every run. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x;
}

#endif
