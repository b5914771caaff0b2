/* SPDX-License-Identifier: MIT */
/*
 * What glibc and the machine bring: bare atomics through a pointer, sem_t, and
 * the mutex that promises what weir's locks do: process-shared, robust,
 * recursive.
 */
#include <pthread.h>
#include <semaphore.h>

#include "../duet.h"
#include "../sync_loops.h"

static void *open_number(void)
{
	return duet_memory(sizeof(uint64_t));
}

static void close_number(void *object)
{
	duet_free(object, sizeof(uint64_t));
}

static int repeat_xadd(void *object, uint64_t count)
{
	uint64_t *number = object;

	for (uint64_t i = 0; i < count; i++) {
#if defined(__x86_64__)
		uint64_t one = 1;

		__asm__ volatile("lock xaddq %0, %1"
		                 : "+r"(one), "+m"(*number)
		                 :
		                 : "memory");
#else
		__atomic_fetch_add(number, 1, __ATOMIC_SEQ_CST);
#endif
	}
	return 0;
}

static int repeat_load(void *object, uint64_t count)
{
	const uint64_t *number = object;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += __atomic_load_n(number, __ATOMIC_ACQUIRE);
	used(sum);
	return 0;
}

/* Ordered as weir's is. */
static int repeat_store(void *object, uint64_t count)
{
	uint64_t *number = object;

	for (uint64_t i = 0; i < count; i++)
		__atomic_store_n(number, i, __ATOMIC_RELEASE);
	return 0;
}

/* As C11 has it where no order is named. */
static int repeat_ordered_store(void *object, uint64_t count)
{
	uint64_t *number = object;

	for (uint64_t i = 0; i < count; i++)
		__atomic_store_n(number, i, __ATOMIC_SEQ_CST);
	return 0;
}

static void *open_sem(void)
{
	sem_t *sem = duet_memory(sizeof(*sem));

	return sem_init(sem, 1, 1) < 0 ? NULL : sem;
}

static void close_sem(void *object)
{
	sem_destroy(object);
	duet_free(object, sizeof(sem_t));
}

static inline int sem_acquire(void *object)
{
	return sem_wait(object);
}

static inline int sem_release(void *object)
{
	return sem_post(object);
}

SYNC_LOOPS(sem, sem_acquire, sem_release)

static void *open_mutex(void)
{
	pthread_mutex_t *mutex = duet_memory(sizeof(*mutex));
	pthread_mutexattr_t kind;

	pthread_mutexattr_init(&kind);
	pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
	return pthread_mutex_init(mutex, &kind) == 0 ? mutex : NULL;
}

static void close_mutex(void *object)
{
	pthread_mutex_destroy(object);
	duet_free(object, sizeof(pthread_mutex_t));
}

static inline int mutex_acquire(void *object)
{
	return pthread_mutex_lock(object);
}

static inline int mutex_release(void *object)
{
	return pthread_mutex_unlock(object);
}

SYNC_LOOPS(mutex, mutex_acquire, mutex_release)

const struct sync_peer glibc_sync_peers[] = {
	{ "lock xadd", open_number, close_number, repeat_xadd, NULL },
	{ "C11 load", open_number, close_number, repeat_load, NULL },
	{ "C11 store, release", open_number, close_number, repeat_store, NULL },
	{ "C11 store", open_number, close_number, repeat_ordered_store, NULL },
	{ "sem_t", open_sem, close_sem, repeat_sem, guard_sem },
	{ "pthread robust mutex", open_mutex, close_mutex, repeat_mutex,
	  guard_mutex },
	{ .name = NULL },
};
