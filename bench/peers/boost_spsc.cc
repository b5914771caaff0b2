/* SPDX-License-Identifier: MIT */
/*
 * Boost's queue for one producer and one consumer, with its storage inside the
 * object, so that it works in shared memory.
 */
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <cstring>
#include <new>

#include "../duet.h"
#include "../peer_loops.h"

namespace
{

const std::size_t words = 16384;

typedef boost::lockfree::spsc_queue<std::uint64_t,
                                    boost::lockfree::capacity<words>>
	queue;

struct port {
	queue *there;
	queue *back;
};

inline int send_word(void *side, const void *message, std::size_t)
{
	queue *there = static_cast<port *>(side)->there;
	std::uint64_t word;

	std::memcpy(&word, message, sizeof(word));
	while (!there->push(word))
		relax();
	return 0;
}

inline int receive_word(void *side, void *message, std::size_t)
{
	queue *back = static_cast<port *>(side)->back;
	std::uint64_t word;

	while (!back->pop(word))
		relax();
	std::memcpy(message, &word, sizeof(word));
	return 0;
}

int produce(void *side, const struct run *run)
{
	return produce_with(send_word, side, run);
}

int consume(void *side, const struct run *run)
{
	return consume_with(receive_word, side, run);
}

int ping(void *side, const struct run *run)
{
	return ping_with(send_word, receive_word, side, run);
}

int pong(void *side, const struct run *run)
{
	return pong_with(send_word, receive_word, side, run);
}

int open_link(const struct peer *, struct link *link, std::size_t size)
{
	static struct port ports[2];
	queue *made;

	if (size != sizeof(std::uint64_t))
		return -EMSGSIZE;
	link->length = 2 * sizeof(queue);
	link->memory = duet_memory(link->length);
	link->depth = words;
	made = static_cast<queue *>(link->memory);
	ports[SENDER].there = ports[RECEIVER].back = new (made) queue;
	ports[SENDER].back = ports[RECEIVER].there = new (made + 1) queue;
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

void drop_port(void *)
{
}

void close_link(struct link *link)
{
	duet_free(link->memory, link->length);
}

} // namespace

const struct peer boost_peers[] = {
	{ "boost spsc_queue", 0, open_link, drop_port, close_link, produce,
	  consume, ping, pong },
	{ nullptr, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
	  nullptr },
};
