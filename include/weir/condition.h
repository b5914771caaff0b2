/* SPDX-License-Identifier: MIT */
/*
 * Condition: wait, with a lock given up meanwhile, until somebody says that
 * things have changed.
 *
 *	struct weir_condition *changed;
 *
 *	if (weir_condition_create(&changed, NULL, NULL, NULL) < 0)
 *		return 1;
 *	...
 *	weir_condition_acquire(changed, WEIR_FOREVER);
 *	while (*shared_count < 10)
 *		weir_condition_wait(changed, WEIR_FOREVER);
 *	weir_condition_release(changed);
 *
 * and in another process:
 *
 *	weir_condition_acquire(changed, WEIR_FOREVER);
 *	++*shared_count;
 *	weir_condition_notify(changed, 1);
 *	weir_condition_release(changed);
 *
 * It belongs to an rlock (weir/lock.h): its own, or one that other objects use
 * too.  Who waits gives that up altogether, however often he acquired it, and
 * has it as often again when the call returns.
 *
 * Who came first is notified first.  A process that dies while it waits, or
 * after it was notified, swallows nothing: the next one is notified.  (If a
 * second process dies while that is done, two may be.)  Who has the lock again is
 * its owner: if he dies, the next owner is told, and those who wait are not, so
 * it is his to notify them.  If the owner of the lock
 * dies, acquire and wait return WEIR_OWNER_DIED, as weir_rlock_acquire does: the
 * caller has the lock, and it says nothing about whether he was notified.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process; wait and notify need the lock, else -EPERM.
 *
 * Every call may return -EUCLEAN: another process spoiled the shared memory;
 * close the condition, the process goes on.  In a forked child that could not be
 * given a place of its own (see weir/region.h), calls return the code that says
 * why, as -EMFILE.
 */
#ifndef WEIR_CONDITION_H
#define WEIR_CONDITION_H

#include <weir/common.h>
#include <weir/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_condition;

/* How many threads of all processes can wait at the same time. */
#define WEIR_CONDITION_WAITERS 1024

struct weir_condition_options {
	struct weir_segment_options segment;
	/* Another number, 1 to 4096; 0: WEIR_CONDITION_WAITERS.  Each takes 16
	   bytes. */
	unsigned waiters;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * A new condition; `lock` NULL: it has its own, else the handle of that one must
 * outlive the condition's.  With a NULL name it is anonymous: for forked
 * children, and for those who receive weir_condition_fd.  -EINVAL a bad name, or
 * an option outside its range, -EEXIST the name is taken, -EACCES, -ENOSPC,
 * -ENOMEM, -EMFILE.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  -ENOSPC
 * then means that the region is full; -EAGAIN 4096 threads use the region
 * already, -EBUSY processes that were stopped keep the free places locked,
 * -EUCLEAN.
 */
WEIR_API int
weir_condition_create(struct weir_condition **condition, const char *name,
                      struct weir_rlock *lock,
                      const struct weir_condition_options *options);

/*
 * One that has its own lock.  -EINVAL a bad name, or it has somebody else's
 * lock; -ENOENT no such condition, -EPROTO not a condition, or another version
 * or byte order, -EUCLEAN its memory was spoiled, -EAGAIN 1024 processes have it
 * open already, -EACCES, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_condition_open(struct weir_condition **condition,
                                 const char *name);

/*
 * One that was made with this lock, whose handle must outlive the condition's.
 * -EINVAL it was made with another one, or has its own; else as open.
 */
WEIR_API int weir_condition_open_with_lock(struct weir_condition **condition,
                                           const char *name,
                                           struct weir_rlock *lock);

/* Opens it, or creates it where there is none; with this lock, or its own.
   Codes as for both, less -EEXIST and -ENOENT. */
WEIR_API int
weir_condition_open_or_create(struct weir_condition **condition,
                              const char *name, struct weir_rlock *lock,
                              const struct weir_condition_options *options);

/* As open, in a region, whose handle must outlive the condition's. */
WEIR_API int weir_condition_open_in(struct weir_condition **condition,
                                    struct weir_region *region,
                                    const char *name);
WEIR_API int weir_condition_open_in_with_lock(struct weir_condition **condition,
                                              struct weir_region *region,
                                              const char *name,
                                              struct weir_rlock *lock);

/*
 * As open, by a descriptor that weir_condition_fd returned, inherited or
 * received by SCM_RIGHTS; it stays the caller's, who may close it at once.
 * -EBADF.
 */
WEIR_API int weir_condition_open_fd(struct weir_condition **condition, int fd);
WEIR_API int weir_condition_open_fd_with_lock(struct weir_condition **condition,
                                              int fd, struct weir_rlock *lock);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_condition_fd(const struct weir_condition *condition);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_condition_backing(const struct weir_condition *condition);

/* NULL is fine.  The lock stays, unless it is its own. */
WEIR_API void weir_condition_close(struct weir_condition *condition);

/* Its lock: as weir_rlock_acquire and weir_rlock_release. */
WEIR_API int weir_condition_acquire(struct weir_condition *condition,
                                    int64_t timeout);
WEIR_API int weir_condition_release(struct weir_condition *condition);

/*
 * Gives the lock up, waits until it is notified, and takes the lock back, for
 * which it waits as long as that takes.  The caller has it afterwards, whatever
 * is returned but -EUCLEAN: 0 notified, WEIR_OWNER_DIED, -ETIMEDOUT; -EAGAIN
 * timeout is 0 (the lock was not given up); -EPERM this thread has not the lock;
 * -ENOSPC as many wait already as can.
 */
WEIR_API int weir_condition_wait(struct weir_condition *condition,
                                 int64_t timeout);

/*
 * Waits until predicate(argument), which is called with the lock, is true; at
 * once if it is, and up to `timeout` altogether.  Codes as for wait; -EAGAIN,
 * -ETIMEDOUT it is still false.  WEIR_OWNER_DIED: at once, whatever it is.
 */
WEIR_API int weir_condition_wait_for(struct weir_condition *condition,
                                     bool (*predicate)(void *argument),
                                     void *argument, int64_t timeout);

/* The first `count` of those who wait go on; nobody else, later.  -EPERM. */
WEIR_API int weir_condition_notify(struct weir_condition *condition,
                                   unsigned count);
WEIR_API int weir_condition_notify_all(struct weir_condition *condition);

#ifdef __cplusplus
}
#endif

#endif
