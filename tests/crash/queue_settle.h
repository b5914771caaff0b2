/* SPDX-License-Identifier: MIT */
/*
 * After a death at a queue: everybody who is left goes on, and every promise is
 * checked.
 */
#ifndef TESTS_CRASH_QUEUE_SETTLE_H
#define TESTS_CRASH_QUEUE_SETTLE_H

#include "crash/queue_world.h"

/* How those who are left go on. */
enum queue_way {
	BY_LEASE, /* recovery first; who joins leases everything */
	BY_GET,   /* the survivor fills the queue, then gets; no recovery yet */
	BY_MANY,  /* who joins gets several at once */
	BY_END,   /* the queue is shut down, and what is in it is dropped */
	QUEUE_WAYS
};

/* NULL, or what is wrong.  Ends the world.  BY_LEASE finds out the stages. */
const char *queue_settle(struct queue_world *world, enum queue_way way);

#endif
