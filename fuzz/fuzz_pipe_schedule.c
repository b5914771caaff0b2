/* SPDX-License-Identifier: MIT */
/*
 * The pipe under a schedule that the input chooses: four bytes of shape
 * (pipe_schedule.h), then three for each event (schedules.h).  To see what an
 * input does: replay_schedule FILE.
 */
#include "pipe_schedule.h"
#include "schedules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_schedule own;
	struct shape shape;
	uint64_t bits = 0;
	const char *wrong;

	if (size < 4)
		return 0;
	memcpy(&bits, data, 4);
	shape_from(&shape, bits);
	byte_schedule(&own, data + 4, size - 4);
	wrong = pipe_schedule_run(&shape, &own.schedule);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
	return 0;
}
