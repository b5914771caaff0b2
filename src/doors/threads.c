/* SPDX-License-Identifier: MIT */
#include "doors/threads.h"

#include <errno.h>
#include <signal.h>

static pthread_once_t made = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_code;

/* All but those that an instruction raises: these cannot wait. */
static void block_signals(sigset_t *before)
{
	static const int raised[] = { SIGBUS, SIGFPE,  SIGILL,
		                      SIGSYS, SIGSEGV, SIGTRAP };
	sigset_t signals;

	sigfillset(&signals);
	for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++)
		sigdelset(&signals, raised[i]);
	pthread_sigmask(SIG_BLOCK, &signals, before);
}

void thread_lock(struct thread_lock *lock)
{
	sigset_t signals;
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	block_signals(&signals);
	pthread_mutex_lock(&lock->mutex);
	lock->signals = signals;
	lock->cancel = cancel;
}

void thread_unlock(struct thread_lock *lock)
{
	sigset_t signals = lock->signals;
	int cancel = lock->cancel;

	pthread_mutex_unlock(&lock->mutex);
	pthread_sigmask(SIG_SETMASK, &signals, NULL);
	pthread_setcancelstate(cancel, NULL);
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
