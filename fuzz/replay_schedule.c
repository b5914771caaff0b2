/* SPDX-License-Identifier: MIT */
/*
 * Prints a schedule step by step: who, what, where.
 *
 * usage: replay_schedule SEED | replay_schedule FILE
 *        replay_schedule region SEED
 *
 * A number is a seed of tests/simulated/pipe_schedules.c, or region_schedules.c;
 * a file is an input of fuzz_pipe_schedule.
 */
#include "pipe_schedule.h"
#include "region_schedule.h"
#include "schedules.h"

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

static const char *replay_file(const char *path)
{
	static uint8_t bytes[INPUT_MOST];
	FILE *file = fopen(path, "rb");
	struct byte_schedule own;
	struct shape shape;
	uint64_t bits = 0;
	size_t size;

	if (!file)
		return "there is no such file";
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
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

int main(int argc, char **argv)
{
	bool region = argc == 3 && strcmp(argv[1], "region") == 0;
	const char *wrong;
	char *end;
	uint64_t seed;

	if (argc != 2 && !region) {
		fprintf(stderr,
		        "usage: replay_schedule SEED | FILE | region SEED\n");
		return 2;
	}
	sim_loud = true;
	seed = strtoull(argv[argc - 1], &end, 10);
	if (region)
		wrong = replay_region(seed);
	else
		wrong = *end ? replay_file(argv[1]) : replay_seed(seed);
	printf("%s\n", wrong ? wrong : "nothing was wrong");
	return wrong != NULL;
}
