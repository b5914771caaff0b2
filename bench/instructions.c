/* SPDX-License-Identifier: MIT */
/*
 * instructions COUNT
 *
 * Sends and receives COUNT messages of 8 bytes in one process, for callgrind to
 * count the instructions: the difference between two runs is free of what
 * starting costs.
 */
#include <stdio.h>
#include <stdlib.h>

#include <weir/pipe.h>

static int pass(struct weir_pipe *ends[2], uint64_t number)
{
	uint64_t received = 0;
	int result =
		weir_pipe_send(ends[1], &number, sizeof(number), WEIR_FOREVER);

	if (result < 0)
		return result;
	if (weir_pipe_recv(ends[0], &received, sizeof(received),
	                   WEIR_FOREVER) != sizeof(received))
		return -1;
	return received == number ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct weir_pipe *ends[2];
	unsigned long count;

	if (argc != 2) {
		fprintf(stderr, "usage: %s COUNT\n", argv[0]);
		return 2;
	}
	count = strtoul(argv[1], NULL, 10);
	if (weir_pipe_pair(ends, NULL) < 0)
		return 1;
	for (unsigned long i = 0; i < count; i++) {
		if (pass(ends, i) < 0)
			return 1;
	}
	weir_pipe_close(ends[0]);
	weir_pipe_close(ends[1]);
	return 0;
}
