/* SPDX-License-Identifier: MIT */
/*
 * Courses of a pipe, under the schedule that the input says: courses.h has
 * what they do, choices.h how bytes are read.
 */
#include "courses.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices;
	const char *wrong;

	choices_of_bytes(&choices, data, size);
	wrong = course_run(&choices);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
	return 0;
}
