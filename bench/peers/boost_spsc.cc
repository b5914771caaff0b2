/* SPDX-License-Identifier: MIT */
/*
 * Boost's queue for one producer and one consumer, with its storage inside the
 * object, so that it works in shared memory.
 */
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <new>

typedef boost::lockfree::spsc_queue<std::uintptr_t,
                                    boost::lockfree::capacity<16384>>
	queue;

static std::size_t ring_length(std::size_t)
{
	return sizeof(queue);
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

const struct peer boost_peers[] = {
	WORD_PEER("boost spsc_queue", false),
	NO_PEER,
};
