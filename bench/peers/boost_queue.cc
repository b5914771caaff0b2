/* SPDX-License-Identifier: MIT */
/*
 * Boost's queue for many producers and consumers.  With a fixed capacity its
 * nodes lie inside the object and are named by numbers, so it works in shared
 * memory.
 */
#include <boost/lockfree/queue.hpp>
#include <cstdint>
#include <new>

typedef boost::lockfree::queue<std::uintptr_t, boost::lockfree::capacity<16384>>
	queue;

static std::size_t ring_length(std::size_t)
{
	const std::size_t page = 4096;

	return (sizeof(queue) + page - 1) / page * page;
}

static void *ring_at(void *memory, std::size_t)
{
	return new (memory) queue;
}

static void ring_end(void *)
{
}

static inline bool push(void *ring, std::uintptr_t word)
{
	return static_cast<queue *>(ring)->push(word);
}

static inline bool pop(void *ring, std::uintptr_t *word)
{
	return static_cast<queue *>(ring)->pop(*word);
}

#include "../word_ring.h"

const struct peer boost_queue_peers[] = {
	WORD_PEER("boost queue", false),
	SLOT_PEER("boost queue slots", 1023, false),
	NO_PEER,
};
