/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's ring, with many producers and consumers. */
#include "ck_ring.h"

static inline bool push(void *ring, uintptr_t word)
{
	struct one_ring *to = ring;

	return ck_ring_enqueue_mpmc(&to->ring, to->buffer, (void *)word);
}

static inline bool pop(void *ring, uintptr_t *word)
{
	struct one_ring *from = ring;

	return ck_ring_dequeue_mpmc(&from->ring, from->buffer, (void **)word);
}

#include "../word_ring.h"

const struct peer ck_ring_mpmc_peers[] = {
	WORD_PEER("ck_ring MPMC", false),
	SLOT_PEER("ck_ring MPMC slots", 1023, false),
	NO_PEER,
};
