/* SPDX-License-Identifier: MIT */
/*
 * A stream of numbered messages between processes that get killed, and a ledger
 * that tells afterwards what they had certainly done.
 */
#ifndef TESTS_PROCESS_LOAD_H
#define TESTS_PROCESS_LOAD_H

#include "child.h"
#include "pipes.h"

#include <stdatomic.h>

/* How messages are sent and received. */
enum way { COPY, ZERO_COPY };

struct load {
	struct weir_pipe *ends[2];
	enum way way;
	size_t largest;
	int64_t lifetime;
	uint64_t life; /* which of the successive processes this is */
	/* Shared: numbers below this were sent, or received, for sure. */
	atomic_ullong *ledger;
};

/* Byte 0 on: {life, number}, then the pattern. */
struct stamp {
	uint64_t life;
	uint64_t number;
};

static inline size_t load_size(const struct load *load, uint64_t number)
{
	size_t span = load->largest - sizeof(struct stamp) + 1;

	return sizeof(struct stamp) + (size_t)(number * 7919 % span);
}

static inline void stamp_fill(unsigned char *bytes, size_t size,
                              struct stamp stamp)
{
	memcpy(bytes, &stamp, sizeof(stamp));
	pattern_fill(bytes + sizeof(stamp), size - sizeof(stamp),
	             stamp.life * 1000003 + stamp.number);
}

static inline struct stamp stamp_check(const struct load *load,
                                       const unsigned char *bytes, ssize_t size)
{
	struct stamp stamp;

	must(size >= (ssize_t)sizeof(stamp));
	memcpy(&stamp, bytes, sizeof(stamp));
	must_be(size, load_size(load, stamp.number));
	must(pattern_holds(bytes + sizeof(stamp), (size_t)size - sizeof(stamp),
	                   stamp.life * 1000003 + stamp.number));
	return stamp;
}

static inline void load_send(struct load *load, unsigned char *buffer,
                             struct stamp stamp)
{
	size_t size = load_size(load, stamp.number);
	void *space;

	if (load->way == COPY) {
		stamp_fill(buffer, size, stamp);
		must_be(weir_pipe_send(load->ends[1], buffer, size,
		                       WEIR_FOREVER),
		        0);
		return;
	}
	must_be(weir_pipe_reserve(load->ends[1], size, WEIR_FOREVER, &space),
	        0);
	stamp_fill(space, size, stamp);
	must_be(weir_pipe_commit(load->ends[1], size), 0);
}

/* False at the end of file. */
static inline bool load_recv(struct load *load, unsigned char *buffer,
                             struct stamp *stamp)
{
	const void *message;
	ssize_t length;

	if (load->way == COPY) {
		length = weir_pipe_recv(load->ends[0], buffer, load->largest,
		                        WEIR_FOREVER);
		if (length != -EPIPE)
			*stamp = stamp_check(load, buffer, length);
		return length != -EPIPE;
	}
	length = weir_pipe_peek(load->ends[0], WEIR_FOREVER, &message);
	if (length == -EPIPE)
		return false;
	*stamp = stamp_check(load, message, length);
	must_be(weir_pipe_release(load->ends[0]), 0);
	return true;
}

static inline void load_new(struct load *load)
{
	pair(load->ends, 4096, true);
	load->ledger = shared_new(sizeof(*load->ledger));
}

static inline void load_end(struct load *load)
{
	shared_free(load->ledger, sizeof(*load->ledger));
}

#endif
