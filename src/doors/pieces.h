/* SPDX-License-Identifier: MIT */
/*
 * The door to numbers of 1 to 8 bytes in shared memory, one or many in a row.
 *
 * They are copied in pieces of 1, 2, 4 or 8 bytes, each as large as its place
 * is aligned to; so a number that stands at a multiple of its size is copied as
 * a whole, together with its neighbours or not.  Each piece is relaxed; what
 * orders them stands where they are copied.
 */
#ifndef WEIR_DOORS_PIECES_H
#define WEIR_DOORS_PIECES_H

#include "doors/atomics.h"

/* How long the piece at this place is that is no longer than `most`. */
static inline size_t piece_at(const unsigned char *place, size_t most)
{
	size_t piece = (uintptr_t)place | 8;

	piece &= -piece;
	while (piece > most)
		piece /= 2;
	return piece;
}

#ifdef WEIR_SIMULATED

static inline void piece_out(void *to, const void *shared, size_t size)
{
	copy_out(to, shared, size);
}

static inline void piece_in(void *shared, const void *from, size_t size)
{
	copy_in(shared, from, size);
}

#else

#define PIECE_OUT(type)                                                        \
	do {                                                                   \
		type piece =                                                   \
			__atomic_load_n((const type *)at, __ATOMIC_RELAXED);   \
		memcpy(to, &piece, sizeof(piece));                             \
	} while (0)

#define PIECE_IN(type)                                                         \
	do {                                                                   \
		type piece;                                                    \
		memcpy(&piece, from, sizeof(piece));                           \
		__atomic_store_n((type *)at, piece, __ATOMIC_RELAXED);         \
	} while (0)

typedef uint16_t piece16 __attribute__((may_alias));
typedef uint32_t piece32 __attribute__((may_alias));
typedef uint64_t piece64 __attribute__((may_alias, aligned(8)));

static inline void piece_out(void *to, const void *at, size_t size)
{
	switch (size) {
	case 1:
		PIECE_OUT(unsigned char);
		break;
	case 2:
		PIECE_OUT(piece16);
		break;
	case 4:
		PIECE_OUT(piece32);
		break;
	default:
		PIECE_OUT(piece64);
		break;
	}
}

static inline void piece_in(void *at, const void *from, size_t size)
{
	switch (size) {
	case 1:
		PIECE_IN(unsigned char);
		break;
	case 2:
		PIECE_IN(piece16);
		break;
	case 4:
		PIECE_IN(piece32);
		break;
	default:
		PIECE_IN(piece64);
		break;
	}
}

#undef PIECE_OUT
#undef PIECE_IN

#endif

static inline void pieces_out(void *to, const void *shared, size_t size)
{
	const unsigned char *from = shared;
	unsigned char *out = to;

	while (size > 0) {
		size_t piece = piece_at(from, size);

		for (; size >= 8 && piece == 8; size -= 8, from += 8, out += 8)
			piece_out(out, from, 8);
		if (size == 0)
			return;
		piece = piece_at(from, size);
		piece_out(out, from, piece);
		from += piece;
		out += piece;
		size -= piece;
	}
}

static inline void pieces_in(void *shared, const void *from, size_t size)
{
	const unsigned char *in = from;
	unsigned char *to = shared;

	while (size > 0) {
		size_t piece = piece_at(to, size);

		for (; size >= 8 && piece == 8; size -= 8, in += 8, to += 8)
			piece_in(to, in, 8);
		if (size == 0)
			return;
		piece = piece_at(to, size);
		piece_in(to, in, piece);
		in += piece;
		to += piece;
		size -= piece;
	}
}

#endif
