/* SPDX-License-Identifier: MIT */
/*
 * The loops of a sync peer, made of its acquire and its release, which take the
 * object and return 0 or another code.  They are constants here, so the
 * compiler inlines them.
 */
#ifndef BENCH_SYNC_LOOPS_H
#define BENCH_SYNC_LOOPS_H

#include <errno.h>

#include "sync_peer.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef int step_function(void *object);

/* Keeps the compiler from leaving out what nobody looks at. */
ALWAYS_INLINE void used(uint64_t number)
{
	__asm__ volatile("" : : "r"(number));
}

ALWAYS_INLINE int repeat_pair(step_function *acquire, step_function *release,
                              void *object, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		if (acquire(object) != 0 || release(object) != 0)
			return -EPROTO;
	}
	return 0;
}

ALWAYS_INLINE int guard_pair(step_function *acquire, step_function *release,
                             void *object, uint64_t *number, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		if (acquire(object) != 0)
			return -EPROTO;
		*(volatile uint64_t *)number += 1;
		if (release(object) != 0)
			return -EPROTO;
	}
	return 0;
}

/* The two loops of a peer with these steps. */
#define SYNC_LOOPS(name, acquire, release)                                     \
	static int repeat_##name(void *object, uint64_t count)                 \
	{                                                                      \
		return repeat_pair(acquire, release, object, count);           \
	}                                                                      \
                                                                               \
	static int guard_##name(void *object, uint64_t *number,                \
	                        uint64_t count)                                \
	{                                                                      \
		return guard_pair(acquire, release, object, number, count);    \
	}

#endif
