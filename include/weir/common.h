/* SPDX-License-Identifier: MIT */
/*
 * What every weir object has in common: names, time, options and errors.
 *
 * An object lives in memory that several processes share.  With a name it is
 * POSIX shared memory (/dev/shm/weir.NAME) and unrelated processes open it;
 * without one (NULL) it is a sealed memfd, inherited over fork and passed on by
 * descriptor.  Names are [A-Za-z0-9._-]{1,200}; one leading '/' is ignored.
 *
 * Every call returns 0, a length or a count, or -errno.  errno itself is never
 * set, outputs are untouched on failure, and no call returns -EINTR: a signal
 * handler runs and the call goes on.
 *
 * Any thread may use any handle; only close must be the last call on it.
 * Handles made before fork work in the child without another call.
 *
 * Nothing here is async-signal-safe unless it says so.
 */
#ifndef WEIR_COMMON_H
#define WEIR_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_API __attribute__((visibility("default")))

#define WEIR_VERSION_MAJOR 0
#define WEIR_VERSION_MINOR 1
#define WEIR_VERSION_PATCH 0

/*
 * Timeouts are relative, in nanoseconds of CLOCK_MONOTONIC.  A negative one
 * acts as WEIR_NOWAIT.  A call that may not wait returns -EAGAIN, one whose
 * time ran out -ETIMEDOUT, never early.
 */
#define WEIR_NOWAIT     ((int64_t)0)
#define WEIR_FOREVER    INT64_MAX
#define WEIR_US(n)      ((int64_t)(n)*1000)
#define WEIR_MS(n)      ((int64_t)(n)*1000000)
#define WEIR_SECONDS(n) ((int64_t)(n)*1000000000)

/* Acquired; the previous owner died while holding it. */
#define WEIR_OWNER_DIED 1

struct weir_region;

/*
 * Options that every create call takes first.  The zero value is the default.
 */
struct weir_segment_options {
	/* Permission bits of a named object; 0: 0600.  The umask is not
	   applied.  Anything outside 0666 is -EINVAL. */
	mode_t mode;
	/* Ask for transparent huge pages; see weir_pipe_backing for what was
	   granted.  So with the next two. */
	bool huge_pages;
	/* Take all pages now instead of at their first use. */
	bool prefault;
	/* Keep the pages from being swapped out (needs RLIMIT_MEMLOCK). */
	bool lock_memory;
	/* Put the object into this region instead of a segment of its own. */
	struct weir_region *region;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/* What a segment was granted of what its options asked for. */
#define WEIR_BACKING_HUGE_PAGES 1
#define WEIR_BACKING_PREFAULTED 2
#define WEIR_BACKING_LOCKED     4

/*
 * Removes the name; handles that are open, and later forks of them, go on.
 * -ENOENT no such object, -EACCES not allowed, -EINVAL not a valid name.
 */
WEIR_API int weir_unlink(const char *name);

/*
 * Explains a code that a weir call returned (a negative errno, 0, or
 * WEIR_OWNER_DIED) in this library's terms.  Never NULL; the text is constant.
 * Async-signal-safe.
 */
WEIR_API const char *weir_strerror(int code);

/* "major.minor.patch" of the library that runs. */
WEIR_API const char *weir_version(void);

#ifdef __cplusplus
}
#endif

#endif
