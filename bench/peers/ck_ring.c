/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's ring, with one producer and one consumer. */
#include "ck_ring.h"

static inline bool push(void *ring, uintptr_t word)
{
	struct one_ring *to = ring;

	return ck_ring_enqueue_spsc(&to->ring, to->buffer, (void *)word);
}

static inline bool pop(void *ring, uintptr_t *word)
{
	struct one_ring *from = ring;

	return ck_ring_dequeue_spsc(&from->ring, from->buffer, (void **)word);
}

#include "../word_ring.h"

const struct peer ck_ring_peers[] = {
	WORD_PEER("ck_ring", false),
	SLOT_PEER("ck_ring slots", 1023, false),
	SLOT_PEER("ck_ring snug slots", 0, false),
	NO_PEER,
};
