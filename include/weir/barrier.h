/* SPDX-License-Identifier: MIT */
/*
 * Barrier: a number of parties, threads of any processes, wait for each other;
 * when all have come, all go on.
 *
 *	struct weir_barrier *lockstep;
 *
 *	if (weir_barrier_create(&lockstep, NULL, 3, NULL) < 0)
 *		return 1;
 *	for (int i = 0; i < 3; i++) {
 *		if (fork() == 0) {
 *			compute(i);
 *			if (weir_barrier_wait(lockstep, WEIR_FOREVER) == 0)
 *				puts("all have computed");
 *			weir_barrier_close(lockstep);
 *			_exit(0);
 *		}
 *	}
 *
 * Nobody waits for a party that will never come: a barrier that breaks lets all
 * go, with -ECANCELED, and so everybody who comes later, until it is reset.  It
 * breaks when the time of one who waits is over, when somebody aborts it, and
 * when a process dies, which is: ends without having closed it.  While somebody
 * waits, that is any process that has it open, by fork or otherwise; so one that
 * is no party should close it.  While nobody waits, it is one that has waited
 * there before; then it breaks when the next of those who have waited there
 * comes, and a reset makes that forgotten.  Who comes first looks who died, and
 * those who come at the same time may find it broken by one who died just before
 * them, as if he had died just after.
 *
 * What each party wrote before it waited is seen by all afterwards.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.
 *
 * Every call may return -EUCLEAN: another process spoiled the shared memory;
 * close the barrier, the process goes on.  In a forked child that could not be
 * given a place of its own (see weir/region.h), wait returns the code that says
 * why, as -EMFILE.
 */
#ifndef WEIR_BARRIER_H
#define WEIR_BARRIER_H

#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_barrier;

struct weir_barrier_options {
	struct weir_segment_options segment;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * A new barrier for so many parties, 1 to 2^20; with a NULL name it is
 * anonymous: for forked children, and for those who receive weir_barrier_fd.
 * -EINVAL a bad name, or an argument or option outside its range, -EEXIST the
 * name is taken, -EACCES, -ENOSPC, -ENOMEM, -EMFILE.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  -ENOSPC
 * then means that the region is full; -EAGAIN 4096 threads use the region
 * already, -EBUSY processes that were stopped keep the free places locked,
 * -EUCLEAN.
 */
WEIR_API int weir_barrier_create(struct weir_barrier **barrier,
                                 const char *name, unsigned parties,
                                 const struct weir_barrier_options *options);

/*
 * -ENOENT no such barrier, -EPROTO not a barrier, or another version or byte
 * order, -EUCLEAN its memory was spoiled, -EAGAIN 1024 processes have it open
 * already, -EACCES, -EINVAL, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_barrier_open(struct weir_barrier **barrier, const char *name);

/* Opens it, or creates it where there is none.  Codes as for both, less
   -EEXIST and -ENOENT. */
WEIR_API int
weir_barrier_open_or_create(struct weir_barrier **barrier, const char *name,
                            unsigned parties,
                            const struct weir_barrier_options *options);

/* As open, in a region, whose handle must outlive the barrier's. */
WEIR_API int weir_barrier_open_in(struct weir_barrier **barrier,
                                  struct weir_region *region, const char *name);

/*
 * As open, by a descriptor that weir_barrier_fd returned, inherited or received
 * by SCM_RIGHTS; it stays the caller's, who may close it at once.  -EBADF.
 */
WEIR_API int weir_barrier_open_fd(struct weir_barrier **barrier, int fd);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_barrier_fd(const struct weir_barrier *barrier);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_barrier_backing(const struct weir_barrier *barrier);

/* NULL is fine. */
WEIR_API void weir_barrier_close(struct weir_barrier *barrier);

/*
 * Waits until all parties do.  The order in which this one came: 0 for the
 * first, parties - 1 for the last, each exactly once.  -ECANCELED it is or was
 * broken; -ETIMEDOUT, and with that it is broken; -EAGAIN timeout is 0 and this
 * is not the last party (it did not count, and nothing is broken).
 */
WEIR_API ssize_t weir_barrier_wait(struct weir_barrier *barrier,
                                   int64_t timeout);

/* All who wait get -ECANCELED, then it is as new.  0, also if nobody waits. */
WEIR_API int weir_barrier_reset(struct weir_barrier *barrier);

/* It is broken.  0, also if it was. */
WEIR_API int weir_barrier_abort(struct weir_barrier *barrier);

/* How many parties it is for; how many wait now; 1 it is broken, 0. */
WEIR_API int weir_barrier_parties(const struct weir_barrier *barrier);
WEIR_API int weir_barrier_waiting(const struct weir_barrier *barrier);
WEIR_API int weir_barrier_broken(const struct weir_barrier *barrier);

#ifdef __cplusplus
}
#endif

#endif
