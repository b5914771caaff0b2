/* SPDX-License-Identifier: MIT */
/*
 * The door to this process's own threads: locks among them, and what is to be
 * done when one ends and when one forks.
 *
 * A lock here is never in shared memory: it is held for some microseconds by
 * threads that are stopped and killed together with those that wait for it.
 * Its holder is shielded meanwhile.
 */
#ifndef WEIR_DOORS_THREADS_H
#define WEIR_DOORS_THREADS_H

#include <pthread.h>
#include <signal.h>

/* What a thread had before. */
struct thread_shield {
	sigset_t signals;
	int cancel_state;
	int cancel_type;
};

/* From one to the other the calling thread is not cancelled, and runs no signal
   handler, which may want the same, or jump out. */
void thread_shield(struct thread_shield *before);
void thread_unshield(const struct thread_shield *before);

/* Zeroed, it is unlocked, as with PTHREAD_MUTEX_INITIALIZER. */
struct thread_lock {
	pthread_mutex_t mutex;
	struct thread_shield before; /* the holder's */
};

void thread_lock(struct thread_lock *lock);
void thread_unlock(struct thread_lock *lock);

/* Calls these around every later fork, in this process and its children. */
int threads_at_fork(void (*prepare)(void), void (*parent)(void),
                    void (*child)(void));

/* The calling thread is to call `last` when it ends; before each is set anew. */
int thread_at_exit(void (*last)(void));

#endif
