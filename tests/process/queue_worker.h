/* SPDX-License-Identifier: MIT */
/* What the processes of a queue's storm do, until there is nothing to do. */
#ifndef TESTS_PROCESS_QUEUE_WORKER_H
#define TESTS_PROCESS_QUEUE_WORKER_H

#include "lives.h"
#include "queue_ledger.h"

#include <weir/region.h>

struct worker {
	struct book book;
	pid_t root;
	struct weir_region *region; /* or NULL */
	struct weir_queue *queue;
	bool puts, gets;
	bool doomed; /* it kills itself at some moment, soon */
	uint32_t slot;
	uint64_t random;
	struct life life;
};

/* The name of the queue in its region. */
#define STORM_NAME "storm"

/* Body of a child. */
void worker_run(struct worker *worker);

/* One get; 0, or the code. */
int worker_get(struct worker *worker, int64_t timeout);

/* The next messages, put in some way; some messages, taken in some way. */
int worker_put(struct worker *worker);
int worker_get_somehow(struct worker *worker);

/* True once in `often` times. */
bool worker_chance(struct worker *worker, uint64_t often);

/* How long it may wait. */
int64_t worker_time(struct worker *worker);

/* Time passes with something in hand; false: it has gone. */
bool worker_keep(struct worker *worker, const struct weir_loan *loan,
                 const struct weir_lease *lease);

#endif
