/* SPDX-License-Identifier: MIT */
/*
 * Permits that know who has them: a word each, 0 or 1 + the member.
 *
 *	acquirer                          releaser, and who buries
 *	--------                          ------------------------
 *	A  n = released                   C  word: 1 + member -> 0
 *	B  word: 0 -> 1 + member          D  released += 2
 *	   none was 0: once more from
 *	   A, unless released is n
 *
 * B and C are a CAS each, so whoever dies has exactly those that name it.
 * Without A and D a permit that moves from behind the one who looks to before
 * him would be missed; as it is, if nothing came back while he looked, all were
 * taken at the end.
 */
#ifndef WEIR_SYNC_PERMITS_H
#define WEIR_SYNC_PERMITS_H

#include "segment/layout_sync.h"

enum { PERMITS_MOST = 1 << 20 };

/* The lowest bit of `released` says whether somebody has the turn. */
enum { RELEASED_TURN_BIT = 0, RELEASED_ONCE = 2 };

struct permits {
	struct word32 *words;
	struct word32 *released;
	uint32_t count;
};

/* 1, or -EAGAIN there is none.  `hint`: where one may be, or was found. */
int permits_acquire(const struct permits *permits, uint32_t member,
                    struct word32 *hint);

/*
 * 0, or -EPERM the member has fewer; then none was released, unless another of
 * its threads does it at the same time.
 */
int permits_release(const struct permits *permits, uint32_t member,
                    uint32_t count, struct word32 *hint);

/* How many nobody has. */
uint32_t permits_free(const struct permits *permits);

/* All that the dead member had are free. */
void permits_bury(const struct permits *permits, uint32_t member);

#endif
