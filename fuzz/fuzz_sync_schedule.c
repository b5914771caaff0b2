/* SPDX-License-Identifier: MIT */
/*
 * Something to wait at, a value or an array under the schedule that the input
 * says: sync_schedule.h has what happens, choices.h how bytes are read.
 */
#include "sync_schedule.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices;
	const char *wrong;

	choices_of_bytes(&choices, data, size);
	wrong = sync_schedule_run(&choices);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
	return 0;
}
