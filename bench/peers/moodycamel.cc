/* SPDX-License-Identifier: MIT */
/*
 * moodycamel's ConcurrentQueue, between threads: it keeps its messages on the
 * heap of one process.  Each thread has tokens, as its author advises, and each
 * producer's part of the queue is bounded.
 */
#include <concurrentqueue/concurrentqueue.h>
#include <cstdint>
#include <new>
#include <optional>

namespace
{

struct traits : moodycamel::ConcurrentQueueDefaultTraits {
	static const std::size_t MAX_SUBQUEUE_SIZE = 16384;
};

typedef moodycamel::ConcurrentQueue<std::uintptr_t, traits> queue;

/* A thread puts into one queue, and gets from one, at a time. */
struct tokens {
	queue *out = nullptr;
	std::optional<moodycamel::ProducerToken> put;
	queue *in = nullptr;
	std::optional<moodycamel::ConsumerToken> get;
};

thread_local tokens mine;

void have_put_token(queue *out)
{
	if (mine.out == out)
		return;
	mine.put.emplace(*out);
	mine.out = out;
}

void have_get_token(queue *in)
{
	if (mine.in == in)
		return;
	mine.get.emplace(*in);
	mine.in = in;
}

} // namespace

static std::size_t ring_length(std::size_t)
{
	const std::size_t page = 4096;

	return (sizeof(queue) + page - 1) / page * page;
}

static void *ring_at(void *memory, std::size_t entries)
{
	return new (memory) queue(entries);
}

static void ring_end(void *ring)
{
	queue *ended = static_cast<queue *>(ring);

	if (mine.out == ended)
		mine.put.reset();
	if (mine.in == ended)
		mine.get.reset();
	mine.out = mine.in = nullptr;
	ended->~queue();
}

static inline bool push(void *ring, std::uintptr_t word)
{
	queue *out = static_cast<queue *>(ring);

	have_put_token(out);
	return out->enqueue(*mine.put, word);
}

static inline bool pop(void *ring, std::uintptr_t *word)
{
	queue *in = static_cast<queue *>(ring);

	have_get_token(in);
	return in->try_dequeue(*mine.get, *word);
}

#include "../word_ring.h"

const struct peer moodycamel_peers[] = {
	WORD_PEER("moodycamel (threads)", true),
	SLOT_PEER("moodycamel (threads) slots", 1023, true),
	NO_PEER,
};
