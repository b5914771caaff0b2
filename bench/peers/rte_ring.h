/* SPDX-License-Identifier: MIT */
/*
 * DPDK's ring, without its environment, for word_ring.h, but for push and pop.
 * The including file has defined RING_FLAGS.
 */
#ifndef BENCH_PEERS_RTE_RING_H
#define BENCH_PEERS_RTE_RING_H

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
	if (rte_ring_init(memory, "bench", (unsigned)entries, RING_FLAGS) < 0)
		abort();
	return memory;
}

static void ring_end(void *ring)
{
	(void)ring;
}

#endif
