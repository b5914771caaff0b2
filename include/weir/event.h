/* SPDX-License-Identifier: MIT */
/*
 * Event: set or not; whoever waits for it goes on when it is set.
 *
 *	struct weir_event *ready;
 *
 *	if (weir_event_create(&ready, NULL, NULL) < 0)
 *		return 1;
 *	if (fork() == 0) {
 *		prepare();
 *		weir_event_set(ready);
 *		_exit(0);
 *	}
 *	weir_event_wait(ready, WEIR_FOREVER);
 *	weir_event_close(ready);
 *
 * What was written before weir_event_set is seen after weir_event_wait.  Who
 * waits when it is set goes on, also if it is cleared at once.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.  No call but a wait that has to makes a system call, nor a set
 * that nobody waits for.  A process that dies leaves it as it is.
 *
 * Every call may return -EUCLEAN: another process spoiled the shared memory;
 * close the event, the process goes on.
 */
#ifndef WEIR_EVENT_H
#define WEIR_EVENT_H

#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_event;

struct weir_event_options {
	struct weir_segment_options segment;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * A new event that is not set; with a NULL name it is anonymous: for forked
 * children, and for those who receive weir_event_fd.  -EINVAL a bad name, or an
 * option outside its range, -EEXIST the name is taken, -EACCES, -ENOSPC,
 * -ENOMEM, -EMFILE.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  -ENOSPC
 * then means that the region is full; -EAGAIN 4096 threads use the region
 * already, -EBUSY processes that were stopped keep the free places locked,
 * -EUCLEAN.
 */
WEIR_API int weir_event_create(struct weir_event **event, const char *name,
                               const struct weir_event_options *options);

/*
 * -ENOENT no such event, -EPROTO not an event, or another version or byte
 * order, -EUCLEAN its memory was spoiled, -EAGAIN 1024 processes have it open
 * already, -EACCES, -EINVAL, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_event_open(struct weir_event **event, const char *name);

/* Opens it, or creates it where there is none.  Codes as for both, less
   -EEXIST and -ENOENT. */
WEIR_API int
weir_event_open_or_create(struct weir_event **event, const char *name,
                          const struct weir_event_options *options);

/* As open, in a region, whose handle must outlive the event's. */
WEIR_API int weir_event_open_in(struct weir_event **event,
                                struct weir_region *region, const char *name);

/*
 * As open, by a descriptor that weir_event_fd returned, inherited or received
 * by SCM_RIGHTS; it stays the caller's, who may close it at once.  -EBADF.
 */
WEIR_API int weir_event_open_fd(struct weir_event **event, int fd);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_event_fd(const struct weir_event *event);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_event_backing(const struct weir_event *event);

/* NULL is fine. */
WEIR_API void weir_event_close(struct weir_event *event);

/* From now on nobody waits.  0, also if it was set. */
WEIR_API int weir_event_set(struct weir_event *event);

/* From now on whoever comes waits.  0, also if it was not set. */
WEIR_API int weir_event_clear(struct weir_event *event);

/* 1 it is set, 0. */
WEIR_API int weir_event_is_set(const struct weir_event *event);

/* 0 it is or was set; -EAGAIN it is not and timeout is 0, -ETIMEDOUT. */
WEIR_API int weir_event_wait(struct weir_event *event, int64_t timeout);

#ifdef __cplusplus
}
#endif

#endif
