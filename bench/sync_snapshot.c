/* SPDX-License-Identifier: MIT */
/*
 * sync_snapshot [--quick]
 *
 * How often a second one process copies an array of 4 KiB as of one moment, by a
 * snapshot and under the array's lock, while another one takes the lock, writes,
 * and releases it, over and over: adds to each element or stores it, stores all
 * of them at once, or adds to a single one.
 *
 *	snapshot  weir snapshot|weir locked copy  4096  WRITER  COPIES_PER_SECOND
 *	writes    weir snapshot|weir locked copy  4096  WRITER  PASSES_PER_SECOND
 */
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir/array.h>

#include "cpus.h"
#include "crew.h"
#include "driver.h"
#include "duet.h"

enum { BYTES = 4096, LENGTH = BYTES / sizeof(long long), ROUNDS = 20 };
enum { LONGER = 10, LOOKS = 16 };

/* 0 or -errno. */
typedef int copy_function(struct weir_array *array, long long *copy);
typedef int write_function(struct weir_array *array, size_t turn);

struct writer {
	const char *name;
	write_function *write;
};

/* In memory that both see. */
struct scene {
	struct weir_array *array;
	copy_function *copy;
	write_function *write;
	uint64_t length; /* in nanoseconds */
	struct meeting start;
	double copies;
	double writes;
	alignas(128) uint32_t stop;    /* atomic */
	alignas(128) uint64_t written; /* atomic */
};

static int take_snapshot(struct weir_array *array, long long *copy)
{
	return weir_array_snapshot(array, 0, LENGTH, copy);
}

static int copy_locked(struct weir_array *array, long long *copy)
{
	int result = weir_array_lock(array, WEIR_FOREVER);

	if (result != 0)
		return result < 0 ? result : -EPROTO;
	memcpy(copy, weir_array_data(array), BYTES);
	return weir_array_unlock(array);
}

static int add_to_each(struct weir_array *array, size_t turn)
{
	(void)turn;
	for (size_t i = 0; i < LENGTH; i++)
		weir_array_fetch_add_q(array, i, 1);
	return 0;
}

static int store_each(struct weir_array *array, size_t turn)
{
	for (size_t i = 0; i < LENGTH; i++)
		weir_array_store_q(array, i, (long long)turn);
	return 0;
}

static int store_all(struct weir_array *array, size_t turn)
{
	static long long all[LENGTH];

	all[turn % LENGTH]++;
	return weir_array_store(array, 0, LENGTH, all);
}

static int add_to_one(struct weir_array *array, size_t turn)
{
	weir_array_fetch_add_q(array, turn % LENGTH, 1);
	return 0;
}

static const struct writer writers[] = {
	{ "add to each", add_to_each },
	{ "store each", store_each },
	{ "store all", store_all },
	{ "add to one", add_to_one },
};

enum { WRITERS = sizeof(writers) / sizeof(*writers) };

static int write_locked(const struct scene *scene, size_t turn)
{
	int result = weir_array_lock(scene->array, WEIR_FOREVER);

	if (result == 0)
		result = scene->write(scene->array, turn);
	if (result == 0)
		result = weir_array_unlock(scene->array);
	return result > 0 ? -EPROTO : result;
}

static int write_on(void *context)
{
	struct scene *scene = context;
	int result = 0;

	duet_meet(&scene->start);
	for (size_t turn = 0;
	     result == 0 && !__atomic_load_n(&scene->stop, __ATOMIC_RELAXED);
	     turn++) {
		result = write_locked(scene, turn);
		__atomic_store_n(&scene->written, turn + 1, __ATOMIC_RELAXED);
	}
	return result;
}

static uint64_t written(const struct scene *scene)
{
	return __atomic_load_n(&scene->written, __ATOMIC_RELAXED);
}

static int read_on(void *context)
{
	static long long copy[LENGTH];
	struct scene *scene = context;
	uint64_t begin, before, now;
	uint64_t count = 0;
	int result = 0;

	duet_meet(&scene->start);
	before = written(scene);
	begin = driver_now();
	do {
		for (int i = 0; i < LOOKS && result == 0; i++)
			result = scene->copy(scene->array, copy);
		count += LOOKS;
		now = driver_now();
	} while (result == 0 && now - begin < scene->length);
	scene->copies = 1e9 * (double)count / (double)(now - begin);
	scene->writes =
		1e9 * (double)(written(scene) - before) / (double)(now - begin);
	__atomic_store_n(&scene->stop, 1, __ATOMIC_RELAXED);
	return result;
}

static void play(const int cpus[2], const char *name, copy_function *copy,
                 const struct writer *writer, uint64_t length)
{
	struct scene *scene = duet_memory(sizeof(*scene));
	int result = weir_array_create(&scene->array, NULL, 'q', LENGTH, NULL);

	scene->copy = copy;
	scene->write = writer->write;
	scene->length = length;
	if (result == 0)
		result = duet_run(cpus, read_on, write_on, scene);
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", name, strerror(-result));
		exit(1);
	}
	driver_record("snapshot", name, BYTES, writer->name, scene->copies);
	driver_record("writes", name, BYTES, writer->name, scene->writes);
	weir_array_close(scene->array);
	duet_free(scene, sizeof(*scene));
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned rounds = effort.quick ? 1 : ROUNDS;
	uint64_t length = LONGER * effort.run;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: snapshot: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	for (unsigned round = 0; driver_round("snapshot", round, rounds);
	     round++) {
		for (size_t i = 0; i < WRITERS; i++) {
			play(cpus, "weir snapshot", take_snapshot, &writers[i],
			     length);
			play(cpus, "weir locked copy", copy_locked, &writers[i],
			     length);
		}
	}
	return 0;
}
