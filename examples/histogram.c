/* SPDX-License-Identifier: MIT */
/*
 * A histogram of the bytes of a file, in an array that worker processes share:
 * by additions in one instruction each, and once more under the array's lock.
 *
 * usage: histogram FILE [WORKERS]
 *
 * Meanwhile the parent takes snapshots; the numbers in each must only grow, and
 * at the end they must be those that one process counts by itself.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <weir/array.h>

enum { BYTES = 256, CHUNK = 65536, WORKERS_MOST = 64 };

struct input {
	const unsigned char *bytes;
	size_t size;
};

typedef void (*counter)(struct weir_array *counts, const unsigned char *bytes,
                        size_t size);

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "histogram: %s: %s\n", what, why);
	exit(1);
}

static void check(int code, const char *what)
{
	if (code < 0)
		fail(what, weir_strerror(code));
}

static struct input input_open(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat facts;
	void *bytes = NULL;

	if (fd < 0 || fstat(fd, &facts) < 0)
		fail(path, "cannot be read");
	if (facts.st_size > 0)
		bytes = mmap(NULL, (size_t)facts.st_size, PROT_READ,
		             MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		fail(path, "cannot be mapped");
	close(fd);
	return (struct input){ bytes, (size_t)facts.st_size };
}

static void count_by_additions(struct weir_array *counts,
                               const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		weir_array_fetch_add_Q(counts, bytes[i], 1);
}

static void count_under_the_lock(struct weir_array *counts,
                                 const unsigned char *bytes, size_t size)
{
	unsigned long long *numbers = weir_array_data(counts);

	check(weir_array_lock(counts, WEIR_FOREVER), "lock");
	for (size_t i = 0; i < size; i++)
		numbers[bytes[i]]++;
	check(weir_array_unlock(counts), "unlock");
}

static void count_alone(const struct input *input,
                        unsigned long long counts[BYTES])
{
	memset(counts, 0, BYTES * sizeof(*counts));
	for (size_t i = 0; i < input->size; i++)
		counts[input->bytes[i]]++;
}

/* Every worker takes the chunks that are its own. */
static void work(const struct input *input, struct weir_array *counts,
                 counter count, size_t worker, size_t workers)
{
	for (size_t at = worker * CHUNK; at < input->size;
	     at += workers * CHUNK) {
		size_t left = input->size - at;

		count(counts, input->bytes + at, left < CHUNK ? left : CHUNK);
	}
}

/* Takes snapshots until the workers have ended; returns how many. */
static int watch(struct weir_array *counts, size_t workers)
{
	unsigned long long before[BYTES] = { 0 }, now[BYTES];
	int snapshots = 0, status;

	while (workers > 0) {
		pid_t ended = waitpid(-1, &status, WNOHANG);

		if (ended > 0 && status != 0)
			fail("a worker", "failed");
		workers -= ended > 0;
		check(weir_array_snapshot(counts, 0, BYTES, now), "snapshot");
		snapshots++;
		for (int i = 0; i < BYTES; i++) {
			if (now[i] < before[i])
				fail("a snapshot", "some number fell");
		}
		memcpy(before, now, sizeof(now));
		usleep(1000);
	}
	return snapshots;
}

static void run(const struct input *input, const char *name, counter count,
                size_t workers, const unsigned long long expected[BYTES])
{
	unsigned long long all[BYTES];
	struct weir_array *counts;
	struct timespec begun, ended;
	int snapshots;
	double seconds;

	check(weir_array_create(&counts, NULL, 'Q', BYTES, NULL), "create");
	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (size_t worker = 0; worker < workers; worker++) {
		if (fork() == 0) {
			work(input, counts, count, worker, workers);
			_exit(0);
		}
	}
	snapshots = watch(counts, workers);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	check(weir_array_load(counts, 0, BYTES, all), "load");
	if (memcmp(all, expected, sizeof(all)) != 0)
		fail(name, "the numbers are wrong");
	seconds = (double)(ended.tv_sec - begun.tv_sec) +
	          (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
	printf("%s: %zu bytes counted right by %zu processes, %.0f MB/s, "
	       "%d snapshots\n",
	       name, input->size, workers, (double)input->size / seconds / 1e6,
	       snapshots);
	weir_array_close(counts);
}

int main(int argc, char **argv)
{
	size_t workers = argc > 2 ? strtoul(argv[2], NULL, 10) : 4;
	unsigned long long expected[BYTES];
	struct input input;

	if (argc < 2 || argc > 3 || workers < 1 || workers > WORKERS_MOST) {
		fprintf(stderr, "usage: histogram FILE [WORKERS]\n");
		return 2;
	}
	input = input_open(argv[1]);
	count_alone(&input, expected);
	run(&input, "by additions", count_by_additions, workers, expected);
	run(&input, "under the lock", count_under_the_lock, workers, expected);
	return 0;
}
