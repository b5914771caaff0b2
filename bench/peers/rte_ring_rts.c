/* SPDX-License-Identifier: MIT */
/*
 * DPDK's ring, with many producers and consumers of which the last one moves
 * the tail for all, instead of each after the one before it.
 */
#define RING_FLAGS (RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ)
#include "rte_ring.h"

static inline bool push(void *ring, uintptr_t word)
{
	void *entry = (void *)word;

	return rte_ring_mp_rts_enqueue_bulk(ring, &entry, 1, NULL) == 1;
}

static inline bool pop(void *ring, uintptr_t *word)
{
	return rte_ring_mc_rts_dequeue_bulk(ring, (void **)word, 1, NULL) == 1;
}

#include "../word_ring.h"

const struct peer rte_ring_rts_peers[] = {
	WORD_PEER("rte_ring RTS", false),
	SLOT_PEER("rte_ring RTS slots", 1023, false),
	NO_PEER,
};
