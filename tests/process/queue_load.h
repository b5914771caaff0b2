/* SPDX-License-Identifier: MIT */
/*
 * Numbered messages at a queue whose members get killed or stopped, and what
 * they had certainly done by then.
 */
#ifndef TESTS_PROCESS_QUEUE_LOAD_H
#define TESTS_PROCESS_QUEUE_LOAD_H

#include "child.h"
#include "queues.h"

#include <stdatomic.h>

enum { LARGEST = 1000, TASKS = 20 };

/* How messages are put and taken. */
enum way { COPY, BATCH, IN_PLACE, WAYS };

static const struct weir_queue_options usual = { .capacity = 100,
	                                         .memory = 500 * 120 };

struct load {
	struct weir_queue *queue;
	enum way way;
	int64_t lifetime;
	uint64_t first;
	int ready, go;
	/* Shared: numbers below this were put, for sure. */
	atomic_ullong *put;
	/* Shared: how often somebody had this task in hand. */
	atomic_uint *worked;
};

static inline void load_begin(struct load *load, enum way way)
{
	*load = (struct load){
		.queue = queue_with(&usual),
		.way = way,
		.ready = step_new(),
		.go = step_new(),
		.put = shared_new(sizeof(*load->put)),
		.worked = shared_new(TASKS * sizeof(*load->worked)),
	};
}

static inline void load_end(struct load *load)
{
	must_be_nominal(load->queue, &usual);
	weir_queue_close(load->queue);
	step_free(load->ready);
	step_free(load->go);
	shared_free(load->put, sizeof(*load->put));
	shared_free(load->worked, TASKS * sizeof(*load->worked));
}

static inline size_t size_of(uint64_t number)
{
	return sizeof(number) + (size_t)(number % 3 ? number * 61 % 120
	                                            : number * 7919 % LARGEST);
}

static inline void write_message(void *bytes, uint64_t number)
{
	unsigned char *to = bytes;

	memcpy(to, &number, sizeof(number));
	pattern_fill(to + sizeof(number), size_of(number) - sizeof(number),
	             number);
}

static inline uint64_t read_message(const void *bytes, size_t size)
{
	const unsigned char *from = bytes;
	uint64_t number;

	must(size >= sizeof(number));
	memcpy(&number, from, sizeof(number));
	must_be(size, size_of(number));
	must(pattern_holds(from + sizeof(number), size - sizeof(number),
	                   number));
	return number;
}

static inline void put_number(struct weir_queue *queue, uint64_t number)
{
	unsigned char bytes[sizeof(number) + LARGEST];

	write_message(bytes, number);
	must_be(weir_queue_put(queue, bytes, size_of(number), WEIR_FOREVER), 0);
}

/* The next one, or -1 when none comes; the first look finds who is dead. */
static inline int64_t get_number(struct weir_queue *queue)
{
	unsigned char bytes[sizeof(uint64_t) + LARGEST];
	ssize_t size = weir_queue_get(queue, bytes, sizeof(bytes), WEIR_MS(5));

	if (size == -ETIMEDOUT)
		return -1;
	must(size >= 0);
	return (int64_t)read_message(bytes, (size_t)size);
}

static inline size_t put_batch(struct weir_queue *queue, uint64_t number)
{
	static unsigned char bytes[3][sizeof(uint64_t) + LARGEST];
	struct iovec parts[3];
	ssize_t count;

	for (uint64_t i = 0; i < 3; i++) {
		write_message(bytes[i], number + i);
		parts[i] = (struct iovec){ bytes[i], size_of(number + i) };
	}
	count = weir_queue_put_many(queue, parts, 3, WEIR_FOREVER);
	must(count >= 1 && count <= 3);
	return (size_t)count;
}

/* How many it put: number `number` and perhaps some that follow. */
static inline size_t put_some(struct load *load, uint64_t number)
{
	struct weir_loan loan;
	int code;

	if (load->way == BATCH)
		return put_batch(load->queue, number);
	code = load->way == COPY
	               ? -EMSGSIZE
	               : weir_queue_reserve(load->queue, size_of(number),
	                                    WEIR_FOREVER, &loan);
	if (code == -EMSGSIZE) {
		put_number(load->queue, number);
		return 1;
	}
	must_be(code, 0);
	write_message(loan.data, number);
	do
		code = weir_queue_commit(load->queue, &loan);
	while (code == -EAGAIN);
	must_be(code, 0);
	return 1;
}

#endif
