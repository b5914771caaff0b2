/* SPDX-License-Identifier: MIT */
/*
 * Every byte of the objects that processes wait at: locks, semaphores, events,
 * conditions and barriers.  Each begins with the bell that its waiters sleep
 * at, and zeroed memory is a new one, but for what is written once.
 *
 * A lock is 64 bytes, in one line, for its owner has to fetch that only: who
 * releases it writes the owner word and looks at the bell.
 */
#ifndef WEIR_SEGMENT_LAYOUT_SYNC_H
#define WEIR_SEGMENT_LAYOUT_SYNC_H

#include "segment/layout_region.h"

/* sync/bell.h */
struct bell_layout {
	struct word32 event;
	struct word32 only_cpu; /* hint: of who waited last */
	struct word32 unfenced; /* fence_others cannot reach somebody */
	uint32_t reserved;
};

/* LOCK, RLOCK: sync/mutex.h */
struct mutex_layout {
	struct bell_layout bell;
	struct word64 owner;
	uint64_t reserved[5];
};

#endif
