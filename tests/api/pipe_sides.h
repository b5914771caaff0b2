/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process as the two sides of a pipe; ThreadSanitizer looks on
 * in its build.  It knows memory by its address, so it sees nothing where the
 * two ends have a mapping each: all is done once more in a region, which has
 * only one.
 */
#ifndef TESTS_API_PIPE_SIDES_H
#define TESTS_API_PIPE_SIDES_H

#include "pipes.h"

#include <pthread.h>
#include <stdlib.h>
#include <weir/region.h>

enum { RING = 4096 };

/* Where pipes are made, if not each in a segment of its own. */
static struct weir_region *region;

static inline void two_ends(struct weir_pipe *ends[2], bool simplex)
{
	struct weir_pipe_options options = {
		.segment.region = region,
		.size = RING,
		.simplex = simplex,
	};

	must_be(weir_pipe_pair(ends, &options), 0);
}

/* What one thread does: `count` messages of up to `largest` bytes. */
struct side {
	struct weir_pipe *end;
	uint64_t count;
	size_t largest;
	uint64_t salt;
};

static inline size_t side_size(const struct side *side, uint64_t number)
{
	return (size_t)(number * 97 % (side->largest + 1));
}

static inline void *send_side(void *argument)
{
	struct side *side = argument;
	unsigned char *buffer = malloc(side->largest);

	must(buffer);
	for (uint64_t i = 0; i < side->count; i++) {
		size_t size = side_size(side, i), first = size / 3;
		struct iovec parts[] = { { buffer, first },
			                 { buffer + first, size - first } };

		pattern_fill(buffer, size, i + side->salt);
		must_be(i % 5 ? weir_pipe_send(side->end, buffer, size,
		                               WEIR_FOREVER)
		              : weir_pipe_sendv(side->end, parts, 2,
		                                WEIR_FOREVER),
		        0);
	}
	free(buffer);
	return NULL;
}

static inline void *recv_side(void *argument)
{
	struct side *side = argument;
	unsigned char *buffer = malloc(side->largest);

	must(buffer);
	for (uint64_t i = 0; i < side->count; i++) {
		if (i % 7 == 0)
			must_be(weir_pipe_poll(side->end, WEIR_FOREVER), 1);
		if (i % 11 == 0)
			must_be(weir_pipe_next_size(side->end, WEIR_FOREVER),
			        (ssize_t)side_size(side, i));
		recv_pattern(side->end, buffer, side_size(side, i),
		             i + side->salt);
	}
	free(buffer);
	return NULL;
}

static inline void *commit_side(void *argument)
{
	struct side *side = argument;
	void *space;

	for (uint64_t i = 0; i < side->count; i++) {
		must_be(weir_pipe_reserve(side->end, side->largest,
		                          WEIR_FOREVER, &space),
		        0);
		pattern_fill(space, side_size(side, i), i + side->salt);
		must_be(weir_pipe_commit(side->end, side_size(side, i)), 0);
	}
	return NULL;
}

static inline void *release_side(void *argument)
{
	struct side *side = argument;
	const void *message;

	for (uint64_t i = 0; i < side->count; i++) {
		must_be(weir_pipe_peek(side->end, WEIR_FOREVER, &message),
		        (ssize_t)side_size(side, i));
		must(pattern_holds(message, side_size(side, i),
		                   i + side->salt));
		must_be(weir_pipe_release(side->end), 0);
	}
	return NULL;
}

static inline pthread_t start(void *(*body)(void *), void *argument)
{
	pthread_t thread;

	must_be(pthread_create(&thread, NULL, body, argument), 0);
	return thread;
}

static inline void *echo(void *argument)
{
	struct weir_pipe *end = argument;
	uint64_t number;

	while (weir_pipe_recv(end, &number, sizeof(number), WEIR_FOREVER) ==
	       (ssize_t)sizeof(number)) {
		number++;
		must_be(weir_pipe_send(end, &number, sizeof(number),
		                       WEIR_FOREVER),
		        0);
	}
	weir_pipe_close(end);
	return NULL;
}

static inline int one_mapping(void **state)
{
	return weir_region_create(&region, NULL, 1 << 20, NULL);
}

static inline int no_mapping(void **state)
{
	weir_region_close(region);
	region = NULL;
	return 0;
}

/* Runs them with both, and returns how many failed. */
#define run_apart_and_together(tests)                                          \
	(cmocka_run_group_tests_name("a mapping for each end", tests, NULL,    \
	                             NULL) +                                   \
	 cmocka_run_group_tests_name("one mapping for both", tests,            \
	                             one_mapping, no_mapping))

#endif
