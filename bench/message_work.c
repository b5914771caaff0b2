/* SPDX-License-Identifier: MIT */
#include "message_work.h"

#include <string.h>

#include "peer_loops.h"

/* As wide as the machine can, like the C library's memcpy. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

void message_make(void *message, size_t size, uint64_t number)
{
	memset(message, (int)(number & 0xff), size);
}

WIDE uint64_t message_unlike(const void *message, size_t size, uint64_t number)
{
	const uint64_t *words = message;
	uint64_t like = (number & 0xff) * 0x0101010101010101U;
	uint64_t unlike = 0;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		unlike |= words[i] ^ like;
	return unlike;
}

/* Around the ends, in whole cache lines. */
enum { END = 64 };

void message_make_numbered(void *message, size_t size, uint64_t number)
{
	message_make(message, size, number);
	number_message(message, size, number);
}

uint64_t message_unlike_numbered(const void *message, size_t size,
                                 uint64_t *sum)
{
	const char *bytes = message;
	uint64_t number;

	memcpy(&number, message, sizeof(number));
	return torn(message, size, sum) |
	       message_unlike(bytes + END, size - 2 * END, number);
}
