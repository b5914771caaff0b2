/* SPDX-License-Identifier: MIT */
/* DPDK's ring, with many producers and consumers. */
#define RING_FLAGS 0
#include "rte_ring.h"

static inline bool push(void *ring, uintptr_t word)
{
	return rte_ring_mp_enqueue(ring, (void *)word) == 0;
}

static inline bool pop(void *ring, uintptr_t *word)
{
	return rte_ring_mc_dequeue(ring, (void **)word) == 0;
}

#include "../word_ring.h"

const struct peer rte_ring_mpmc_peers[] = {
	WORD_PEER("rte_ring MP/MC", false),
	SLOT_PEER("rte_ring MP/MC slots", 1023, false),
	NO_PEER,
};
