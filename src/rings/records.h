/* SPDX-License-Identifier: MIT */
/*
 * Ring of records: one sender, one receiver, messages of any size.
 *
 *	            head                         tail
 *	             v                            v
 *	...consumed | header payload | header pay | 0 ......free......
 *
 * A record is a header word {length, kind} and the payload, padded to 8 bytes,
 * contiguous: a record that does not fit before the end of the ring is preceded
 * by a PAD.  The header word publishes the record.  The word at tail is always
 * 0, because the sender clears the next header before it publishes this one:
 *
 *	sender                              receiver
 *	------                              --------
 *	room for record + next header
 *	A  header[tail + record] = 0
 *	   payload
 *	B  header[tail] = {length, kind}    C  header[head] != 0
 *	   tail += record                      payload
 *	                                    D  head += record
 *	E  head >= what is needed
 *
 * B is a release and C its acquire, so C sees the payload and A.  D is a
 * release and E its acquire, so the sender overwrites only what was copied out.
 *
 * A sender that dies before B has sent nothing: the header is still 0.  One
 * that dies between B and the store of tail has sent; whoever sends next at
 * this end finds the header at tail not 0, and steps over it.  A receiver that
 * dies before D has received nothing.  So every step leaves a ring that the
 * next process can go on with, and nobody needs to know that somebody died.
 *
 * Both positions live in shared memory, each in a line of its own side, so that
 * processes may take turns at an end.  The sender knows how far an older
 * head lets it go (limit), and looks further only when that is not enough: first at
 * `published`, which the receiver stores now and then (each eighth of the ring,
 * and when it finds the ring empty), then at head itself.
 *
 * After Lamport's bounded buffer (1977); publication by the slot's own word as
 * in FastForward (Giacomoni, Moseley, Vachharajani, PPoPP 2008).
 */
#ifndef WEIR_RINGS_RECORDS_H
#define WEIR_RINGS_RECORDS_H

#include "doors/atomics.h"
#include "segment/layout.h"

#include <errno.h>

/* A message in one record, part of a longer one, or nothing. */
enum record_kind {
	RECORD_MESSAGE = 1,
	RECORD_PAD = 2,
	RECORD_FIRST = 3, /* payload: struct stream_head, then bytes */
	RECORD_PART = 4
};

enum { RECORD_KIND_BITS = 3, RECORD_HEADER = 8 };

/* Private: what is known of a ring for certain. */
struct ring {
	struct ring_layout *shared;
	unsigned char *bytes;
	uint64_t size; /* a power of two, RING_SMALLEST to RING_LARGEST */
	uint64_t mask; /* size - 8: of a position, the offset of its word */
};

struct record {
	uint64_t position;
	uint64_t length; /* of the payload */
	enum record_kind kind;
	unsigned char *payload;
};

/* The longest payload for which an empty ring has room at any position. */
static inline uint64_t ring_longest(const struct ring *ring)
{
	return ring->size / 2 - 2 * RECORD_HEADER;
}

static inline uint64_t record_size(uint64_t length)
{
	return RECORD_HEADER + ((length + 7) & ~UINT64_C(7));
}

/* Where the word at `position` stands; in the ring, whatever position is. */
static inline uint64_t ring_offset(const struct ring *ring, uint64_t position)
{
	return position & ring->mask;
}

static inline struct word64 *ring_header(const struct ring *ring,
                                         uint64_t position)
{
	return (void *)(ring->bytes + ring_offset(ring, position));
}

/* Bytes from `position` to the end of the ring; at least 8. */
static inline uint64_t ring_rest(const struct ring *ring, uint64_t position)
{
	return ring->size - ring_offset(ring, position);
}

/*
 * Finds room for a payload of `length` (at most ring_longest); *position is
 * where its record goes.  0, -EAGAIN no room now, -EUCLEAN.
 */
int ring_claim_slow(const struct ring *ring, uint64_t length,
                    uint64_t *position);

/* The common case: no PAD, and room by what was seen of head last. */
static inline bool ring_claim_fast(const struct ring *ring, uint64_t length,
                                   uint64_t *position)
{
	struct ring_layout *shared = ring->shared;
	/* Relaxed: stored by senders of this end, who take turns; the acquire
	   that freed the room was made when `limit` was stored. */
	uint64_t tail = load64_relaxed(&shared->tail);
	uint64_t limit = load64_relaxed(&shared->limit);
	uint64_t size = record_size(length);

	*position = tail;
	return (int64_t)(limit - (tail + size)) >= 0 &&
	       size <= ring_rest(ring, tail) &&
	       load64_relaxed(ring_header(ring, tail)) == 0;
}

static inline int ring_claim(const struct ring *ring, uint64_t length,
                             uint64_t *position)
{
	if (likely(ring_claim_fast(ring, length, position)))
		return 0;
	return ring_claim_slow(ring, length, position);
}

