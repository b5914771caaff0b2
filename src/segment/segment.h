/* SPDX-License-Identifier: MIT */
/*
 * Segment: one piece of shared memory, made, named, opened, checked and mapped.
 *
 * Making one has three steps.  segment_create makes a file that nobody else can
 * see and maps it; the caller writes everything into it; segment_publish gives
 * it its name, in one step and never over another.  A creator that dies on the
 * way leaves nothing, because a file without a name goes with its last
 * descriptor.
 *
 * Opening one goes the other way: the descriptor is checked (a regular file on
 * tmpfs, whose owner and mode fit), then the identity, read once into a local,
 * and only then is it mapped.
 */
#ifndef WEIR_SEGMENT_SEGMENT_H
#define WEIR_SEGMENT_SEGMENT_H

#include "segment/layout.h"
#include "weir/common.h"

struct segment {
	unsigned char *base;
	size_t size;
	int fd;
	uint32_t backing; /* WEIR_BACKING_... */
	bool guarded;
	bool fenced; /* fence_others cannot reach this process */
};

/* "/dev/shm/weir." + 200 + NUL, rounded up. */
struct segment_path {
	char text[224];
};

int segment_path(const char *name, struct segment_path *path);

/* Steps over the optional '/' of *name; its length, or -EINVAL. */
int segment_name_length(const char **name);

/* 0, or -EINVAL for what no segment of its own or in a region may be. */
int segment_options_check(const struct weir_segment_options *options);

/*
 * Anonymous if name is NULL.  The identity is written.  In the functions below
 * `segment` is the caller's and untouched on failure.
 */
int segment_create(struct segment *segment, const char *name, uint64_t size,
                   enum object_type type,
                   const struct weir_segment_options *options);

/*
 * The same, with holes: only the first `taken` bytes have memory, and only for
 * them are the options' wishes.
 */
int segment_create_sparse(struct segment *segment, const char *name,
                          uint64_t size, uint64_t taken, enum object_type type,
                          const struct weir_segment_options *options);
int segment_publish(const struct segment *segment, const char *name);

int segment_open(struct segment *segment, const char *name,
                 enum object_type type);

/* Duplicates `fd`: the open file description is shared with the giver. */
int segment_adopt(struct segment *segment, int fd, enum object_type type);

/*
 * The same memory through an open file description of its own, by the same
 * mapping's measure.  Without /proc it cannot be had: -ENOENT.
 */
int segment_second(struct segment *segment, const struct segment *first);

void segment_close(struct segment *segment);

/* False once the memory was truncated or its identity overwritten. */
bool segment_intact(const struct segment *segment);

/*
 * Takes `path` away if it is still this segment's.  0, -EAGAIN when somebody
 * else is doing that just now, or another -errno.
 */
int segment_remove_name(const struct segment *segment, const char *name);

#endif
