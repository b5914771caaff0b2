/* SPDX-License-Identifier: MIT */
/*
 * One way to hand messages from some processes to others, and back.
 *
 * A peer brings whole loops instead of a send and a receive, so that what a
 * program would inline is inlined here too: see peer_loops.h, which makes them
 * of a send and a receive.
 *
 * The messages that one sender sends in a run are numbered from its `first`.  A
 * message starts and ends with its number.  A receiving loop fails when one is
 * missing, or, where messages of many senders come in any order, adds the
 * numbers up for others to see whether all came.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MESSAGE_MAX = 65536 };

enum side { SENDER, RECEIVER };

/* What a receiver has got so far, of messages that come in any order. */
struct tally {
	uint64_t count; /* atomic; others look at it while it grows */
	uint64_t sum;   /* of the numbers */
};

/* Which messages; `stamps` takes the time after every `every` of them. */
struct run {
	size_t size;
	uint64_t first;
	uint64_t count;
	uint64_t every;
	uint64_t *stamps;
	struct tally *tally; /* NULL: they come in order */
};

/* An open connection, made before fork. */
struct link {
	void *port[2]; /* each side's way to send and to receive */
	size_t depth;  /* about how many messages may be under way */
	void *memory;  /* the peer's own */
	size_t length;
};

struct peer {
	const char *name;
	/* What the peer makes of it; see its file. */
	size_t parameter;
	/* -EMSGSIZE: not made for this size. */
	int (*open)(const struct peer *peer, struct link *link, size_t size);
	/* What the side that does not hold this port no longer needs. */
	void (*drop)(void *port);
	void (*close)(struct link *link);

	/* One way, as fast as it goes.  Return 0 or -errno. */
	int (*produce)(void *port, const struct run *run);
	int (*consume)(void *port, const struct run *run);

	/* There and back.  May be NULL, as may the two above. */
	int (*ping)(void *port, const struct run *run);
	int (*pong)(void *port, const struct run *run);

	/* The sides are threads of one process. */
	bool threads;
	/* One side each, no more. */
	bool single;

	/*
	 * Instead of produce and consume, for what has processes of its own:
	 * so many pairs of them send and receive for `length` nanoseconds.
	 * Takes the messages a second.
	 */
	int (*one_way)(size_t size, unsigned pairs, uint64_t length,
	               double *per_second);
};

/* Each ends with an entry that has no name. */
extern const struct peer weir_peers[];
extern const struct peer ck_ring_peers[];
extern const struct peer rte_ring_peers[];
extern const struct peer boost_peers[];
extern const struct peer stream_peers[];
extern const struct peer mq_peers[];
extern const struct peer line_peers[];
extern const struct peer counted_peers[]; /* only for event_count.c */

/* Queues that many may put into and get from. */
extern const struct peer weir_queue_peers[];
extern const struct peer weir_in_place_peers[];
extern const struct peer weir_member_peers[]; /* for queue_members.c */
extern const struct peer vyukov_peers[];
extern const struct peer ck_ring_mpmc_peers[];
extern const struct peer rte_ring_mpmc_peers[];
extern const struct peer rte_ring_rts_peers[];
extern const struct peer moodycamel_peers[];
extern const struct peer boost_queue_peers[];
extern const struct peer boost_message_queue_peers[];
extern const struct peer zeromq_peers[];
extern const struct peer python_peers[];

/* All that this program measures: peers.c, queue_peers.c. */
extern const struct peer *const all_peers[];
extern const size_t all_peers_count;

#ifdef __cplusplus
}
#endif

#endif
