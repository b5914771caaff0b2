/* SPDX-License-Identifier: MIT */
/*
 * Every byte that processes share.
 *
 *	segment of one pipe              object of type PIPE (here: at 128)
 *	0    +------------------+        0    +--------------------------+
 *	     | identity         |             | geometry                 |
 *	128  +------------------+        128  +--------------------------+
 *	     | pipe             |             | ends                     |
 *	     |                  |        256  +--------------------------+
 *	     |                  |             | ring 0: four lines       |
 *	     |                  |        768  +--------------------------+
 *	     |                  |             | ring 1: four lines       |
 *	     |                  |        1280 +--------------------------+
 *	     |                  |             | bytes of ring 0          |
 *	     |                  |             +--------------------------+
 *	     |                  |             | bytes of ring 1 (duplex) |
 *	size +------------------+             +--------------------------+
 *
 * Ring i carries what end i receives.  The layout is ABI: fixed widths, offsets
 * instead of pointers, the same for 32- and 64-bit builds; every offset is
 * asserted in layout.c.  Nothing here names a process, a thread or a time.
 *
 * Words that different processes write stand CACHE_LINE apart.  128 and not 64:
 * processors fetch lines in adjacent pairs, and some have lines of 128.
 */
#ifndef WEIR_SEGMENT_LAYOUT_H
#define WEIR_SEGMENT_LAYOUT_H

#include "doors/atomics.h"

#define CACHE_LINE     128
#define LAYOUT_MAGIC   UINT64_C(0x0a1a726965770a89) /* \x89 \n weir ^Z \n */
#define LAYOUT_VERSION 1
#define LAYOUT_ORDER   UINT32_C(0x01020304)
#define PIPE_OFFSET    128
#define RING_SMALLEST  4096
#define RING_LARGEST   (UINT64_C(1) << 40)

enum object_type {
	OBJECT_PIPE = 1,
	OBJECT_REGION = 2,
	OBJECT_QUEUE = 3,
	OBJECT_VALUE = 4,
	OBJECT_ARRAY = 5,
	OBJECT_SEMAPHORE = 6,
	OBJECT_LOCK = 7,
	OBJECT_RLOCK = 8,
	OBJECT_EVENT = 9,
	OBJECT_CONDITION = 10,
	OBJECT_BARRIER = 11
};

/* Written before the segment has a name, never after. */
struct segment_identity {
	uint64_t magic;
	uint32_t version;
	uint32_t order;
	uint64_t size; /* of the file, when it was made */
	uint32_t type;
	uint32_t mode; /* permission bits that its creator asked for */
	uint32_t reserved[24];
};

struct segment_layout {
	struct segment_identity identity;
};

/*
 * One direction of a pipe.  See rings/records.h for the protocol.
 * Positions count bytes and run freely; position p is byte p & (size - 1).
 */
struct ring_layout {
	/* Written by the sender. */
	struct word64 tail __attribute__((aligned(CACHE_LINE)));
	struct word64 limit; /* hint: how far a head that was seen lets it go */

	/* Written by the receiver, read by the sender when it lacks room. */
	struct word64 head __attribute__((aligned(CACHE_LINE)));
	struct word64 begun; /* stream whose first part was taken, or 0 */

	/* Written by the receiver now and then, read by every send: a head for
	   the sender, and the event that a receiver sleeps on. */
	struct word64 published __attribute__((aligned(CACHE_LINE)));
	struct word32 data;

	/* Written by both sides, seldom: the state of a message that is sent in
	   parts (pipe/stream.c), and the event that a sender sleeps on. */
	struct word64 stream __attribute__((aligned(CACHE_LINE)));
	struct word32 room;
};

struct pipe_layout {
	/* Written once. */
	uint64_t ring_size __attribute__((aligned(CACHE_LINE)));
	uint32_t rings;    /* 1 simplex, 2 duplex */
	uint32_t unpaired; /* 1: anonymous, its second end opened from its fd */

	/* Who holds the ends (pipe/ends.h).  Read by every send. */
	struct word32 end[2] __attribute__((aligned(CACHE_LINE)));
	/* Hint: 1 + the only CPU that who waited last at this end may use. */
	struct word32 only_cpu[2];

	struct ring_layout ring[2];
};

/*
 * Lock bytes (doors/locks.h), far behind every byte of the file.
 *
 * Holding end `side` of the object number n (0 in a segment of its own) is a
 * shared lock of LOCK_ENDS + side * LOCK_SIDE + n.  So the ends of one side
 * that a process holds of objects in a row are one range to the kernel, and ten
 * thousand of them cost it no more than one.  LOCK_USE takes the place of a
 * side for whoever uses an object that has no ends, or looks into one without
 * holding an end.
 *
 * LOCK_MEMBERS + i is locked exclusively by member i of a region.
 */
#define LOCK_MEMBERS (INT64_C(1) << 59)
#define LOCK_ENDS    (INT64_C(1) << 60)
#define LOCK_SIDE    (INT64_C(1) << 32)
#define LOCK_USE     2
#define LOCK_REPLACE (INT64_C(1) << 61)

#endif
