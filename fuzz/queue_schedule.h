/* SPDX-License-Identifier: MIT */
/*
 * A queue under a schedule: who takes part, and what they do.
 *
 * Workers share one small queue, in a segment of its own or in a region.  Each
 * makes some calls of all kinds, as the choices say; some of them fork, close
 * the queue and open it again, end without closing it, are stopped, or killed.
 * When all are gone, a survivor opens the queue, takes what is left, and looks
 * whether it is as good as new; if he is killed, there is another one.
 *
 * What must hold: queue_ledger.h, queue_history.h, queue_census.h.
 */
#ifndef FUZZ_QUEUE_SCHEDULE_H
#define FUZZ_QUEUE_SCHEDULE_H

#include "choices.h"

enum queue_act {
	ACT_NOTHING,
	ACT_PUT,
	ACT_PUT_MANY,
	ACT_RESERVE,
	ACT_GET,
	ACT_GET_MANY,
	ACT_GET_SHORT, /* into a buffer that may be too small */
	ACT_LEASE,
	ACT_END_LEASE,
	ACT_GIVE_BACK,
	ACT_TASK_DONE,
	ACT_JOIN,
	ACT_COUNT,
	ACT_SHUTDOWN,
	ACT_SHUTDOWN_NOW,
	ACT_REOPEN,
	ACT_FORK,
	ACT_LAP, /* so many messages pass that each cell has another lap */
	ACT_REST,
	ACTS
};

enum queue_blocks { BLOCKS_TINY, BLOCKS_GROUPED, BLOCKS_LARGE };

enum queue_where {
	START_FIRST,
	START_32,
	START_40,
	START_38,
	START_43,
	STARTS
};

/* One block, and each message is of another size than the one before. */
enum { SIZES_IN_TURN = 4 };

enum { QUEUE_WORKERS = 4, QUEUE_TURNS = 4 };

struct queue_shape {
	int capacity;
	int blocks;
	int kind; /* of blocks: BLOCKS_... */
	int in_region;
	int start;      /* queue_where */
	int before;     /* so many messages before that */
	int single;     /* 0 nobody, 1 everybody, 2 every other one */
	int deliveries; /* max_deliveries */
	int shuts;      /* whether somebody may shut it down */
	int sizes;      /* 0 all, 1 in cells, 2 one block, 3 chains, or */
	int patience;   /* 0 mixed, 1 nobody waits, 2 everybody does */
	int workers;
	int turns;
	bool exits; /* nobody closes the queue */
	bool lazy;  /* stores wait from the beginning */
	bool late;
	bool one_cpu;
	bool no_fences;
	int64_t exit_takes;
	/* What each worker does; all ACT_NOTHING: as the choices say. */
	uint8_t acts[QUEUE_WORKERS][QUEUE_TURNS];
};

/* NULL, or what was wrong; the text stays until the next run. */
const char *queue_schedule_run(struct choices *choices);

/* The same where the choices are 0, of this shape and under any schedule. */
const char *queue_schedule_run_plain(const struct queue_shape *shape,
                                     struct sim_schedule *schedule);

/* After how many points of the last run all workers were gone. */
uint64_t queue_schedule_left(void);

#endif
