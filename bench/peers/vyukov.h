/* SPDX-License-Identifier: MIT */
/*
 * The bounded MPMC queue of Dmitry Vyukov (1024cores.net, "Bounded MPMC queue"),
 * written anew: the measure for weir's queue, as the fastest that is known.
 *
 * Each slot has a turn: the position whose producer may fill it, that position
 * plus one while its consumer may empty it, and then the position one lap on.
 * Who finds his turn takes the position by a CAS on the tail or the head, copies,
 * and hands the slot on.  It is not lock-free: one that stops in between stops
 * all who come round to its slot.
 *
 * Messages lie in the slots, of any size up to the slot's.
 */
#ifndef BENCH_PEERS_VYUKOV_H
#define BENCH_PEERS_VYUKOV_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

struct vyukov_slot {
	_Atomic uint32_t turn;
	uint32_t size;
	unsigned char message[];
};

/* In shared memory. */
struct vyukov {
	alignas(128) _Atomic uint32_t tail; /* of the next to be put */
	alignas(128) _Atomic uint32_t head; /* of the next to be got */
	alignas(128) uint32_t mask;
	size_t stride;
	alignas(128) unsigned char slots[];
};

/* Slots begin at multiples of this: dense, or each on its own cache lines. */
enum { VYUKOV_DENSE = 8, VYUKOV_PADDED = 128 };

static inline size_t vyukov_stride(size_t size, size_t align)
{
	return (sizeof(struct vyukov_slot) + size + align - 1) / align * align;
}

static inline size_t vyukov_length(size_t slots, size_t size, size_t align)
{
	return sizeof(struct vyukov) + slots * vyukov_stride(size, align);
}

static inline struct vyukov_slot *vyukov_slot(struct vyukov *queue,
                                              uint32_t position)
{
	size_t offset = (position & queue->mask) * queue->stride;

	return (struct vyukov_slot *)(void *)(queue->slots + offset);
}

/* `slots` is a power of two, `size` the most that a message has. */
static inline void vyukov_init(struct vyukov *queue, size_t slots, size_t size,
                               size_t align)
{
	queue->mask = (uint32_t)slots - 1;
	queue->stride = vyukov_stride(size, align);
	for (uint32_t i = 0; i < slots; i++)
		atomic_init(&vyukov_slot(queue, i)->turn, i);
	atomic_init(&queue->tail, 0);
	atomic_init(&queue->head, 0);
}

/* How far the slot is ahead of its turn; below 0, it is behind. */
static inline int32_t vyukov_lead(struct vyukov_slot *slot, uint32_t turn)
{
	return (int32_t)(atomic_load_explicit(&slot->turn,
	                                      memory_order_acquire) -
	                 turn);
}

/*
 * The slot whose turn is its position plus `phase`, and takes that position; NULL
 * when the next one is not that far.  What `next` is at is no more than a claim,
 * so it needs no order: the turn has it.
 */
static inline struct vyukov_slot *vyukov_claim(struct vyukov *queue,
                                               _Atomic uint32_t *next,
                                               uint32_t phase,
                                               uint32_t *position)
{
	*position = atomic_load_explicit(next, memory_order_relaxed);
	for (;;) {
		struct vyukov_slot *slot = vyukov_slot(queue, *position);
		int32_t lead = vyukov_lead(slot, *position + phase);

		if (lead < 0)
			return NULL;
		if (lead > 0)
			*position = atomic_load_explicit(next,
			                                 memory_order_relaxed);
		else if (atomic_compare_exchange_weak_explicit(
				 next, position, *position + 1,
				 memory_order_relaxed, memory_order_relaxed))
			return slot;
	}
}

/* What is usual is a load and a store. */
static inline void vyukov_copy(void *to, const void *from, size_t size)
{
	if (size == sizeof(uint64_t))
		memcpy(to, from, sizeof(uint64_t));
	else
		memcpy(to, from, size);
}

/* false: full. */
static inline bool vyukov_put(struct vyukov *queue, const void *message,
                              size_t size)
{
	uint32_t position;
	struct vyukov_slot *slot =
		vyukov_claim(queue, &queue->tail, 0, &position);

	if (!slot)
		return false;
	slot->size = (uint32_t)size;
	vyukov_copy(slot->message, message, size);
	atomic_store_explicit(&slot->turn, position + 1, memory_order_release);
	return true;
}

/* The message's size; -1: empty.  `room` holds any message of the queue. */
static inline ssize_t vyukov_get(struct vyukov *queue, void *room)
{
	uint32_t position;
	struct vyukov_slot *slot =
		vyukov_claim(queue, &queue->head, 1, &position);
	size_t size;

	if (!slot)
		return -1;
	size = slot->size;
	vyukov_copy(room, slot->message, size);
	atomic_store_explicit(&slot->turn, position + queue->mask + 1,
	                      memory_order_release);
	return (ssize_t)size;
}

#endif
