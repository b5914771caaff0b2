/* SPDX-License-Identifier: MIT */
#include "doors/threads.h"

#include <errno.h>

static pthread_once_t made = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_code;

void thread_lock(struct thread_lock *lock)
{
	pthread_mutex_lock(&lock->mutex);
}

void thread_unlock(struct thread_lock *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

int threads_at_fork(void (*prepare)(void), void (*parent)(void),
                    void (*child)(void))
{
	return -pthread_atfork(prepare, parent, child);
}

/* What a thread keeps under the key: the function, as an object. */
struct last_call {
	void (*last)(void);
};

static struct last_call call;

static void at_exit(void *value)
{
	((struct last_call *)value)->last();
}

static void make_key(void)
{
	key_code = -pthread_key_create(&key, at_exit);
}

int thread_at_exit(void (*last)(void))
{
	pthread_once(&made, make_key);
	if (key_code < 0)
		return key_code;
	__atomic_store_n(&call.last, last, __ATOMIC_RELEASE);
	return -pthread_setspecific(key, &call);
}
