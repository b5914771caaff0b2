/* SPDX-License-Identifier: MIT */
/*
 * Alarm: the two words that everybody looks at who has changed a cell, after
 * the change and with a light fence between (weir_cells_alarmed in weir/cell.h
 * is the program's own half of it).
 *
 *	changed   event of those who wait for a change: waiting/wait.h
 *	alert     31     9     8      7     1     0
 *	          | epoch | standing | count | unfenced |
 *
 * `unfenced`: somebody cannot be reached by fence_others, so there is more to do.
 *
 * `count` snapshots are being taken.  The epoch moves on whenever it falls to
 * 0, so who finds the epoch in which he began knows that it never did since:
 *
 *	snapshot (value/snapshot.c)      change
 *	---------------------------      ------
 *	A  alert: count + 1              D  change the cell
 *	   unless it was standing:          fence_light
 *	     fence_others                E  if alert counts or stands:
 *	     alert: standing                  changes + 1
 *	B  seen = changes                   then, while it counts, hold still
 *	   read all elements
 *	C  the same changes, epoch?
 *
 * So no change of those that are made after A remains uncounted, but those
 * whose makers are between D and E, one a thread; they have not returned, so
 * each may be before the snapshot or after it.
 *
 * An alarm that stands does so when nobody takes a snapshot, too: the alert is
 * not 0 from before a fence on, so every change after that fence is counted, and
 * the next snapshot needs none; a fence is by far the dearest of all this.  Now
 * and then a change ends it, if there is no snapshot just then.
 *
 * A snapshot that died leaves its count.  Who has held still for long enough
 * takes all counts back; who is not dead begins anew.
 */
#ifndef WEIR_VALUE_ALARM_H
#define WEIR_VALUE_ALARM_H

#include "segment/layout_value.h"

enum {
	ALERT_UNFENCED = 1,
	ALERT_ONE = 2,
	ALERT_COUNT = 0xfe,
	ALERT_STANDING = 0x100,
	ALERT_EPOCH_AT = 9
};

/* This process cannot be reached by fence_others. */
void alarm_unfenced(struct cells_layout *shared);

/* The alarm ends with a change whose number is a multiple of this. */
enum { ALARM_STANDS_FOR = 2048 };

/* A, its first step: with the epoch, 0, 1 it was standing, or -EAGAIN too many
   at once. */
int alarm_begin(struct cells_layout *shared, uint32_t *epoch);

/* A, its last step, after fence_others. */
void alarm_stand(struct cells_layout *shared, uint32_t epoch);

/* C: nobody missed to count since it began. */
bool alarm_stands(const struct cells_layout *shared, uint32_t epoch);
void alarm_end(struct cells_layout *shared, uint32_t epoch);

/* E, of elements of `bytes` bytes together. */
void alarm_changed(struct array_layout *shared, uint64_t bytes);

/* The same for a store that has a number of its own (value/ranges.h): only so
   that snapshots come to an end. */
void alarm_stored(struct array_layout *shared, uint64_t bytes);

#endif
