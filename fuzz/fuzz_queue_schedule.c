/* SPDX-License-Identifier: MIT */
/*
 * A queue under the schedule that the input says: queue_schedule.h has what
 * happens, choices.h how bytes are read.
 */
#include "queue_schedule.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices;
	const char *wrong;

	choices_of_bytes(&choices, data, size);
	wrong = queue_schedule_run(&choices);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
	return 0;
}
