/* SPDX-License-Identifier: MIT */
#include "sync/bell.h"

int bell_ring_slow(struct word32 *event, int count)
{
	fence_full();
	/* Relaxed: after the fence, which pairs with fence_others of wait.h. */
	if (!(load32_relaxed(event) & EVENT_SLEEPING))
		return 0;
	return count == RING_ALL ? wait_wake_slow(event)
	                         : wait_wake_some(event, count);
}

int bell_await(struct sync *sync, struct bell_layout *bell,
               struct word32 *event, const struct waiting *waiting,
               int64_t timeout)
{
	/* Everybody here is of the same kind, so the hint is the CPU of who
	   waited before. */
	uint32_t before = load32_relaxed(&bell->only_cpu);
	struct word32 own = { before };
	struct vigil vigil = {
		.home = &sync->home,
		.recovered_at = &sync->recovered_at,
		.attempt = waiting->attempt,
		.recover = waiting->recover,
		.call = waiting->call,
		.wait = { .event = event,
		          .patience = &sync->home.patience,
		          .slice = waiting->slice,
		          .lead = LEAD_SHORT,
		          .only_cpu = &own,
		          .other_cpu = &bell->only_cpu },
	};
	int code = vigil_keep(&vigil, timeout);

	if (load32_relaxed(&own) != before)
		store32_relaxed(&bell->only_cpu, load32_relaxed(&own));
	return code;
}
