/* SPDX-License-Identifier: MIT */
/*
 * queue_footprint [--quick]
 *
 * What memory a queue with default options takes, empty and full, and whether
 * a process that uses it takes more and more of its own.
 *
 *	memory  weir  0     allocated  bytes of the segment, empty
 *	memory  weir  0     resident   bytes of it in the creator's page tables
 *	memory  weir  SIZE  beside     bytes beside it that one more message
 *	                               takes, while a half full queue fills
 *	memory  weir  SIZE  private    bytes of its heap that a process takes
 *	                               for a million messages
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <weir/queue.h>

#include "driver.h"

/* What a cell holds; what a block by default holds, and something smaller. */
static const size_t sizes[] = { 8, 120, 64 };

enum {
	CAPACITY = 32767,
	SIZE_MOST = 120,
	MILLION = 1000000,
	QUICK_MILLION = 1000
};

static void fail(const char *what, int result)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	exit(1);
}

static struct weir_queue *create(void)
{
	struct weir_queue *queue;
	int result = weir_queue_create(&queue, NULL, NULL);

	if (result < 0)
		fail("weir_queue_create", result);
	return queue;
}

static struct stat segment_status(const struct weir_queue *queue)
{
	struct stat status;

	if (fstat(weir_queue_fd(queue), &status) < 0)
		fail("fstat", -errno);
	return status;
}

static double allocated(const struct weir_queue *queue)
{
	return (double)segment_status(queue).st_blocks * 512;
}

/* Bytes, by the kernel's count, of the mappings of this file. */
static double resident(const struct weir_queue *queue)
{
	ino_t inode = segment_status(queue).st_ino;
	FILE *maps = fopen("/proc/self/smaps", "re");
	unsigned long current = 0;
	unsigned long kib;
	double bytes = 0;
	char line[512];

	if (!maps)
		fail("smaps", -errno);
	while (fgets(line, sizeof(line), maps)) {
		sscanf(line, "%*x-%*x %*s %*x %*x:%*x %lu", &current);
		if (current == inode && sscanf(line, "Rss: %lu", &kib) == 1)
			bytes += 1024.0 * (double)kib;
	}
	fclose(maps);
	return bytes;
}

static void measure_empty(void)
{
	struct weir_queue *queue = create();

	driver_record("memory", "weir", 0, "allocated", allocated(queue));
	driver_record("memory", "weir", 0, "resident", resident(queue));
	weir_queue_close(queue);
}

static size_t fill(struct weir_queue *queue, size_t size, size_t most)
{
	char message[SIZE_MOST] = "";
	size_t count = 0;

	while (count < most && weir_queue_put(queue, message, size, 0) == 0)
		count++;
	return count;
}

static void measure_full(size_t size)
{
	struct weir_queue *queue = create();
	char message[SIZE_MOST];
	double half;
	size_t count;

	/* Whoever has to wait looks at pages that are there once. */
	if (weir_queue_get(queue, message, size, 0) != -EAGAIN)
		fail("weir_queue_get", -EPROTO);
	fill(queue, size, CAPACITY / 2);
	half = allocated(queue);
	count = fill(queue, size, CAPACITY);
	driver_record("memory", "weir", size, "beside",
	              (allocated(queue) - half) / (double)count - (double)size);
	weir_queue_close(queue);
}

static double heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return (double)(info.uordblks + info.hblkhd);
}

static void pass(struct weir_queue *queue, size_t size, unsigned count)
{
	char message[SIZE_MOST] = "";

	for (unsigned i = 0; i < count; i++) {
		int result = weir_queue_put(queue, message, size, 0);

		if (result < 0)
			fail("weir_queue_put", result);
		if (weir_queue_get(queue, message, size, 0) != (ssize_t)size)
			fail("weir_queue_get", -EPROTO);
	}
}

static void measure_private(size_t size, unsigned count)
{
	struct weir_queue *queue = create();
	double before;

	pass(queue, size, 100);
	before = heap();
	pass(queue, size, count);
	driver_record("memory", "weir", size, "private", heap() - before);
	weir_queue_close(queue);
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned count = effort.quick ? QUICK_MILLION : MILLION;

	measure_empty();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		measure_full(sizes[i]);
		measure_private(sizes[i], count);
	}
	return 0;
}
