/* SPDX-License-Identifier: MIT */
/*
 * A pipe under a schedule: who takes part, and the oracle that watches.
 *
 *	R creates the pipe and receives; S opens it and sends numbered messages.
 *	C, a forked child of S, goes on sending when S is gone.
 *	D, a forked child of R, goes on receiving when R is gone.
 *	H opens the receiving end by its name when its holders are gone.
 *
 * Checked: each message is whole, in order, once; what was sent to who lived is
 * received; end of file only when no sender is left, -EPIPE only when no
 * receiver is; a sleeper is woken, not saved by its slice; a call that may not
 * wait ends within a number of its own steps; end of file comes within 200 ms.
 */
#ifndef FUZZ_PIPE_SCHEDULE_H
#define FUZZ_PIPE_SCHEDULE_H

#include "sim/sim.h"

/* What the actors do; made of the bits of a number, so that it can be printed. */
struct shape {
	uint32_t count;    /* messages, 1 to 8 */
	uint32_t sizes;    /* which sequence of sizes */
	uint32_t sends;    /* send, sendv, reserve and commit, in turn from */
	uint32_t receives; /* recv, peek and release, next_size, poll, from */
	uint32_t patience; /* of both: for ever, a while, none */
	bool answers;      /* R answers each message, S waits for the answer */
	bool sender_child, receiver_child, heir;
	bool no_fences; /* this kernel cannot reach the others */
};

void shape_from(struct shape *shape, uint64_t bits);

/* NULL, or what was wrong; the text stays until the next run. */
const char *pipe_schedule_run(const struct shape *shape,
                              struct sim_schedule *schedule);

/* After how many points of the last run both ends were open. */
uint64_t pipe_schedule_begun(void);

#endif
