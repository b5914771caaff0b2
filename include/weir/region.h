/* SPDX-License-Identifier: MIT */
/*
 * Region: one segment that holds many objects, with one descriptor, one mapping
 * and one membership for all of them; for programs with thousands of small
 * objects.
 *
 *	struct weir_region *region;
 *	struct weir_pipe *end;
 *	struct weir_pipe_options options = { .size = 4096 };
 *
 *	weir_region_create(&region, "plant", 1 << 20, NULL);
 *	options.segment.region = region;
 *	weir_pipe_create(&end, "orders", &options);     one process
 *	weir_pipe_open_in(&end, region, "orders");      another one
 *
 * An object in a region has a name that is unique there, or none (NULL).
 * Handles of objects in the region must be closed before the region's handle;
 * closing the region first is the caller's bug, as with free.
 *
 * At most 1024 processes have a region open at the same time, and 4096 threads
 * create objects in it.  An object takes its own bytes and those of its name,
 * each rounded up to 64, and a directory entry of 64.  A handle of a region has
 * three descriptors, whatever the number of objects.
 *
 * A process that forks makes room for its child first; if it cannot (-EMFILE),
 * the child can use what it inherits, but not create objects, and ends that
 * both have stay held until both exit.  So for children made without fork(3):
 * vfork and posix_spawn, which exec at once, need nothing.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.
 */
#ifndef WEIR_REGION_H
#define WEIR_REGION_H

#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Creates a region for objects of together `size` bytes (1 to 2^40; rounded up
 * to whole pages, the directory comes on top).  options->region must be NULL.
 * -EINVAL an argument outside its range, -EEXIST the name is taken, -EACCES,
 * -ENOSPC /dev/shm is full, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_region_create(struct weir_region **region, const char *name,
                                size_t size,
                                const struct weir_segment_options *options);

/*
 * -ENOENT no such region, -EPROTO not a region or another version or byte
 * order, -EUCLEAN its memory was spoiled, -EACCES, -EINVAL, -ENOMEM, -EMFILE,
 * -EAGAIN 1024 processes have it open already.
 */
WEIR_API int weir_region_open(struct weir_region **region, const char *name);

/*
 * As weir_region_open; `fd` stays the caller's, who may close it at once.
 * -EBADF not a descriptor, -EACCES this user may not open the file himself.
 */
WEIR_API int weir_region_open_fd(struct weir_region **region, int fd);

/* The descriptor to pass to another process; it stays the handle's. */
WEIR_API int weir_region_fd(const struct weir_region *region);

/*
 * Takes the name of an object in the region away at once; its memory is free
 * again when its last user is gone.  -ENOENT no such object, -EINVAL not a
 * valid name, -EUCLEAN.
 */
WEIR_API int weir_region_remove(struct weir_region *region, const char *name);

/* NULL is fine. */
WEIR_API void weir_region_close(struct weir_region *region);

#ifdef __cplusplus
}
#endif

#endif
