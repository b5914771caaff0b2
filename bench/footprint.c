/* SPDX-License-Identifier: MIT */
/*
 * footprint [--quick]
 *
 * What a pipe takes besides its rings, and how long it takes to make one, next
 * to the least that any anonymous shared memory takes.
 *
 *	memory  weir        0  segment       bytes of the segment less its rings
 *	memory  weir        0  allocated     bytes it takes before its first use
 *	memory  weir        0  handle        bytes of private memory
 *	create  weir|memfd  0  microseconds  to make one, and to close it
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <weir/pipe.h>

#include "cpus.h"
#include "driver.h"

enum { PAIRS = 1000, RINGS = 2 * 256 * 1024, BATCH = 50 };

static void fail(const char *what, int result)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	exit(1);
}

static void make_pair(struct weir_pipe *ends[2])
{
	int result = weir_pipe_pair(ends, NULL);

	if (result < 0)
		fail("weir_pipe_pair", result);
}

static void close_pair(struct weir_pipe *ends[2])
{
	weir_pipe_close(ends[0]);
	weir_pipe_close(ends[1]);
}

/* The size of the segment of a default pipe. */
static size_t measure_segment(void)
{
	struct weir_pipe *ends[2];
	struct stat status;

	make_pair(ends);
	if (fstat(weir_pipe_fd(ends[0]), &status) < 0)
		fail("fstat", -errno);
	driver_record("memory", "weir", 0, "segment",
	              (double)status.st_size - RINGS);
	driver_record("memory", "weir", 0, "allocated",
	              (double)status.st_blocks * 512);
	close_pair(ends);
	return (size_t)status.st_size;
}

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Each pair has a few descriptors, so the limit is raised as far as it goes. */
static void measure_handles(size_t pairs)
{
	static struct weir_pipe *ends[PAIRS][2];
	struct rlimit limit;
	size_t before;
	size_t made;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	before = allocated();
	for (made = 0; made < pairs; made++) {
		if (weir_pipe_pair(ends[made], NULL) < 0)
			break;
	}
	if (made == 0)
		fail("weir_pipe_pair", -EMFILE);
	driver_record("memory", "weir", 0, "handle",
	              (double)(allocated() - before) / (2.0 * (double)made));
	driver_record("memory", "weir", 0, "pairs", (double)made);
	while (made-- > 0)
		close_pair(ends[made]);
}

static void make_memfd(size_t size)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);
	void *memory;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		fail("memfd_create", -errno);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		fail("mmap", -errno);
	munmap(memory, size);
	close(fd);
}

static void make_pipe(size_t size)
{
	struct weir_pipe *ends[2];

	(void)size;
	make_pair(ends);
	close_pair(ends);
}

static void measure_create(const char *name, void (*make)(size_t), size_t size)
{
	uint64_t start = driver_now();

	for (unsigned i = 0; i < BATCH; i++)
		make(size);
	driver_record("create", name, 0, "microseconds",
	              (double)(driver_now() - start) / (1e3 * BATCH));
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned rounds = effort.quick ? 1 : 4 * effort.rounds;
	size_t size;
	int cpus[2];

	cpus_choose(cpus);
	cpus_pin(cpus[0]);
	size = measure_segment();
	measure_handles(effort.quick ? 10 : PAIRS);
	driver_round("create", 0, 1);
	for (unsigned round = 0; round < rounds; round++) {
		measure_create("memfd", make_memfd, size);
		measure_create("weir", make_pipe, size);
	}
	return 0;
}
