/* SPDX-License-Identifier: MIT */
/*
 * What the hardware can do: a number bounced between two CPUs, in one cache
 * line (parameter 1), or there in one and back in another (parameter 2).
 */
#include <stdalign.h>
#include <stdatomic.h>

#include "../duet.h"
#include "../peer_loops.h"

struct line {
	alignas(128) _Atomic uint64_t number;
};

struct port {
	struct line *there;
	struct line *back;
};

/* Odd numbers go, even ones come back. */
static int ping(void *port, const struct run *run)
{
	const struct port *side = port;
	uint64_t *stamp = run->stamps;
	uint64_t number = 2 * run->first + 1;

	for (uint64_t trip = 1; trip <= run->count; trip++) {
		atomic_store_explicit(&side->there->number, number,
		                      memory_order_release);
		while (atomic_load_explicit(&side->back->number,
		                            memory_order_acquire) != number + 1)
			;
		number += 2;
		if (trip % run->every == 0)
			*stamp++ = driver_now();
	}
	return 0;
}

static int pong(void *port, const struct run *run)
{
	const struct port *side = port;
	uint64_t number = 2 * run->first + 1;

	for (uint64_t trip = 0; trip < run->count; trip++) {
		while (atomic_load_explicit(&side->back->number,
		                            memory_order_acquire) != number)
			;
		atomic_store_explicit(&side->there->number, number + 1,
		                      memory_order_release);
		number += 2;
	}
	return 0;
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	static struct port ports[2];
	struct line *lines;

	if (size != sizeof(uint64_t))
		return -EMSGSIZE;
	link->length = 2 * sizeof(struct line);
	link->memory = lines = duet_memory(link->length);
	link->depth = 1;
	ports[SENDER].there = ports[RECEIVER].back = &lines[0];
	ports[SENDER].back = ports[RECEIVER].there =
		&lines[peer->parameter - 1];
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

static void drop_port(void *port)
{
	(void)port;
}

static void close_link(struct link *link)
{
	duet_free(link->memory, link->length);
}

const struct peer line_peers[] = {
	{
		.name = "one cache line",
		.parameter = 1,
		.open = open_link,
		.drop = drop_port,
		.close = close_link,
		.ping = ping,
		.pong = pong,
	},
	{
		.name = "two cache lines",
		.parameter = 2,
		.open = open_link,
		.drop = drop_port,
		.close = close_link,
		.ping = ping,
		.pong = pong,
	},
	{ .name = NULL },
};
