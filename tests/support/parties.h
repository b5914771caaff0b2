/* SPDX-License-Identifier: MIT */
/* The commonest steps of a test about barriers. */
#ifndef TESTS_SUPPORT_PARTIES_H
#define TESTS_SUPPORT_PARTIES_H

#include "case.h"
#include "child.h"

#include <errno.h>
#include <weir/barrier.h>

static inline struct weir_barrier *barrier_for(unsigned parties)
{
	struct weir_barrier *barrier;

	must_be(weir_barrier_create(&barrier, NULL, parties, NULL), 0);
	return barrier;
}

static inline void until_so_many_wait(struct weir_barrier *barrier, int count)
{
	int64_t began = now();

	while (weir_barrier_waiting(barrier) < count)
		must(now() - began < SOON);
}

static inline void wait_once(void *barrier)
{
	must(weir_barrier_wait(barrier, WEIR_SECONDS(20)) >= 0);
}

static inline void expect_broken(void *barrier)
{
	must_be(weir_barrier_wait(barrier, WEIR_SECONDS(20)), -ECANCELED);
	/* To end without that is a death, which may break it for others. */
	weir_barrier_close(barrier);
}

static inline void start_waiters(pid_t *children, int count,
                                 struct weir_barrier *barrier)
{
	for (int i = 0; i < count; i++)
		children[i] = child_start(expect_broken, barrier);
	until_so_many_wait(barrier, count);
}

static inline void join_all(pid_t *children, int count)
{
	for (int i = 0; i < count; i++)
		child_join(children[i]);
}

/* It stays broken until the reset, then it works. */
static inline void is_broken_until_reset(struct weir_barrier *barrier)
{
	must_be(weir_barrier_broken(barrier), 1);
	must_be(weir_barrier_waiting(barrier), 0);
	must_be(weir_barrier_wait(barrier, WEIR_FOREVER), -ECANCELED);
	must_be(weir_barrier_wait(barrier, WEIR_NOWAIT), -ECANCELED);
	must_be(weir_barrier_reset(barrier), 0);
	must_be(weir_barrier_broken(barrier), 0);
	must_be(weir_barrier_wait(barrier, WEIR_NOWAIT), -EAGAIN);
}

#endif
