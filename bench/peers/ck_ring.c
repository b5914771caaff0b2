/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's ring, with one producer and one consumer. */
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
	{
		.name = "ck_ring",
		.open = open_words,
		.drop = drop_port,
		.close = close_link,
		.produce = produce_words,
		.consume = consume_words,
		.ping = ping_words,
		.pong = pong_words,
	},
	{
		.name = "ck_ring slots",
		.parameter = 1023,
		.open = open_slots,
		.drop = drop_port,
		.close = close_link,
		.produce = produce_slots,
		.consume = consume_slots,
	},
	{
		.name = "ck_ring snug slots",
		.open = open_slots,
		.drop = drop_port,
		.close = close_link,
		.produce = produce_slots,
		.consume = consume_slots,
	},
	{ .name = NULL },
};
