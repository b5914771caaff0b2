/* SPDX-License-Identifier: MIT */
/* What one process knows of one end of a pipe. */
#ifndef WEIR_PIPE_HANDLE_H
#define WEIR_PIPE_HANDLE_H

#include "region/directory.h"
#include "rings/records.h"
#include "segment/segment.h"
#include "waiting/wait.h"
#include "weir/pipe.h"

struct weir_pipe {
	/* Found valid once; nothing here is read from shared memory again. */
	struct ring out; /* size 0: this end does not send */
	struct ring in;  /* size 0: this end does not receive */
	struct word32 *own_word;
	struct word32 *peer_word;
	struct pipe_layout *shared;
	int side;
	int hold_fd;  /* holds the lock byte of this end */
	int probe_fd; /* never holds the peer's, so that it can ask for it */
	int64_t locks;
	bool draining;          /* opened to receive what a dead holder left */
	struct segment segment; /* of its own; base NULL in a region */
	const struct segment *home; /* that one, or the region's */
	struct weir_region *region; /* or NULL */
	uint32_t entry;             /* there */

	/*
	 * What the fast paths may take: messages of less than send_limit bytes,
	 * and any message if receive_fast.  Written only by the side that reads
	 * it.
	 */
	uint64_t send_limit;
	bool receive_fast;
	bool bulk; /* the last message received was a long one */

	/* Hints, shared by the threads that use this handle. */
	struct word32 peer_seen; /* *peer_word as of the last proof of life */
	struct word64 proved;    /* when that was, in nanoseconds */
	struct patience data_patience;
	struct patience room_patience;
	struct word32
		sends_seen; /* pipe_thread_sends at the last wait for data */
	struct word64 waited_at; /* head at that time */

	/* An open reserve and an open peek; each is one thread's. */
	uint64_t reserved_at;
	uint64_t reserved; /* bytes */
	bool reserving;
	bool peeking;
	struct record peeked;
};

_Static_assert(sizeof(struct weir_pipe) <= 1024, "a handle is small");

/* How often this thread has sent, on any pipe: does it await an answer? */
extern __thread uint32_t pipe_thread_sends;

#endif
