/* SPDX-License-Identifier: MIT */
/*
 * Every kind of object that processes wait at, and values and arrays, with
 * every call on them, made for a hostile peer.
 *
 * The calls abort when one returns what its header does not promise.
 */
#ifndef FUZZ_SYNC_CALLS_H
#define FUZZ_SYNC_CALLS_H

#include "calls.h"

#include <weir/weir.h>

enum sync_sort {
	FUZZ_LOCK,
	FUZZ_RLOCK,
	FUZZ_PLAIN,
	FUZZ_BOUNDED,
	FUZZ_OWNED,
	FUZZ_EVENT,
	FUZZ_CONDITION,
	FUZZ_GIVEN, /* a condition with a lock of its user's */
	FUZZ_BARRIER,
	FUZZ_ALONE, /* a barrier of one party */
	FUZZ_NUMBER,
	FUZZ_RECORD,
	FUZZ_NUMBERS,
	FUZZ_TEXT,
	FUZZ_RECORDS,
	FUZZ_SORTS
};

enum { FUZZ_PERMITS = 3, FUZZ_SLOTS = 4, FUZZ_PARTIES = 2 };

/* A handle; which one it is, its sort says. */
union sync_handle {
	void *any;
	struct weir_lock *lock;
	struct weir_rlock *rlock;
	struct weir_semaphore *semaphore;
	struct weir_event *event;
	struct weir_condition *condition;
	struct weir_barrier *barrier;
	struct weir_value *value;
	struct weir_array *array;
};

/* Who has one object open, once or twice: alone in its segment, or in a
   region. */
struct sync_user {
	enum sync_sort sort;
	struct weir_region *region; /* NULL: alone */
	struct weir_rlock *lock;    /* FUZZ_GIVEN: its */
	union sync_handle handle[2];
};

/* `kind`: the sort, and whether it is in a region (FUZZ_IN_REGION). */
enum { FUZZ_IN_REGION = 128 };
void sync_begin(struct sync_user *user, uint8_t kind);

/* Where its segment lies, of so many bytes. */
unsigned char *sync_segment(size_t *size);

void sync_open_again(struct sync_user *user, int handle);
void sync_leave(struct sync_user *user, int handle);
void sync_end(struct sync_user *user);

/* One call on this handle, as the next two bytes say. */
void sync_call(struct sync_user *user, int handle, struct input *input);

/* Nobody has the lock: a wait at a condition takes that back, however long
   somebody keeps it. */
void sync_let_go(void);

/* The call waits at a condition. */
extern bool sync_at_condition;

/* A place of two bytes, and a word: see peer.h. */
size_t sync_place(const unsigned char *segment, size_t size, uint16_t which);
uint64_t sync_word(uint64_t now, uint8_t how);

#endif
