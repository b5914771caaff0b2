/* SPDX-License-Identifier: MIT */
/* DPDK's ring, with one producer and one consumer, without its environment. */
#include <rte_ring.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { PAGE = 4096 };

static size_t ring_length(size_t entries)
{
	size_t length = (size_t)rte_ring_get_memsize((unsigned)entries);

	return (length + PAGE - 1) / PAGE * PAGE;
}

static void *ring_at(void *memory, size_t entries)
{
	if (rte_ring_init(memory, "bench", (unsigned)entries,
	                  RING_F_SP_ENQ | RING_F_SC_DEQ) < 0)
		abort();
	return memory;
}

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
	{
		.name = "rte_ring",
		.open = open_words,
		.drop = drop_port,
		.close = close_link,
		.produce = produce_words,
		.consume = consume_words,
		.ping = ping_words,
		.pong = pong_words,
	},
	{
		.name = "rte_ring slots",
		.parameter = 1023,
		.open = open_slots,
		.drop = drop_port,
		.close = close_link,
		.produce = produce_slots,
		.consume = consume_slots,
	},
	{
		.name = "rte_ring snug slots",
		.open = open_slots,
		.drop = drop_port,
		.close = close_link,
		.produce = produce_slots,
		.consume = consume_slots,
	},
	{ .name = NULL },
};
