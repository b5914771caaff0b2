/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's ring, for word_ring.h, but for push and pop. */
#ifndef BENCH_PEERS_CK_RING_H
#define BENCH_PEERS_CK_RING_H

#include <ck_ring.h>
#include <stdbool.h>
#include <stdint.h>

enum { PAGE = 4096 };

struct one_ring {
	ck_ring_t ring;
	ck_ring_buffer_t buffer[];
};

static size_t ring_length(size_t entries)
{
	size_t length =
		sizeof(struct one_ring) + entries * sizeof(ck_ring_buffer_t);

	return (length + PAGE - 1) / PAGE * PAGE;
}

static void *ring_at(void *memory, size_t entries)
{
	struct one_ring *made = memory;

	ck_ring_init(&made->ring, (unsigned)entries);
	return made;
}

static void ring_end(void *ring)
{
	(void)ring;
}

#endif
