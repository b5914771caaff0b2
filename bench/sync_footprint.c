/* SPDX-License-Identifier: MIT */
/*
 * sync_footprint [--quick]
 *
 * What it takes to have ten thousand values, as many semaphores and as many
 * locks in a region: descriptors and mappings for all of them; of each sort,
 * nameless (0) and with names (1), memory and the time to create one, on
 * average, and of the last tenth of them, when the others are there.
 *
 *	many  all                   0    descriptors|mappings  COUNT
 *	many  value|semaphore|lock  0|1  shared|private        BYTES
 *	many  value|semaphore|lock  0|1  new|last              MICROSECONDS
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <weir/lock.h>
#include <weir/region.h>
#include <weir/semaphore.h>
#include <weir/value.h>

#include "cpus.h"
#include "driver.h"

enum { MANY = 10000, QUICK_MANY = 200, ROUNDS = 11, LINE = 64, PAGE = 4096 };

static void fail(const char *what, int result)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	exit(1);
}

/* ---- the three sorts */

struct sort {
	const char *name;
	int (*create)(void **object, const char *name,
	              struct weir_region *region);
	void (*close)(void *object);
};

static int create_value(void **object, const char *name,
                        struct weir_region *region)
{
	struct weir_value_options options = { .segment.region = region };

	return weir_value_create((struct weir_value **)object, name, 'q',
	                         &options);
}

static void close_value(void *object)
{
	weir_value_close(object);
}

static int create_semaphore(void **object, const char *name,
                            struct weir_region *region)
{
	struct weir_semaphore_options options = { .segment.region = region };

	return weir_semaphore_create((struct weir_semaphore **)object, name, 1,
	                             &options);
}

static void close_semaphore(void *object)
{
	weir_semaphore_close(object);
}

static int create_lock(void **object, const char *name,
                       struct weir_region *region)
{
	struct weir_lock_options options = { .segment.region = region };

	return weir_lock_create((struct weir_lock **)object, name, &options);
}

static void close_lock(void *object)
{
	weir_lock_close(object);
}

static const struct sort sorts[] = {
	{ "value", create_value, close_value },
	{ "semaphore", create_semaphore, close_semaphore },
	{ "lock", create_lock, close_lock },
};

enum { SORTS = sizeof(sorts) / sizeof(*sorts) };

/* ---- what there is */

static unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	if (!folder)
		fail("/proc/self/fd", -errno);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static bool is_shared(const char *line)
{
	char access[8] = "";

	return sscanf(line, "%*x-%*x %7s", access) == 1 && access[3] == 's';
}

static unsigned count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned count = 0;
	char line[512];

	if (!maps)
		fail("/proc/self/maps", -errno);
	while (fgets(line, sizeof(line), maps))
		count += is_shared(line);
	fclose(maps);
	return count;
}

static double heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return (double)(info.uordblks + info.hblkhd);
}

static double allocated(const struct weir_region *region)
{
	struct stat status;

	if (fstat(weir_region_fd(region), &status) < 0)
		fail("fstat", -errno);
	return (double)status.st_blocks * 512;
}

/* ---- what it takes */

struct lot {
	const struct sort *sort;
	bool named;
	unsigned count;
	struct weir_region *region;
	void *objects[MANY + PAGE / LINE];
};

static int create_one(struct lot *lot, unsigned number)
{
	char name[32];

	snprintf(name, sizeof(name), "%s-%u", lot->sort->name, number);
	return lot->sort->create(&lot->objects[number],
	                         lot->named ? name : NULL, lot->region);
}

/* Microseconds for one. */
static double create_some(struct lot *lot, unsigned first, unsigned end)
{
	uint64_t begin = driver_now();

	for (unsigned i = first; i < end; i++) {
		int result = create_one(lot, i);

		if (result < 0)
			fail(lot->sort->name, result);
	}
	return (double)(driver_now() - begin) / (1e3 * (double)(end - first));
}

static void record(const struct lot *lot, const char *measure, double value)
{
	driver_record("many", lot->sort->name, lot->named, measure, value);
}

static void create_region(struct lot *lot, size_t size)
{
	int result = weir_region_create(&lot->region, NULL, size, NULL);

	if (result < 0)
		fail("weir_region_create", result);
}

static void close_objects(struct lot *lot, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		lot->sort->close(lot->objects[i]);
}

static void close_all(struct lot *lot, unsigned count)
{
	close_objects(lot, count);
	weir_region_close(lot->region);
}

static void create_all(struct lot *lot)
{
	unsigned most = lot->count * 9 / 10;
	double before, first, last;

	create_region(lot, 4 * LINE * (size_t)lot->count);
	before = heap();
	first = create_some(lot, 0, most);
	last = create_some(lot, most, lot->count);
	record(lot, "private", (heap() - before) / lot->count);
	record(lot, "new", 0.9 * first + 0.1 * last);
	record(lot, "last", last);
	close_all(lot, lot->count);
}

/* A region that is full of them: what its file takes more than an empty one,
   which has taken no memory for objects yet. */
static void fill(struct lot *lot)
{
	unsigned pages = (lot->count * LINE + PAGE - 1) / PAGE;
	unsigned most = pages * PAGE / LINE;
	double empty;
	unsigned made = 0;
	int result = 0;

	create_region(lot, pages * PAGE);
	empty = allocated(lot->region);
	while (made < most && (result = create_one(lot, made)) == 0)
		made++;
	if (result < 0 && result != -ENOSPC)
		fail(lot->sort->name, result);
	record(lot, "shared", (allocated(lot->region) - empty) / made);
	close_all(lot, made);
}

static void measure(const struct sort *sort, bool named, unsigned count)
{
	static struct lot lot;

	lot = (struct lot){ .sort = sort, .named = named, .count = count };
	create_all(&lot);
	fill(&lot);
}

/* All three sorts in one region. */
static void measure_company(unsigned count)
{
	static struct lot lots[SORTS];
	unsigned descriptors = count_descriptors();
	unsigned mappings = count_mappings();

	create_region(&lots[0], SORTS * LINE * (size_t)count + PAGE);
	for (size_t i = 0; i < SORTS; i++) {
		lots[i].sort = &sorts[i];
		lots[i].region = lots[0].region;
		create_some(&lots[i], 0, count);
	}
	driver_record("many", "all", 0, "descriptors",
	              count_descriptors() - descriptors);
	driver_record("many", "all", 0, "mappings",
	              count_mappings() - mappings);
	for (size_t i = 0; i < SORTS; i++)
		close_objects(&lots[i], count);
	weir_region_close(lots[0].region);
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned rounds = effort.quick ? 1 : ROUNDS;
	unsigned count = effort.quick ? QUICK_MANY : MANY;
	int cpus[2];

	cpus_choose(cpus);
	cpus_pin(cpus[0]);
	measure_company(count);
	for (unsigned round = 0; driver_round("many", round, rounds); round++) {
		for (size_t i = 0; i < SORTS; i++) {
			measure(&sorts[i], false, count);
			measure(&sorts[i], true, count);
		}
	}
	return 0;
}
