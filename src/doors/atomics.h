/* SPDX-License-Identifier: MIT */
/*
 * The atomics door: every access to a shared word goes through here.
 *
 * In the product these are plain hardware atomics.  In the simulated build
 * (WEIR_SIMULATED) every call is a point at which the simulator may run another
 * virtual process, kill one, let it scribble, or hold a store back in a store
 * buffer; see fuzz/sim.
 *
 * A shared word is a struct, so that nothing can read it past the door by
 * accident.  The compiler's __atomic builtins serve rather than ck_pr: ck_pr
 * has no 64-bit words on 32-bit builds, and ThreadSanitizer cannot see into it.
 *
 * copy_in and copy_out move payload between private and shared memory.  They
 * are plain copies: a record's header word publishes it with release, and its
 * reader takes it with acquire.
 */
#ifndef WEIR_DOORS_ATOMICS_H
#define WEIR_DOORS_ATOMICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct word32 {
	uint32_t bits;
} __attribute__((aligned(4)));

struct word64 {
	uint64_t bits;
} __attribute__((aligned(8)));

/* Two words that a cas_pair changes as one, where the machine has it. */
struct pair64 {
	struct word64 first;
	struct word64 second;
} __attribute__((aligned(16)));

struct two64 {
	uint64_t first;
	uint64_t second;
};

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* The fast paths lie in their callers, the slow ones do not. */
#define fast_path static inline __attribute__((always_inline))
#define slow_path __attribute__((noinline, cold))

#ifdef WEIR_SIMULATED

#include "sim/atomics.h"

#else

static inline uint32_t load32_relaxed(const struct word32 *word)
{
	return __atomic_load_n(&word->bits, __ATOMIC_RELAXED);
}

static inline uint32_t load32_acquire(const struct word32 *word)
{
	return __atomic_load_n(&word->bits, __ATOMIC_ACQUIRE);
}

static inline void store32_relaxed(struct word32 *word, uint32_t value)
{
	__atomic_store_n(&word->bits, value, __ATOMIC_RELAXED);
}

static inline void store32_release(struct word32 *word, uint32_t value)
{
	__atomic_store_n(&word->bits, value, __ATOMIC_RELEASE);
}

/* All read-modify-writes are sequentially consistent: none is on a fast path */
static inline bool cas32(struct word32 *word, uint32_t *expected,
                         uint32_t desired)
{
	return __atomic_compare_exchange_n(&word->bits, expected, desired,
	                                   false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST);
}

static inline uint32_t or32(struct word32 *word, uint32_t bits)
{
	return __atomic_fetch_or(&word->bits, bits, __ATOMIC_SEQ_CST);
}

static inline uint32_t and32(struct word32 *word, uint32_t bits)
{
	return __atomic_fetch_and(&word->bits, bits, __ATOMIC_SEQ_CST);
}

static inline uint32_t add32(struct word32 *word, uint32_t value)
{
	return __atomic_fetch_add(&word->bits, value, __ATOMIC_SEQ_CST);
}

static inline uint64_t load64_relaxed(const struct word64 *word)
{
	return __atomic_load_n(&word->bits, __ATOMIC_RELAXED);
}

/*
 * A word that may be somebody's payload by now, written by a plain copy: the
 * caller finds that out by another word, and throws this one away.  It is one
 * load for the machine; ThreadSanitizer would call it a race.
 */
__attribute__((no_sanitize("thread"))) static inline uint64_t
load64_unsure(const struct word64 *word)
{
	return __atomic_load_n(&word->bits, __ATOMIC_RELAXED);
}

static inline uint64_t load64_acquire(const struct word64 *word)
{
	return __atomic_load_n(&word->bits, __ATOMIC_ACQUIRE);
}

static inline void store64_relaxed(struct word64 *word, uint64_t value)
{
	__atomic_store_n(&word->bits, value, __ATOMIC_RELAXED);
}

static inline void store64_release(struct word64 *word, uint64_t value)
{
	__atomic_store_n(&word->bits, value, __ATOMIC_RELEASE);
}

static inline bool cas64(struct word64 *word, uint64_t *expected,
                         uint64_t desired)
{
	return __atomic_compare_exchange_n(&word->bits, expected, desired,
	                                   false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST);
}

static inline uint64_t or64(struct word64 *word, uint64_t bits)
{
	return __atomic_fetch_or(&word->bits, bits, __ATOMIC_SEQ_CST);
}

static inline uint64_t and64(struct word64 *word, uint64_t bits)
{
	return __atomic_fetch_and(&word->bits, bits, __ATOMIC_SEQ_CST);
}

static inline uint64_t add64(struct word64 *word, uint64_t value)
{
	return __atomic_fetch_add(&word->bits, value, __ATOMIC_SEQ_CST);
}

/* The first word is the lower one in memory. */
#if defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16) &&                            \
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#define CAS_PAIR 1

__extension__ typedef unsigned __int128 both64;

static inline both64 both64_of(struct two64 two)
{
	return two.first | (both64)two.second << 64;
}

static inline bool cas_pair(struct pair64 *pair, struct two64 expected,
                            struct two64 desired)
{
	return __sync_bool_compare_and_swap((both64 *)pair, both64_of(expected),
	                                    both64_of(desired));
}

#else

#define CAS_PAIR 0

static inline bool cas_pair(struct pair64 *pair, struct two64 expected,
                            struct two64 desired)
{
	(void)pair, (void)expected, (void)desired;
	return false;
}

#endif

/* Orders stores before it against loads after it, on this CPU. */
static inline void fence_full(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * Keeps the compiler from moving a load above a store; the CPU may still do so.
 * Enough where the other side calls fence_others (doors/futex.h).
 */
static inline void fence_light(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/*
 * For data that may be overwritten while it is read: who reads it looks at a
 * word after fence_acquire that was changed before fence_release.
 */
static inline void fence_acquire(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void fence_release(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* Up to here the compiler's own copying is faster than a call. */
enum { COPY_INLINE_MOST = 512 };

static inline void copy_long(void *to, const void *from, size_t size)
{
	/* Of what is surely short, the compiler makes a slow instruction. */
	__asm__("" : "+r"(size));
	memcpy(to, from, size);
}

static inline void copy_in(void *shared, const void *from, size_t size)
{
	if (size > COPY_INLINE_MOST)
		copy_long(shared, from, size);
	else if (size > 0) /* else `from` may be NULL */
		memcpy(shared, from, size);
}

static inline void copy_out(void *to, const void *shared, size_t size)
{
	if (size > COPY_INLINE_MOST)
		copy_long(to, shared, size);
	else if (size > 0)
		memcpy(to, shared, size);
}

#endif

#endif
