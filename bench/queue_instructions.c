/* SPDX-License-Identifier: MIT */
/*
 * queue_instructions weir|vyukov SIZE COUNT
 *
 * Puts and gets COUNT messages in one process, for callgrind to count the
 * instructions, see instructions.c.  Vyukov's queue is called like a library's,
 * not inlined.
 */
#include <stdio.h>
#include <stdlib.h>

#include <weir/queue.h>

#include "duet.h"
#include "peers/vyukov.h"

enum { SLOTS = 16384, SIZE_MOST = 1024 };

typedef int pass_function(void *queue, void *message, size_t size);

static __attribute__((noinline)) bool put(struct vyukov *queue,
                                          const void *message, size_t size)
{
	return vyukov_put(queue, message, size);
}

static __attribute__((noinline)) ssize_t get(struct vyukov *queue, void *room)
{
	return vyukov_get(queue, room);
}

static int pass_vyukov(void *queue, void *message, size_t size)
{
	if (!put(queue, message, size))
		return -1;
	return get(queue, message) == (ssize_t)size ? 0 : -1;
}

static int pass_weir(void *queue, void *message, size_t size)
{
	if (weir_queue_put(queue, message, size, WEIR_FOREVER) < 0)
		return -1;
	return weir_queue_get(queue, message, size, WEIR_FOREVER) ==
	                       (ssize_t)size
	               ? 0
	               : -1;
}

static int repeat(pass_function *pass, void *queue, size_t size,
                  unsigned long count)
{
	char message[SIZE_MOST] = "";

	for (unsigned long i = 0; i < count; i++) {
		if (pass(queue, message, size) < 0)
			return 1;
	}
	return 0;
}

static int run_vyukov(size_t size, unsigned long count)
{
	struct vyukov *queue =
		duet_memory(vyukov_length(SLOTS, size, VYUKOV_DENSE));

	vyukov_init(queue, SLOTS, size, VYUKOV_DENSE);
	return repeat(pass_vyukov, queue, size, count);
}

static int run_weir(size_t size, unsigned long count)
{
	struct weir_queue *queue;
	int result;

	if (weir_queue_create(&queue, NULL, NULL) < 0)
		return 1;
	result = repeat(pass_weir, queue, size, count);
	weir_queue_close(queue);
	return result;
}

int main(int argc, char **argv)
{
	size_t size = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;

	if (size == 0 || size > SIZE_MOST) {
		fprintf(stderr, "usage: %s weir|vyukov SIZE COUNT\n", argv[0]);
		return 2;
	}
	if (strcmp(argv[1], "weir") == 0)
		return run_weir(size, strtoul(argv[3], NULL, 10));
	return run_vyukov(size, strtoul(argv[3], NULL, 10));
}
