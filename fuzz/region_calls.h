/* SPDX-License-Identifier: MIT */
/* What the targets with a spoiled region share. */
#ifndef FUZZ_REGION_CALLS_H
#define FUZZ_REGION_CALLS_H

#include "calls.h"
#include "segment/layout_region.h"
#include "weir/region.h"

enum {
	FUZZ_OBJECTS = 24 * 1024,
	FUZZ_ENTRIES = REGION_OBJECTS + FUZZ_OBJECTS,
	FUZZ_SEATS = FUZZ_ENTRIES + FUZZ_OBJECTS,
	FUZZ_REGION = FUZZ_SEATS + SEATS_MOST * (int)sizeof(struct seat_layout),
	FUZZ_HANDLES = 4
};

/* Who has a region open, or not, and pipes in it. */
struct region_user {
	struct weir_region *region;
	struct weir_pipe *end[FUZZ_HANDLES];
};

/* Two named pipes, messages, and a pair without a name: then it is as
   everybody attacks it.  The handles are the user's. */
void region_begin(struct region_user *user);

/* These do nothing without a region. */
void region_pipe(struct region_user *user, uint8_t how);
void region_remove(struct region_user *user, uint8_t how);
void region_call(struct region_user *user, struct input *input);

void region_open_again(struct region_user *user, int fd);
void region_close(struct region_user *user);

/* Offset of a word of the region, its directory, seats, an object or a pipe;
   `which` has two bytes. */
size_t region_place(const unsigned char *segment, size_t size, uint16_t which);
uint64_t region_word(uint64_t now, uint8_t how);

#endif
