/* SPDX-License-Identifier: MIT */
/* What sending and receiving have in common with messages sent in parts. */
#ifndef WEIR_PIPE_TRANSFER_H
#define WEIR_PIPE_TRANSFER_H

#include "pipe/ends.h"

/*
 * A message this long takes longer to copy than a cache line to travel, so
 * whoever waits for it, or for its room, looks again at once.
 */
enum { BULK = 16384 };

/* The parts of a message that is sent, and how far they were copied. */
struct gather {
	const struct iovec *parts;
	int part;
	size_t offset; /* into that part */
};

/* Copies the next `size` bytes of what is gathered. */
void gather_copy(struct gather *from, void *shared, size_t size);

/*
 * Room for a record of `length`, waiting until the absolute deadline.  0,
 * -ETIMEDOUT, -EPIPE, -EUCLEAN, or SEND_RESTART: the receiver wants the stream
 * from its beginning.  `stream` is what the stream word must stay, or 0.
 */
enum { SEND_RESTART = 1 };
int send_claim(struct weir_pipe *end, uint64_t length, uint64_t stream,
               int64_t deadline, uint64_t *position);

/* Computes what the fast paths may do, from the state of the handle. */
void send_ready(struct weir_pipe *end);
void receive_ready(struct weir_pipe *end);

/* Publishes, and wakes a receiver that sleeps. */
static inline void send_record(struct weir_pipe *end, uint64_t position,
                               enum record_kind kind, uint64_t length)
{
	ring_publish(&end->out, position, kind, length);
	wait_wake(&end->out.shared->data);
}

/* Everything before `head` is received; tells the sender when it is due. */
static inline void receive_done(struct weir_pipe *end, uint64_t head)
{
	ring_consume(&end->in, head);
	if (ring_due(&end->in, head)) {
		ring_tell(&end->in, head);
		wait_wake(&end->in.shared->room);
	}
}

/*
 * The first record at or behind head that begins a message that is whole or
 * still coming: 1 and *record, 0 and record->position (where it will be),
 * -EUCLEAN.  Steps over what a broken off stream left; changes nothing.
 */
int receive_find(const struct weir_pipe *end, struct record *record);

/* Waits for data, looking with `eyes`, which has looked in vain already. */
int receive_wait(struct weir_pipe *end, wait_look eyes, void *subject,
                 int64_t deadline);

#endif
