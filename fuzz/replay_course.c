/* SPDX-License-Identifier: MIT */
/*
 * Prints a course of a pipe step by step: who, what, where.
 *
 * usage: replay_course SEED|FILE
 *
 * A number is a seed of tests/simulated/pipe_courses.c; a file is an input of
 * fuzz_pipe_courses.
 */
#include "courses.h"

#include <stdio.h>
#include <stdlib.h>

enum { INPUT_MOST = 65536 };

static uint8_t bytes[INPUT_MOST];

static bool choose_as(const char *said, struct choices *choices)
{
	char *end;
	uint64_t seed = strtoull(said, &end, 10);
	FILE *file;

	if (*said && !*end) {
		choices_of_seed(choices, seed);
		return true;
	}
	file = fopen(said, "rb");
	if (!file)
		return false;
	choices_of_bytes(choices, bytes, fread(bytes, 1, sizeof(bytes), file));
	fclose(file);
	return true;
}

int main(int argc, char **argv)
{
	struct choices choices;
	const char *wrong;

	if (argc != 2) {
		fprintf(stderr, "usage: replay_course SEED|FILE\n");
		return 2;
	}
	if (!choose_as(argv[1], &choices)) {
		perror(argv[1]);
		return 2;
	}
	sim_loud = true;
	wrong = course_run(&choices);
	printf("%s\n", wrong ? wrong : "nothing was wrong");
	return wrong != NULL;
}