static inline unsigned char *ring_payload(const struct ring *ring,
                                          uint64_t position)
{
	return (unsigned char *)ring_header(ring, position) + RECORD_HEADER;
}

/* A and B above; the payload is between them, in copy order or before. */
static inline void ring_clear_next(const struct ring *ring, uint64_t position,
                                   uint64_t length)
{
	/* Relaxed: the release of ring_publish comes after it. */
	store64_relaxed(ring_header(ring, position + record_size(length)), 0);
}

static inline void ring_publish(const struct ring *ring, uint64_t position,
                                enum record_kind kind, uint64_t length)
{
	/* Pairs with the acquire in ring_front. */
	store64_release(ring_header(ring, position),
	                length << RECORD_KIND_BITS | (uint64_t)kind);
	/* Relaxed: read by senders of this end only, who take turns. */
	store64_relaxed(&ring->shared->tail, position + record_size(length));
}

/*
 * Reads the record at `position`: 1 and *record, 0 nothing there yet, -EUCLEAN.
 * A record of any kind, PAD too.
 */
static inline int ring_at(const struct ring *ring, uint64_t position,
                          struct record *record)
{
	/* Pairs with the release in ring_publish. */
	uint64_t word = load64_acquire(ring_header(ring, position));
	uint64_t length = word >> RECORD_KIND_BITS;
	uint64_t kind = word & ((1 << RECORD_KIND_BITS) - 1);

	if (word == 0)
		return 0;
	if (unlikely(length > ring->size || (position & 7) != 0 ||
	             record_size(length) > ring_rest(ring, position) ||
	             kind < RECORD_MESSAGE || kind > RECORD_PART))
		return -EUCLEAN;
	record->position = position;
	record->length = length;
	record->kind = (enum record_kind)kind;
	record->payload = ring_payload(ring, position);
	return 1;
}

/* The commonest case of ring_at: there is a MESSAGE of 8 bytes. */
static inline bool ring_has_8(const struct ring *ring, uint64_t position)
{
	/* Pairs with the release in ring_publish. */
	uint64_t word = load64_acquire(ring_header(ring, position));

	return word == (8 << RECORD_KIND_BITS | RECORD_MESSAGE) &&
	       ring_offset(ring, position) != ring->mask;
}

/* The common case of ring_at: there is a MESSAGE, and it fits the ring. */
static inline bool ring_at_fast(const struct ring *ring, uint64_t position,
                                struct record *record)
{
	/* Pairs with the release in ring_publish. */
	uint64_t word = load64_acquire(ring_header(ring, position));

	record->position = position;
	record->length = word >> RECORD_KIND_BITS;
	record->payload = ring_payload(ring, position);
	/* The rest is a multiple of 8: so is what the padding may add. */
	return (word & ((1 << RECORD_KIND_BITS) - 1)) == RECORD_MESSAGE &&
	       record->length <= ring_rest(ring, position) - RECORD_HEADER;
}

/*
 * The record at `position`, or behind the PAD there; changes nothing.  If there
 * is none, record->position is where it will be.
 */
static inline int ring_next(const struct ring *ring, uint64_t position,
                            struct record *record)
{
	int found = ring_at(ring, position, record);

	if (likely(found == 1 && record->kind != RECORD_PAD))
		return 1;
	record->position = position;
	if (found != 1)
		return found;
	/* A PAD ends where the ring ends, so no two stand in a row. */
	position += record_size(record->length);
	if (position & (ring->size - 1))
		return -EUCLEAN;
	found = ring_at(ring, position, record);
	record->position = position;
	return found == 1 && record->kind == RECORD_PAD ? -EUCLEAN : found;
}

static inline uint64_t ring_head(const struct ring *ring)
{
	/* Relaxed: stored by receivers of this end, who take turns. */
	return load64_relaxed(&ring->shared->head);
}

/* D above: everything before `head` is received. */
static inline void ring_consume(const struct ring *ring, uint64_t head)
{
	/* Pairs with the acquire in ring_claim_slow. */
	store64_release(&ring->shared->head, head);
}

static inline uint64_t record_end(const struct record *record)
{
	return record->position + record_size(record->length);
}

/*
 * True when it is time to tell the sender: an eighth of the ring is free that
 * it does not know of, or there is nothing left to receive.
 */
static inline bool ring_due(const struct ring *ring, uint64_t head)
{
	uint64_t told = load64_relaxed(&ring->shared->published);

	return head - told >= ring->size / 8 ||
	       load64_relaxed(ring_header(ring, head)) == 0;
}

static inline void ring_tell(const struct ring *ring, uint64_t head)
{
	/* Pairs with the acquire in ring_claim_slow. */
	store64_release(&ring->shared->published, head);
}

#endif
