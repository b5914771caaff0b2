/* SPDX-License-Identifier: MIT */
/* A queue, opened twice, while a peer scribbles (fuzz/peer.h). */
#include "peer.h"
#include "queue/handle.h"
#include "queue_calls.h"
#include "sim/sim.h"

enum { USED = 16, NO_PAIRS = 32, OPENS = 240 };

static void close_or_open(struct queue_user *user, int handle)
{
	if (user->queue[handle])
		queue_leave(user, handle);
	else if (user->queue[!handle] || user->region)
		queue_open_again(user, handle,
		                 weir_queue_fd(user->queue[!handle]));
}

static void victim(void *argument)
{
	struct input *calls = argument;
	struct queue_user user;
	const struct segment *segment;
	uint8_t kind = (uint8_t)input_take(calls, 1);

	sim_pairs = !(kind & NO_PAIRS);
	queue_begin(&user, kind);
	if (kind & USED)
		queue_use(&user);
	segment = &user.queue[0]->home.region->segment;
	peer_comes(segment->base, segment->size);
	while (calls->left > 0 && peer_allows()) {
		uint8_t who = (uint8_t)input_take(calls, 1);

		if (who >= OPENS)
			close_or_open(&user, who & 1);
		else
			queue_call(&user, who & 1, calls);
	}
	for (int i = 0; i < FUZZ_QUEUES; i++) {
		peer_allows();
		queue_leave(&user, i);
	}
	peer_allows();
	weir_region_close(user.region);
	peer_goes();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* For CONTEST_TRIES to put or to get, eight times before it looks at
	   the clock. */
	static const struct peer_kind kind = { 20000000, 500000, 2, queue_place,
		                               queue_word };

	peer_run(data, size, &kind, victim);
	return 0;
}
