/* SPDX-License-Identifier: MIT */
/*
 * Lock and rlock: one at a time, among all threads of all processes.
 *
 * A lock may be released by anyone; so it can be handed on.  An rlock is its
 * owner's, the thread that acquired it: he may acquire it again, and has to
 * release it as often.
 *
 * If a process ends, or closes its handle, while it holds one, the next who
 * acquires gets it, and is told: WEIR_OWNER_DIED.  Exactly one is told of each
 * death, and what the lock guards is his to put in order; if he dies as well,
 * the next one is told.
 *
 *	struct weir_lock *lock;
 *
 *	if (weir_lock_create(&lock, NULL, NULL) < 0)
 *		return 1;
 *	if (fork() == 0) {
 *		weir_lock_acquire(lock, WEIR_FOREVER);
 *		abort();
 *	}
 *	wait(NULL);
 *	if (weir_lock_acquire(lock, WEIR_FOREVER) == WEIR_OWNER_DIED)
 *		puts("somebody died here");
 *	weir_lock_release(lock);
 *	weir_lock_close(lock);
 *
 * A lock that nobody waits for costs no system call.  Who comes may be faster
 * than who has waited.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.  A child made by fork holds nothing that its parent holds.  A
 * thread that ends while its process goes on keeps what it holds.
 *
 * Every call may return -EUCLEAN: another process spoiled the shared memory;
 * close the lock, the process goes on.  In a forked child that could not be
 * given a place of its own (see weir/region.h), calls return the code that says
 * why, as -EMFILE.
 */
#ifndef WEIR_LOCK_H
#define WEIR_LOCK_H

#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_lock;
struct weir_rlock;

struct weir_lock_options {
	struct weir_segment_options segment;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

struct weir_rlock_options {
	struct weir_segment_options segment;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * A new lock that nobody holds; with a NULL name it is anonymous: for forked
 * children, and for those who receive weir_lock_fd.  -EINVAL a bad name, or an
 * option outside its range, -EEXIST the name is taken, -EACCES, -ENOSPC,
 * -ENOMEM, -EMFILE.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  -ENOSPC
 * then means that the region is full; -EAGAIN 4096 threads use the region
 * already, -EBUSY processes that were stopped keep the free places locked,
 * -EUCLEAN.
 */
WEIR_API int weir_lock_create(struct weir_lock **lock, const char *name,
                              const struct weir_lock_options *options);

/*
 * -ENOENT no such lock, -EPROTO not a lock, or another version or byte order,
 * -EUCLEAN its memory was spoiled, -EAGAIN 1024 processes have it open already,
 * -EACCES, -EINVAL, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_lock_open(struct weir_lock **lock, const char *name);

/* Opens it, or creates it where there is none.  Codes as for both, less
   -EEXIST and -ENOENT. */
WEIR_API int weir_lock_open_or_create(struct weir_lock **lock, const char *name,
                                      const struct weir_lock_options *options);

/* As open, in a region, whose handle must outlive the lock's. */
WEIR_API int weir_lock_open_in(struct weir_lock **lock,
                               struct weir_region *region, const char *name);

/*
 * As open, by a descriptor that weir_lock_fd returned, inherited or received by
 * SCM_RIGHTS; it stays the caller's, who may close it at once.  -EBADF.
 */
WEIR_API int weir_lock_open_fd(struct weir_lock **lock, int fd);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_lock_fd(const struct weir_lock *lock);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_lock_backing(const struct weir_lock *lock);

/*
 * NULL is fine.  A lock that this process holds is then as if it had died; in a
 * region, when it closes that.
 */
WEIR_API void weir_lock_close(struct weir_lock *lock);

/*
 * 0 or WEIR_OWNER_DIED: the caller's process holds it.  -EAGAIN somebody holds
 * it and timeout is 0, -ETIMEDOUT.
 */
WEIR_API int weir_lock_acquire(struct weir_lock *lock, int64_t timeout);

/* By anyone.  -EOVERFLOW nobody holds it (or who held it died). */
WEIR_API int weir_lock_release(struct weir_lock *lock);

/* 1 somebody holds it, 0. */
WEIR_API int weir_lock_locked(const struct weir_lock *lock);

/* As those of a lock. */
WEIR_API int weir_rlock_create(struct weir_rlock **lock, const char *name,
                               const struct weir_rlock_options *options);
WEIR_API int weir_rlock_open(struct weir_rlock **lock, const char *name);
WEIR_API int
weir_rlock_open_or_create(struct weir_rlock **lock, const char *name,
                          const struct weir_rlock_options *options);
WEIR_API int weir_rlock_open_in(struct weir_rlock **lock,
                                struct weir_region *region, const char *name);
WEIR_API int weir_rlock_open_fd(struct weir_rlock **lock, int fd);
WEIR_API int weir_rlock_fd(const struct weir_rlock *lock);
WEIR_API int weir_rlock_backing(const struct weir_rlock *lock);
WEIR_API void weir_rlock_close(struct weir_rlock *lock);

/*
 * 0 or WEIR_OWNER_DIED: this thread holds it, once more if it did already.
 * -EAGAIN another one holds it and timeout is 0, -ETIMEDOUT; -EOVERFLOW this
 * thread holds it 2^24 - 1 times.
 */
WEIR_API int weir_rlock_acquire(struct weir_rlock *lock, int64_t timeout);

/* -EPERM another thread holds it, -EOVERFLOW nobody (or who held it died). */
WEIR_API int weir_rlock_release(struct weir_rlock *lock);

/* How often this thread holds it; 0 also if another one does. */
WEIR_API int weir_rlock_depth(const struct weir_rlock *lock);

/* 1 somebody holds it, 0. */
WEIR_API int weir_rlock_locked(const struct weir_rlock *lock);

#ifdef __cplusplus
}
#endif

#endif
