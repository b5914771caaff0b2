/* SPDX-License-Identifier: MIT */
/*
 * Stream: a message too large for one record goes through the ring in parts.
 *
 *	FIRST {total, attempt} bytes | PART bytes | PART bytes | ...
 *
 * Parts follow each other directly, so whatever else follows a FIRST too early
 * says that the attempt was broken off.  The word `stream` of the ring holds
 * {attempt, phase} and settles what the records cannot:
 *
 *	sender                               receiver
 *	------                               --------
 *	attempt + 1, OPEN                    begun = attempt
 *	FIRST, PART, ..., last PART          takes FIRST, PART, ...
 *	CAS OPEN -> FINISHED: sent           gives up: CAS OPEN -> RESTART
 *	  failed: begin again                  failed, FINISHED: all is in the
 *	gives up: IDLE                         ring, so go on without waiting
 *
 * So a receiver that runs out of time half-way asks for the message again, and
 * gets all of it by a later call; the sender cannot have returned, for only one
 * of the two CASes succeeds.  `begun` tells the next receiver of this end that
 * the one before it died half-way, which then asks in its place.
 */
#ifndef WEIR_PIPE_STREAM_H
#define WEIR_PIPE_STREAM_H

#include "pipe/transfer.h"

/* How a receiver that began a stream waits on for parts that keep coming. */
#define STREAM_GRACE WEIR_MS(10)

enum stream_phase {
	STREAM_IDLE = 0,
	STREAM_OPEN = 1,
	STREAM_FINISHED = 2,
	STREAM_RESTART = 3
};

/* Sends all that is gathered, `total` bytes.  Codes as send_claim. */
int stream_send(struct weir_pipe *end, const struct iovec *parts,
                uint64_t total, int64_t deadline);

/* True if what this FIRST begins is whole in the ring or still being sent. */
bool stream_alive(const struct weir_pipe *end, const struct record *first);

/* Size of the message that this FIRST begins, or -EUCLEAN. */
ssize_t stream_total(const struct record *first);

/*
 * Receives the message that `first` begins.  Its size, -ECANCELED it was broken
 * off: look for the next message, or as for recv.
 */
ssize_t stream_receive(struct weir_pipe *end, const struct record *first,
                       void *buffer, size_t capacity, int64_t deadline);

/* If an earlier receiver died half-way through a stream, asks for it again. */
void stream_settle(struct weir_pipe *end);

#endif
