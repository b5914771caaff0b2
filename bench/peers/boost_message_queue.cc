/* SPDX-License-Identifier: MIT */
/* Boost.Interprocess's message_queue. */
#include <boost/interprocess/ipc/message_queue.hpp>
#include <cstdio>
#include <unistd.h>

#include "../duet.h"
#include "../peer_loops.h"

namespace
{

using boost::interprocess::message_queue;

/* All of a queue's memory is taken when it is made. */
const std::size_t words = 16384, messages = 1024, room = 16 * 1024 * 1024;

struct port {
	message_queue *out;
	message_queue *in;
};

struct port ports[2];

inline int send_message(void *side, const void *message, std::size_t size)
{
	static_cast<port *>(side)->out->send(message, size, 0);
	return 0;
}

inline int receive_message(void *side, void *message, std::size_t size)
{
	message_queue::size_type length;
	unsigned priority;

	static_cast<port *>(side)->in->receive(message, size, length, priority);
	return length == size ? 0 : -EBADMSG;
}

int produce(void *side, const struct run *run)
{
	return produce_with(send_message, side, run);
}

int consume(void *side, const struct run *run)
{
	return consume_with(receive_message, side, run);
}

int ping(void *side, const struct run *run)
{
	return ping_with(send_message, receive_message, side, run);
}

int pong(void *side, const struct run *run)
{
	return pong_with(send_message, receive_message, side, run);
}

/* Its name is gone at once, whatever happens to this program. */
message_queue *make(std::size_t depth, std::size_t size)
{
	using namespace boost::interprocess;
	char name[64];
	message_queue *made;

	std::snprintf(name, sizeof(name), "weir-bench.%ld",
	              static_cast<long>(getpid()));
	made = new message_queue(create_only, name, depth, size);
	message_queue::remove(name);
	return made;
}

std::size_t depth_for(std::size_t size)
{
	if (size == sizeof(std::uint64_t))
		return words;
	return room / size < messages ? room / size : messages;
}

int open_link(const struct peer *, struct link *link, std::size_t size)
{
	message_queue *there;
	message_queue *back;

	/* It seldom has more under way, and twice as many must go through it
	   before it counts as warm. */
	link->depth = messages;
	try {
		there = make(depth_for(size), size);
		back = make(depth_for(size), size);
	} catch (const boost::interprocess::interprocess_exception &) {
		return -EDQUOT;
	}
	ports[SENDER].out = ports[RECEIVER].in = there;
	ports[SENDER].in = ports[RECEIVER].out = back;
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

void drop_port(void *)
{
}

void close_link(struct link *)
{
	delete ports[SENDER].out;
	delete ports[SENDER].in;
}

} // namespace

const struct peer boost_message_queue_peers[] = {
	{ "boost message_queue", 0, open_link, drop_port, close_link, produce,
	  consume, ping, pong, false, false, nullptr },
	{ nullptr, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
	  nullptr, false, false, nullptr },
};
