/* SPDX-License-Identifier: MIT */
/* Both ends of a pipe, while a peer scribbles (fuzz/peer.h). */
#include "peer.h"
#include "pipe/handle.h"

#include <errno.h>
#include <stdlib.h>

enum { SIMPLEX = 1, UNPAIRED = 2, OPENS = 240 };

static size_t place(const unsigned char *segment, size_t size, uint16_t which)
{
	return hostile_place(segment, size, (uint8_t)which);
}

/* Closes the end, or opens it from the other one's descriptor. */
static void close_or_open(struct weir_pipe *ends[2], int which)
{
	static const int codes[] = { EBUSY,  EPIPE,  EPROTO, EUCLEAN,
		                     EACCES, ENOMEM, EINVAL, 0 };

	if (ends[which]) {
		weir_pipe_close(ends[which]);
		ends[which] = NULL;
	} else if (ends[!which]) {
		must_promise("open_fd",
		             weir_pipe_open_fd(&ends[which],
		                               weir_pipe_fd(ends[!which])),
		             codes);
	}
}

static void begin(struct weir_pipe *ends[2], uint64_t kind)
{
	struct weir_pipe_options options = {
		.size = FUZZ_RING,
		.simplex = kind & SIMPLEX,
	};
	int code = kind & UNPAIRED ? weir_pipe_create(&ends[0], NULL, &options)
	                           : weir_pipe_pair(ends, &options);

	if (code < 0)
		abort();
	peer_comes(ends[0]->segment.base, ends[0]->segment.size);
}

static void victim(void *argument)
{
	struct weir_pipe *ends[2] = { NULL, NULL };
	struct input *calls = argument;

	begin(ends, input_take(calls, 1));
	while (calls->left > 0 && peer_allows()) {
		uint8_t who = (uint8_t)input_take(calls, 1);

		if (who >= OPENS)
			close_or_open(ends, who & 1);
		else if (ends[who & 1])
			call_something(ends[who & 1], calls);
	}
	for (int i = 0; i < 2; i++) {
		peer_allows();
		weir_pipe_close(ends[i]);
	}
	peer_goes();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* For 10000 tries to lock, or a look at every record of a ring for
	   every record of it. */
	static const struct peer_kind kind = { 400000, 800000, 1, place,
		                               hostile_word };

	peer_run(data, size, &kind, victim);
	return 0;
}
