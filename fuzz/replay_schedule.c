/* SPDX-License-Identifier: MIT */
/*
 * Prints a schedule step by step: who, what, where.
 *
 * usage: replay_schedule SEED | replay_schedule FILE
 *        replay_schedule region SEED
 *        replay_schedule queue SEED | FILE
 *        replay_schedule sync SEED | FILE
 *
 * A number is a seed of tests/simulated/pipe_schedules.c, region_schedules.c,
 * queue_schedules.c or sync_schedules.c; a file is an input of
 * fuzz_pipe_schedule, fuzz_queue_schedule or fuzz_sync_schedule.
 */
#include "pipe_schedule.h"
#include "queue_schedule.h"
#include "region_schedule.h"
#include "schedules.h"
#include "sync_schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MOST = 65536 };

static void print_shape(const struct shape *shape)
{
	printf("%u messages, sizes %u, sends %u, receives %u, patience %u%s%s%s"
	       "%s%s\n",
	       shape->count, shape->sizes, shape->sends, shape->receives,
	       shape->patience, shape->answers ? ", answers" : "",
	       shape->sender_child ? ", C" : "",
	       shape->receiver_child ? ", D" : "", shape->heir ? ", H" : "",
	       shape->no_fences ? ", no fences" : "");
}

static const char *replay_seed(uint64_t seed)
{
	struct random_schedule random;
	struct shape shape;

	random_schedule(&random, seed);
	shape_from(&shape, random_number(&random.state) >> 10);
	print_shape(&shape);
	return pipe_schedule_run(&shape, &random.schedule);
}

static uint8_t bytes[INPUT_MOST];

static bool read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return false;
	*size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return true;
}

static const char *replay_file(const char *path)
{
	struct byte_schedule own;
	struct shape shape;
	uint64_t bits = 0;
	size_t size;

	if (!read_file(path, &size))
		return "there is no such file";
	memcpy(&bits, bytes, size < 4 ? size : 4);
	shape_from(&shape, bits);
	print_shape(&shape);
	byte_schedule(&own, bytes + 4, size < 4 ? 0 : size - 4);
	return pipe_schedule_run(&shape, &own.schedule);
}

static const char *replay_region(uint64_t seed)
{
	struct random_schedule random;

	random_schedule(&random, seed);
	return region_schedule_run(random_number(&random.state) >> 10,
	                           &random.schedule);
}

static const char *replay_choices(const char *(*run)(struct choices *),
                                  const char *said)
{
	struct choices choices;
	char *end;
	uint64_t seed = strtoull(said, &end, 10);
	size_t size;

	if (!*end) {
		choices_of_seed(&choices, seed);
	} else {
		if (!read_file(said, &size))
			return "there is no such file";
		choices_of_bytes(&choices, bytes, size);
	}
	return run(&choices);
}

static const char *replay(const char *what, const char *said)
{
	char *end;
	uint64_t seed = strtoull(said, &end, 10);

	if (strcmp(what, "queue") == 0)
		return replay_choices(queue_schedule_run, said);
	if (strcmp(what, "sync") == 0)
		return replay_choices(sync_schedule_run, said);
	if (strcmp(what, "region") == 0)
		return replay_region(seed);
	return *end ? replay_file(said) : replay_seed(seed);
}

int main(int argc, char **argv)
{
	const char *wrong;

	if (argc != 2 && (argc != 3 || (strcmp(argv[1], "region") != 0 &&
	                                strcmp(argv[1], "queue") != 0 &&
	                                strcmp(argv[1], "sync") != 0))) {
		fprintf(stderr, "usage: replay_schedule SEED | FILE | "
		                "region SEED | queue SEED | queue FILE | "
		                "sync SEED | sync FILE\n");
		return 2;
	}
	sim_loud = true;
	wrong = replay(argc == 3 ? argv[1] : "", argv[argc - 1]);
	printf("%s\n", wrong ? wrong : "nothing was wrong");
	return wrong != NULL;
}
