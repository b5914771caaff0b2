/* SPDX-License-Identifier: MIT */
/*
 * Cell: one number in shared memory, and all that can be done to it in one
 * step.  Programs include value.h or array.h, which are made of this.
 *
 *	c  char                      H  unsigned short      q  long long
 *	b  signed char               i  int                 Q  unsigned long long
 *	B  unsigned char             I  unsigned int        f  float
 *	u  wchar_t                   l  long                d  double
 *	h  short                     L  unsigned long
 *
 * l, L and u are what the process says they are: 32 bits or 64.  A process in
 * which a type has another size than where the object was made cannot open it.
 * i, I, q, Q, f and d are the same for 32- and 64-bit processes, and so are the
 * records whose struct is.
 *
 * A load acquires: who sees a number sees what was written before it.  A store
 * releases.  All others are sequentially consistent; so where a store must
 * come before a later load, take exchange.  Integers wrap.  compare_exchange
 * compares bytes, so 0.0 is not -0.0, and a NaN is itself.
 */
#ifndef WEIR_CELL_H
#define WEIR_CELL_H

#include <assert.h>
#include <wchar.h>
#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any struct, whose size the options say. */
#define WEIR_RECORD 'r'

/* make(typecode, type) of each. */
#define WEIR_INTEGERS(make)                                                    \
	make(c, char) make(b, signed char) make(B, unsigned char)              \
		make(u, wchar_t) make(h, short) make(H, unsigned short)        \
			make(i, int) make(I, unsigned int) make(l, long)       \
				make(L, unsigned long) make(q, long long)      \
					make(Q, unsigned long long)
#define WEIR_REALS(make)   make(f, float) make(d, double)
#define WEIR_NUMBERS(make) WEIR_INTEGERS(make) WEIR_REALS(make)

/*
 * How the handle of a value or an array begins, for the functions that go in
 * their caller's code.  Read it through those.
 */
struct weir_cells {
	unsigned char *object;
	const void *reserved_1;
	uint32_t reserved_2[2];
	uint64_t reserved_3;
	uint32_t item_size;
	char typecode;
	char reserved_4[3];
};

/* The same of an array; its length is 0 if its elements are records. */
struct weir_array_head {
	struct weir_cells cells;
	const void *reserved;
	size_t length;
};

/* Where in an object are the words of the alarm, a value's number, and an
   array's elements. */
enum { WEIR_ALARM_AT = 24, WEIR_NUMBER_AT = 56, WEIR_ELEMENTS_AT = 128 };

/* The index-th element, a number of `size` bytes. */
static inline void *weir_cells_element(const struct weir_cells *cells,
                                       size_t index, size_t size)
{
	return cells->object + WEIR_ELEMENTS_AT + index * size;
}

/*
 * Somebody waits for a change, or takes a snapshot, so it is to be told of the
 * one that was just made.  Two loads of a line that is seldom written: whoever
 * sets the words there makes up for the missing fence (src/value/alarm.h).
 */
static inline bool weir_cells_alarmed(const struct weir_cells *cells)
{
	const uint32_t *alarm =
		(const uint32_t *)(const void *)(cells->object + WEIR_ALARM_AT);
	uint32_t sleeping, alert;

	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sleeping = __atomic_load_n(&alarm[0], __ATOMIC_RELAXED) & 1;
	alert = __atomic_load_n(&alarm[1], __ATOMIC_RELAXED) & 0x1ff;
	return __builtin_expect((sleeping | alert) != 0, 0);
}

#define WEIR_CELL_NUMBER(code, type)                                           \
	typedef type weir_cell_##code                                          \
		__attribute__((aligned(sizeof(type)), may_alias));             \
                                                                               \
	static inline type weir_cell_load_##code(const void *at)               \
	{                                                                      \
		const weir_cell_##code *cell = (const weir_cell_##code *)at;   \
		type now;                                                      \
                                                                               \
		__atomic_load(cell, &now, __ATOMIC_ACQUIRE);                   \
		return now;                                                    \
	}                                                                      \
                                                                               \
	static inline void weir_cell_store_##code(void *at, type number)       \
	{                                                                      \
		weir_cell_##code *cell = (weir_cell_##code *)at;               \
                                                                               \
		__atomic_store(cell, &number, __ATOMIC_RELEASE);               \
	}                                                                      \
                                                                               \
	static inline type weir_cell_exchange_##code(void *at, type number)    \
	{                                                                      \
		weir_cell_##code *cell = (weir_cell_##code *)at;               \
		type before;                                                   \
                                                                               \
		__atomic_exchange(cell, &number, &before, __ATOMIC_SEQ_CST);   \
		return before;                                                 \
	}                                                                      \
                                                                               \
	static inline bool weir_cell_compare_exchange_##code(                  \
		void *at, type *expected, type desired)                        \
	{                                                                      \
		weir_cell_##code *cell = (weir_cell_##code *)at;               \
                                                                               \
		return __atomic_compare_exchange(cell, expected, &desired,     \
		                                 false, __ATOMIC_SEQ_CST,      \
		                                 __ATOMIC_SEQ_CST);            \
	}

#define WEIR_CELL_INTEGER(code, type)                                          \
	static inline type weir_cell_fetch_add_##code(void *at, type number)   \
	{                                                                      \
		return __atomic_fetch_add((weir_cell_##code *)at, number,      \
		                          __ATOMIC_SEQ_CST);                   \
	}                                                                      \
                                                                               \
	static inline type weir_cell_fetch_sub_##code(void *at, type number)   \
	{                                                                      \
		return __atomic_fetch_sub((weir_cell_##code *)at, number,      \
		                          __ATOMIC_SEQ_CST);                   \
	}                                                                      \
                                                                               \
	static inline type weir_cell_fetch_and_##code(void *at, type bits)     \
	{                                                                      \
		return __atomic_fetch_and((weir_cell_##code *)at, bits,        \
		                          __ATOMIC_SEQ_CST);                   \
	}                                                                      \
                                                                               \
	static inline type weir_cell_fetch_or_##code(void *at, type bits)      \
	{                                                                      \
		return __atomic_fetch_or((weir_cell_##code *)at, bits,         \
		                         __ATOMIC_SEQ_CST);                    \
	}                                                                      \
                                                                               \
	static inline type weir_cell_fetch_xor_##code(void *at, type bits)     \
	{                                                                      \
		return __atomic_fetch_xor((weir_cell_##code *)at, bits,        \
		                          __ATOMIC_SEQ_CST);                   \
	}

/* A turn is in vain only if somebody else's was not. */
#define WEIR_CELL_REAL(code, type)                                             \
	static inline type weir_cell_fetch_add_##code(void *at, type number)   \
	{                                                                      \
		type before = weir_cell_load_##code(at);                       \
                                                                               \
		while (!weir_cell_compare_exchange_##code(at, &before,         \
		                                          before + number))    \
			;                                                      \
		return before;                                                 \
	}                                                                      \
                                                                               \
	static inline type weir_cell_fetch_sub_##code(void *at, type number)   \
	{                                                                      \
		return weir_cell_fetch_add_##code(at, -number);                \
	}

WEIR_NUMBERS(WEIR_CELL_NUMBER)
WEIR_INTEGERS(WEIR_CELL_INTEGER)
WEIR_REALS(WEIR_CELL_REAL)

#ifdef __cplusplus
}
#endif

#endif
