/* SPDX-License-Identifier: MIT */
/*
 * A lock, a semaphore, an event, a condition, a barrier, a value or an array,
 * opened twice, while a peer scribbles (fuzz/peer.h).
 */
#include "peer.h"
#include "sim/sim.h"
#include "sync_calls.h"

enum { OPENS = 240, SLEEPS_MOST = 200, POINTS_MOST = 2000000 };

static int sleeps, points;
static void (*peer_watches)(void);

/*
 * Of a wait at a condition the end depends on whoever has its lock, who may
 * keep it for ever.  So in the end it is let go: when it has slept so often, or
 * been kept from sleeping for so long.
 */
static void let_go(void)
{
	peer_rests();
	sync_let_go();
}

static void fall_asleep(void)
{
	if (++sleeps >= SLEEPS_MOST)
		let_go();
}

static void watch(void)
{
	peer_watches();
	if (sync_at_condition && ++points >= POINTS_MOST)
		let_go();
}

static void close_or_open(struct sync_user *user, int handle)
{
	if (user->handle[handle].any)
		sync_leave(user, handle);
	else
		sync_open_again(user, handle);
}

static void go_on(struct sync_user *user, struct input *calls)
{
	uint8_t who = (uint8_t)input_take(calls, 1);

	sleeps = points = 0;
	if (who >= OPENS)
		close_or_open(user, who & 1);
	else
		sync_call(user, who & 1, calls);
}

static void victim(void *argument)
{
	struct input *calls = argument;
	struct sync_user user;
	unsigned char *segment;
	size_t size;

	sim_asleep = fall_asleep;
	peer_watches = sim_watch;
	sim_watch = watch;
	sim_sparse = true;
	sync_begin(&user, (uint8_t)input_take(calls, 1));
	segment = sync_segment(&size);
	peer_comes(segment, size);
	while (calls->left > 0 && peer_allows())
		go_on(&user, calls);
	for (int i = 0; i < 2; i++) {
		peer_allows();
		sync_leave(&user, i);
	}
	peer_allows();
	sync_end(&user);
	peer_goes();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* For 2000 readings of an array, each with 1000 tries to begin and to
	   end it. */
	static const struct peer_kind kind = { 20000000, 500000, 2, sync_place,
		                               sync_word };

	peer_run(data, size, &kind, victim);
	return 0;
}
