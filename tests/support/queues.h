/* SPDX-License-Identifier: MIT */
/* The commonest steps of a test about queues. */
#ifndef TESTS_SUPPORT_QUEUES_H
#define TESTS_SUPPORT_QUEUES_H

#include "case.h"
#include "pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <weir/queue.h>

static inline struct weir_queue *
queue_with(const struct weir_queue_options *options)
{
	struct weir_queue *queue;

	must_be(weir_queue_create(&queue, NULL, options), 0);
	return queue;
}

/* Anonymous, for so many messages, else as by default. */
static inline struct weir_queue *queue_of(size_t capacity)
{
	struct weir_queue_options options = { .capacity = capacity };

	return queue_with(&options);
}

static inline void put_text(struct weir_queue *queue, const char *text)
{
	must_be(weir_queue_put(queue, text, strlen(text), WEIR_FOREVER), 0);
}

static inline void get_text(struct weir_queue *queue, const char *text)
{
	char buffer[256];
	size_t length = strlen(text);

	must_be(weir_queue_get(queue, buffer, sizeof(buffer), WEIR_FOREVER),
	        (ssize_t)length);
	must(memcmp(buffer, text, length) == 0);
}

/* There is none, and it is not shut down. */
static inline void get_nothing(struct weir_queue *queue)
{
	char byte;

	must_be(weir_queue_get(queue, &byte, 1, WEIR_NOWAIT), -EAGAIN);
}

/* It is shut down, and there is none left. */
static inline void get_the_end(struct weir_queue *queue)
{
	char byte;

	must_be(weir_queue_get(queue, &byte, 1, WEIR_FOREVER), -ESHUTDOWN);
}

static inline void lease_text(struct weir_queue *queue,
                              struct weir_lease *lease, const char *text,
                              unsigned deliveries)
{
	must_be(weir_queue_lease(queue, WEIR_FOREVER, lease), 0);
	must_be(lease->size, strlen(text));
	must(memcmp(lease->data, text, lease->size) == 0);
	must_be(lease->deliveries, deliveries);
}

/* Message number `seed` of `size` bytes. */
static inline void put_pattern(struct weir_queue *queue, void *buffer,
                               size_t size, uint64_t seed)
{
	pattern_fill(buffer, size, seed);
	must_be(weir_queue_put(queue, buffer, size, WEIR_FOREVER), 0);
}

static inline void get_pattern(struct weir_queue *queue, void *buffer,
                               size_t size, uint64_t seed)
{
	must_be(weir_queue_get(queue, buffer, size, WEIR_FOREVER),
	        (ssize_t)size);
	must(pattern_holds(buffer, size, seed));
}

/* Puts messages of `size` bytes until there is no room; returns how many. */
static inline int fill_up(struct weir_queue *queue, size_t size)
{
	unsigned char message[4096];
	int count = 0;
	int code;

	must(size <= sizeof(message));
	memset(message, 'f', size);
	while ((code = weir_queue_put(queue, message, size, WEIR_NOWAIT)) == 0)
		count++;
	must_be(code, -EAGAIN);
	return count;
}

/* Gets until nothing is left; returns how many messages. */
static inline int drain(struct weir_queue *queue)
{
	unsigned char message[4096];
	int count = 0;
	ssize_t code;

	while ((code = weir_queue_get(queue, message, sizeof(message),
	                              WEIR_NOWAIT)) >= 0)
		count++;
	must_be(code, -EAGAIN);
	return count;
}

static inline void must_have(struct weir_queue *queue, size_t size, bool full)
{
	must_be(weir_queue_size(queue), size);
	must_be(weir_queue_empty(queue), size == 0);
	must_be(weir_queue_full(queue), full);
}

/* `count` messages of this size go in, and come out. */
static inline void put_exactly(struct weir_queue *queue, size_t count,
                               size_t size)
{
	unsigned char *bytes = malloc(size);

	must(bytes);
	for (uint64_t i = 0; i < count; i++) {
		pattern_fill(bytes, size, i);
		/* Nobody else is there: this waits for the dead at most. */
		must_be(weir_queue_put(queue, bytes, size, WEIR_SECONDS(5)), 0);
	}
	must_have(queue, count, count == weir_queue_capacity(queue));
	for (uint64_t i = 0; i < count; i++)
		get_pattern(queue, bytes, size, i);
	free(bytes);
}

/* An empty queue, made with these options, takes as much as when it was new. */
static inline void must_be_nominal(struct weir_queue *queue,
                                   const struct weir_queue_options *options)
{
	size_t capacity = options->capacity;
	size_t block = options->block_size ? options->block_size : 120;
	size_t blocks = options->memory / block;

	must_have(queue, 0, false);
	put_exactly(queue, capacity, 8);
	must_be(fill_up(queue, 8), capacity);
	must_be(drain(queue), capacity);
	put_exactly(queue, blocks < capacity ? blocks : capacity, block);
	put_exactly(queue, 1, options->memory);
	get_nothing(queue);
}

#endif
