/* SPDX-License-Identifier: MIT */
/* DPDK's ring, with one producer and one consumer. */
#define RING_FLAGS (RING_F_SP_ENQ | RING_F_SC_DEQ)
#include "rte_ring.h"

static inline bool push(void *ring, uintptr_t word)
{
	return rte_ring_sp_enqueue(ring, (void *)word) == 0;
}

static inline bool pop(void *ring, uintptr_t *word)
{
	return rte_ring_sc_dequeue(ring, (void **)word) == 0;
}

#include "../word_ring.h"

const struct peer rte_ring_peers[] = {
	WORD_PEER("rte_ring", false),
	SLOT_PEER("rte_ring slots", 1023, false),
	SLOT_PEER("rte_ring snug slots", 0, false),
	NO_PEER,
};
