/* SPDX-License-Identifier: MIT */
/*
 * Ranges: the elements of an array, where several are stored at once.
 *
 * Elements stand where programs change them in one step, so they cannot be
 * replaced all together.  A store of several is written beside them first, at
 * `next`, and is valid from the moment on at which that is complete; only then
 * do the elements become so, one by one.
 *
 *	writer: {generation, member, state}
 *
 *	who stores                          who reads
 *	----------                          ---------
 *	A  IDLE -> DRAFT, mine,             E  writer
 *	   generation + 1                   F  elements
 *	   fence_release                       fence_acquire
 *	   first, bytes, next               G  writer
 *	B  DRAFT -> STORING                 H  of a store that was under way:
 *	   fence_release                       first, bytes, next
 *	C  elements                            fence_acquire
 *	D  STORING -> IDLE                  I  writer
 *
 * B is the store.  Generation g of `writer` is store number g; so each state
 * says which stores were complete and which had begun to change elements:
 *
 *	IDLE g      complete g        begun g
 *	DRAFT g     complete g - 1    begun g - 1
 *	STORING g   complete g - 1    begun g
 *
 * If none has begun at G but what was complete at E, no element was changed by
 * one during F.  If one more has, its elements are at `next`, until the next
 * DRAFT, which I finds out; with these in their place, F is as of its B.
 * Otherwise the reader begins anew.  He never waits for who stores.
 *
 * Who dies in DRAFT leaves a store that never was, and a number that nobody is
 * to look for (IDLE, g + 1); who dies in STORING, one that is complete when C is
 * done once more, by whoever buries him.
 */
#ifndef WEIR_VALUE_RANGES_H
#define WEIR_VALUE_RANGES_H

#include "members/owner.h"
#include "segment/layout_value.h"
#include "value/cells.h"

enum range_state {
	RANGE_IDLE = OWNER_FREE,
	RANGE_DRAFT = 1,
	RANGE_STORING = 2
};

struct ranges {
	struct array_layout *shared;
	unsigned char *elements;
	unsigned char *next;
	uint64_t bytes; /* of all elements */
};

/* Where `next` is in an object of so many bytes of elements; its end. */
uint64_t ranges_next(uint64_t bytes);
uint64_t ranges_end(uint64_t bytes);

/* Those of the object of `room` bytes at `at`; -EUCLEAN. */
int ranges_look(struct ranges *ranges, unsigned char *at, uint64_t room,
                const struct cells_facts *facts);

/* 0, -EAGAIN another store is under way, -EUCLEAN.  `next` has memory. */
int ranges_store(const struct ranges *ranges, uint32_t member, uint64_t first,
                 uint64_t bytes, const void *in);

/* One reading: 0, -EAGAIN it was disturbed, -EUCLEAN. */
int ranges_read(const struct ranges *ranges, uint64_t first, uint64_t bytes,
                void *out);

int ranges_bury(const struct ranges *ranges, uint32_t member);

#endif
