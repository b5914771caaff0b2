/* SPDX-License-Identifier: MIT */
/* The smaller doors: futexes and fences, time, memory faults, threads. */
#include "doors/clock.h"
#include "doors/fault.h"
#include "doors/files.h"
#include "doors/futex.h"
#include "doors/threads.h"
#include "sim/inside.h"

#include <errno.h>

enum { READING_TAKES = 500 };

int futex_wait(const struct word32 *word, uint32_t expected, int64_t deadline)
{
	sim_system_call();
	if (word->bits != expected)
		return 0;
	if (deadline <= sim_clock)
		return -ETIMEDOUT;
	sim_sleep(word, deadline);
	return sim_current->timed_out ? -ETIMEDOUT : 0;
}

int futex_wake(struct word32 *word, int count)
{
	int woken;

	sim_system_call();
	woken = sim_wake(word, count);
	sim_say("wakes %d", woken);
	return woken;
}

bool fence_join(void)
{
	return sim_fences;
}

void fence_others(void)
{
	sim_system_call();
	for (int i = 0; sim_fences && i < SIM_ACTORS; i++) {
		late_settle(&sim_actors[i]);
		buffer_drain(&sim_actors[i]);
	}
}

int64_t clock_now(void)
{
	sim_pass();
	sim_clock += READING_TAKES;
	return sim_clock;
}

uint32_t clock_only_cpu(void)
{
	return sim_one_cpu;
}

int fault_guard(void *base, size_t size)
{
	(void)base;
	(void)size;
	return 0;
}

void fault_unguard(void *base)
{
	(void)base;
}

bool map_huge(void *base, size_t size)
{
	(void)base;
	return size == 0;
}

bool map_populate(void *base, size_t size)
{
	(void)base;
	return size == 0;
}

bool map_lock(void *base, size_t size)
{
	(void)base;
	return size == 0;
}

uint32_t user_id(void)
{
	return 0;
}

/* Nobody is cancelled here, and there are no handlers. */
void thread_shield(struct thread_shield *before)
{
	(void)before;
}

void thread_unshield(const struct thread_shield *before)
{
	(void)before;
}

/* An actor has one thread, so it never waits for another one of its own. */
void thread_lock(struct thread_lock *lock)
{
	(void)lock;
}

void thread_unlock(struct thread_lock *lock)
{
	(void)lock;
}

int threads_at_fork(void (*prepare)(void), void (*parent)(void),
                    void (*child)(void))
{
	(void)prepare;
	(void)parent;
	(void)child;
	return 0;
}

int thread_at_exit(void (*last)(void))
{
	(void)last;
	return 0;
}
