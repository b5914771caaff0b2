/* SPDX-License-Identifier: MIT */
/*
 * Every byte of a value or an array, an object of type VALUE or ARRAY.
 *
 *	value                             array
 *	0    +---------------------+      0    +---------------------+
 *	     | lock, type, alarm   |           | lock, type, alarm   |
 *	56   | the number          |           |                     |
 *	64   +---------------------+      64   +---------------------+
 *	     | words of the copies |           | who stores a range  |
 *	128  +---------------------+      128  +---------------------+
 *	     | copies of a record  |           | elements            |
 *	end  +---------------------+      next +---------------------+
 *	                                       | the next ones       |
 *	                                  end  +---------------------+
 *
 * A number, and a record of up to 8 bytes, ends at 64.  All offsets follow from
 * what is written once.  Zeroed memory is a value of zero, but for that.
 */
#ifndef WEIR_SEGMENT_LAYOUT_VALUE_H
#define WEIR_SEGMENT_LAYOUT_VALUE_H

#include "segment/layout_sync.h"

#define COPIES_OFFSET   128
#define COPIES_MOST     8
#define ELEMENTS_OFFSET 128

struct cells_layout {
	/* As a lock begins: see value/guard.h. */
	struct bell_layout bell;
	struct word64 owner;

	/* Read with every change: value/alarm.h. */
	struct word32 changed; /* event of those who wait for a change */
	struct word32 alert;   /* who else has to be told of it: ALERT_... */

	/* Written once. */
	uint32_t typecode;
	uint32_t item_size;
	uint64_t lock; /* the given lock's identity, or LOCK_... */
	uint64_t length;

	/* Of a value: the number; or {sequence, copy} of a record. */
	struct word64 cell;
};

/* value/copies.h */
struct value_layout {
	struct cells_layout cells;
	struct word64 copy[COPIES_MOST];
};

/* value/ranges.h */
struct array_layout {
	struct cells_layout cells;
	struct word64 writer;
	struct word64 first; /* of the range that is being stored, in bytes */
	struct word64 bytes;
	struct word64 changes; /* of elements, while there are snapshots */
	uint64_t reserved[4];
};

#endif
