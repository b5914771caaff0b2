/* SPDX-License-Identifier: MIT */
/*
 * Copies: a record of which there are several, so that each store writes one
 * that nobody reads, and each load reads one that nobody writes.
 *
 *	current   {sequence, copy}: which one is the record
 *	word i    {generation, member, state} of copy i: an owner word
 *
 * A word says OPEN, or DRAFT: the member writes the copy, and nobody else
 * does.  Copy i is the record if `current` names it, free if it does not and
 * its word says OPEN.
 *
 *	writer                              reader
 *	------                              ------
 *	A  word: OPEN -> DRAFT, mine,       E  current, its copy's word,
 *	   of a copy that is not             current: the same as before
 *	   current; generation + 1          F  the bytes
 *	   fence_release                       fence_acquire
 *	B  the bytes                        G  the word's generation: the same?
 *	C  current: sequence + 1, this
 *	D  word: DRAFT -> OPEN
 *
 * C is the store.  A copy becomes current only between its A and its D, so if
 * the word said OPEN before `current` named another copy, it does not come
 * back in this generation: whoever finds that may do A.  Whoever reads a byte
 * of the next B sees the generation of its A, so G finds out; E makes sure that
 * the generation is that of the record.
 *
 * A writer who is stopped has one copy, or none.  One who dies in A to D
 * leaves a DRAFT; whoever buries it says OPEN, which is right in any case:
 *
 *	before C    nobody has seen it, and it is free
 *	after C     it is current, or was and is free
 */
#ifndef WEIR_VALUE_COPIES_H
#define WEIR_VALUE_COPIES_H

#include "members/owner.h"
#include "segment/layout_value.h"

enum copy_state { COPY_OPEN = OWNER_FREE, COPY_DRAFT = 1 };

struct copies {
	struct word64 *current;
	struct word64 *words;
	unsigned char *bytes;
	uint64_t stride;
	uint32_t size; /* of the record */
	uint32_t count;
};

/* Where the copies of such a record stand in a value at `at`. */
struct copies copies_of(unsigned char *at, uint32_t size);

/* Bytes of such a value. */
uint64_t copies_room(uint32_t size);

/* 0, -EAGAIN so often in a row somebody was faster, -EUCLEAN. */
int copies_load(const struct copies *copies, void *out);

/* 1 it is no longer what was seen, 0 it is; codes as above. */
int copies_differ(const struct copies *copies, const void *seen);

/* 0, -EAGAIN every copy that is not current is somebody's, -EUCLEAN. */
int copies_store(const struct copies *copies, uint32_t member, const void *in);

/* The current one. */
void *copies_at(const struct copies *copies);

void copies_bury(const struct copies *copies, uint32_t member);

#endif
