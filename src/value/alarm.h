/* SPDX-License-Identifier: MIT */
/*
 * Alarm: the two words that everybody looks at who has changed a cell, after
 * the change and with a light fence between (weir_cells_alarmed in weir/cell.h
 * is the program's own half of it).
 *
 *	changed   event of those who wait for a change: waiting/wait.h
 *	alert     31       9 8      1 0
 *	          |  epoch  | count  | 1: somebody cannot be reached by
 *	                               fence_others, so there is more to do
 *
 * `count` snapshots are being taken.  The epoch moves on whenever it falls to
 * 0, so who finds the epoch in which he began knows that it never did since:
 *
 *	snapshot (value/snapshot.c)      change
 *	---------------------------      ------
 *	A  alert: count + 1              D  change the cell
 *	   fence_others                     fence_light
 *	B  seen = changes                E  if alert counts: changes + 1,
 *	   read all elements                then hold still until it does not
 *	C  the same changes, epoch?
 *
 * So no change of those that are made after A remains uncounted, but those
 * whose makers are between D and E, one a thread; they have not returned, so
 * each may be before the snapshot or after it.
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
	ALERT_COUNT = 0x1fe,
	ALERT_EPOCH_AT = 9
};

/* This process cannot be reached by fence_others. */
void alarm_unfenced(struct cells_layout *shared);

/* A: 0 with the epoch, or -EAGAIN too many at once. */
int alarm_begin(struct cells_layout *shared, uint32_t *epoch);

/* C: nobody missed to count since it began. */
bool alarm_stands(const struct cells_layout *shared, uint32_t epoch);
void alarm_end(struct cells_layout *shared, uint32_t epoch);

/* E, of elements of `bytes` bytes together. */
void alarm_changed(struct array_layout *shared, uint64_t bytes);

#endif
