/* SPDX-License-Identifier: MIT */
/*
 * Semaphore: so many at a time, among all threads of all processes.
 *
 *	struct weir_semaphore *printers;
 *	struct weir_semaphore_options options = { .owned = true };
 *
 *	if (weir_semaphore_create(&printers, NULL, 2, &options) < 0)
 *		return 1;
 *	for (int i = 0; i < 5; i++) {
 *		if (fork() == 0) {
 *			weir_semaphore_acquire(printers, WEIR_FOREVER);
 *			print();
 *			weir_semaphore_release(printers, 1);
 *			_exit(0);
 *		}
 *	}
 *
 * There are three kinds.  A plain one may be released by anyone, also above its
 * initial value.  A bounded one never goes above that.  In an owned one each
 * permit knows which process has it: if that ends, its permits come back by
 * themselves, and only who has one can release it.  Of the other two, a process
 * that dies takes its permits along.
 *
 * Whoever waits and dies has taken nothing, and keeps nobody else waiting.  A
 * call that does not wait, and that nobody waits for, makes no system call.
 *
 * Whoever takes a permit first has it: who comes may be faster than who has
 * waited.  So one of those who have waited for 10 milliseconds has the turn:
 * from then on nobody passes him but who had begun before, who does not wait or
 * whose time is over, and who had the turn and was late.  He is late if he does
 * not come for 2 milliseconds while a permit lies there, for he was stopped,
 * has died, or gets no CPU: then others take it.  Those who have waited as long
 * are in no order.  A release wakes as many as it gives permits, and who waits
 * looks by himself every 60 milliseconds too.
 *
 * Measured on two CPUs, beside one to four processes that had the only permit
 * for 100 microseconds and asked for it again at once, over and over: no wait
 * took more than 14 milliseconds; without turns, 120 to 390.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.  The permits of an owned semaphore are the process's, so another
 * of its threads may release them; its forked children have none of them.
 *
 * Every call may return -EUCLEAN: another process spoiled the shared memory;
 * close the semaphore, the process goes on.  In a forked child that could not be
 * given a place of its own (see weir/region.h), calls return the code that says
 * why, as -EMFILE.
 */
#ifndef WEIR_SEMAPHORE_H
#define WEIR_SEMAPHORE_H

#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_semaphore;

struct weir_semaphore_options {
	struct weir_segment_options segment;
	/* Its value is never above the initial one. */
	bool bounded;
	/* Permits of a process that ends come back.  It is bounded as well, and
	   the initial value is at most 2^20: each permit takes four bytes, and
	   acquire looks for a free one. */
	bool owned;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * A new semaphore with `value` permits, 0 to INT_MAX; with a NULL name it is
 * anonymous: for forked children, and for those who receive weir_semaphore_fd.
 * -EINVAL a bad name, or an argument or option outside its range, -EEXIST the
 * name is taken, -EACCES, -ENOSPC, -ENOMEM, -EMFILE.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  -ENOSPC
 * then means that the region is full; -EAGAIN 4096 threads use the region
 * already, -EBUSY processes that were stopped keep the free places locked,
 * -EUCLEAN.
 */
WEIR_API int
weir_semaphore_create(struct weir_semaphore **semaphore, const char *name,
                      unsigned value,
                      const struct weir_semaphore_options *options);

/*
 * -ENOENT no such semaphore, -EPROTO not a semaphore, or another version or byte
 * order, -EUCLEAN its memory was spoiled, -EAGAIN 1024 processes have it open
 * already, -EACCES, -EINVAL, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_semaphore_open(struct weir_semaphore **semaphore,
                                 const char *name);

/* Opens it, or creates it where there is none.  Codes as for both, less
   -EEXIST and -ENOENT. */
WEIR_API int
weir_semaphore_open_or_create(struct weir_semaphore **semaphore,
                              const char *name, unsigned value,
                              const struct weir_semaphore_options *options);

/* As open, in a region, whose handle must outlive the semaphore's. */
WEIR_API int weir_semaphore_open_in(struct weir_semaphore **semaphore,
                                    struct weir_region *region,
                                    const char *name);

/*
 * As open, by a descriptor that weir_semaphore_fd returned, inherited or
 * received by SCM_RIGHTS; it stays the caller's, who may close it at once.
 * -EBADF.
 */
WEIR_API int weir_semaphore_open_fd(struct weir_semaphore **semaphore, int fd);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_semaphore_fd(const struct weir_semaphore *semaphore);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_semaphore_backing(const struct weir_semaphore *semaphore);

/*
 * NULL is fine.  Permits of an owned semaphore that this process has come back;
 * in a region, when it closes that.
 */
WEIR_API void weir_semaphore_close(struct weir_semaphore *semaphore);

/* Takes a permit.  0; -EAGAIN there is none and timeout is 0, -ETIMEDOUT. */
WEIR_API int weir_semaphore_acquire(struct weir_semaphore *semaphore,
                                    int64_t timeout);

/*
 * Gives `count` permits, and wakes up to so many who wait.  If it fails, the
 * value is unchanged: -EOVERFLOW it would be above INT_MAX or, bounded, the
 * initial value; -EPERM it is owned, and this process has fewer; -EINVAL count
 * is 0.  (-EPERM where several threads release more than they have together
 * may have given some.)
 */
WEIR_API int weir_semaphore_release(struct weir_semaphore *semaphore,
                                    unsigned count);

/* How many permits there are now.  Others may change it at any moment. */
WEIR_API int weir_semaphore_value(const struct weir_semaphore *semaphore);

#ifdef __cplusplus
}
#endif

#endif
