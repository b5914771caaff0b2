/* SPDX-License-Identifier: MIT */
/* The commonest steps of a test about pipes. */
#ifndef TESTS_SUPPORT_PIPES_H
#define TESTS_SUPPORT_PIPES_H

#include "case.h"
#include "pattern.h"

#include <errno.h>
#include <string.h>
#include <weir/pipe.h>

static inline void pair(struct weir_pipe *ends[2], size_t size, bool simplex)
{
	struct weir_pipe_options options = { .size = size, .simplex = simplex };

	must_be(weir_pipe_pair(ends, &options), 0);
}

static inline void unpair(struct weir_pipe *ends[2])
{
	weir_pipe_close(ends[0]);
	weir_pipe_close(ends[1]);
}

static inline void say(struct weir_pipe *end, const char *text)
{
	must_be(weir_pipe_send(end, text, strlen(text), WEIR_FOREVER), 0);
}

static inline void hear(struct weir_pipe *end, const char *text)
{
	char buffer[256];
	size_t length = strlen(text);

	must_be(weir_pipe_recv(end, buffer, sizeof(buffer), WEIR_FOREVER),
	        (ssize_t)length);
	must(memcmp(buffer, text, length) == 0);
}

/* Nothing is there, and the other end lives. */
static inline void hear_nothing(struct weir_pipe *end)
{
	char byte;

	must_be(weir_pipe_recv(end, &byte, 1, WEIR_NOWAIT), -EAGAIN);
}

static inline void hear_the_end(struct weir_pipe *end)
{
	char byte;

	must_be(weir_pipe_recv(end, &byte, 1, WEIR_FOREVER), -EPIPE);
}

/* Message number `seed` of `size` bytes. */
static inline void send_pattern(struct weir_pipe *end, void *buffer,
                                size_t size, uint64_t seed)
{
	pattern_fill(buffer, size, seed);
	must_be(weir_pipe_send(end, buffer, size, WEIR_FOREVER), 0);
}

static inline void recv_pattern(struct weir_pipe *end, void *buffer,
                                size_t size, uint64_t seed)
{
	must_be(weir_pipe_recv(end, buffer, size, WEIR_FOREVER), (ssize_t)size);
	must(pattern_holds(buffer, size, seed));
}

/* Sends messages of `size` bytes until there is no room; returns how many. */
static inline int fill(struct weir_pipe *end, size_t size)
{
	unsigned char message[4096];
	int count = 0;
	int code;

	must(size <= sizeof(message));
	memset(message, 'f', size);
	while ((code = weir_pipe_send(end, message, size, WEIR_NOWAIT)) == 0)
		count++;
	must_be(code, -EAGAIN);
	return count;
}

/* Receives until nothing is left; returns how many messages. */
static inline int drain(struct weir_pipe *end)
{
	unsigned char message[4096];
	int count = 0;
	ssize_t code;

	while ((code = weir_pipe_recv(end, message, sizeof(message),
	                              WEIR_NOWAIT)) >= 0)
		count++;
	must_be(code, -EAGAIN);
	return count;
}

#endif
