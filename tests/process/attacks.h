/* SPDX-License-Identifier: MIT */
/*
 * What an attacker has: the whole segment, by heart, and a process of its own.
 * The numbers are those of the layout, which is ABI (src/segment/layout.h).
 */
#ifndef TESTS_PROCESS_ATTACKS_H
#define TESTS_PROCESS_ATTACKS_H

#include "child.h"
#include "names.h"
#include "pipes.h"

enum { ATTACKED_RING = 4096 };

enum place {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_ORDER = 12,
	AT_FILE_SIZE = 16,
	AT_TYPE = 24,
	AT_MODE = 28,
	AT_RING_SIZE = 128,
	AT_RINGS = 136,
	AT_UNPAIRED = 140,
	AT_END = 256, /* 4 bytes each */
	AT_RING = 384,
	RING_APART = 512, /* from here on: from AT_RING on */
	IN_TAIL = 0,
	IN_LIMIT = 8,
	IN_HEAD = 128,
	IN_BEGUN = 136,
	IN_PUBLISHED = 256,
	IN_DATA = 264,
	IN_STREAM = 384,
	IN_ROOM = 392,
	AT_BYTES = 1408
};

/* A named pipe with both ends, and the attacker's own mapping of it. */
struct target {
	const char *name;
	struct weir_pipe *ends[2];
	int fd;
	size_t size;
	unsigned char *bytes;
};

/*
 * In a child of the test, because the library answers to SIGBUS since its first
 * named object, and cmocka takes that over at each test.
 */
void attack_in_child(void (*body)(void *target));

/* In that child; AT_BYTES of ring 0 is where ends[0] receives. */
void target_new(struct target *target);
void target_end(struct target *target);

static inline uint64_t *target_word(struct target *target, size_t at)
{
	return (void *)(target->bytes + at);
}

/* The word where the next message of ring 0 is looked for, and where it goes */
uint64_t *target_head(struct target *target);

/* A code that a call on spoiled memory may return, or up to `most`. */
void must_be_sane(ssize_t result, ssize_t most);

/* Every call on this end, with no or little time: each comes back, and says
   what it may. */
void call_everything(struct weir_pipe *end);

/* The same until the flag is set; returns how often. */
int call_until(struct weir_pipe *end, const int *flag);

#endif
