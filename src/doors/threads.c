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

/*
 * Where a thread may be cancelled at any instruction, glibc 2.36 lets a signal
 * that is under way cancel it also after that was disabled, but not once the
 * type is deferred (its sigcancel_handler looks at the type only).
 */
void thread_shield(struct thread_shield *before)
{
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before->cancel_type);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before->cancel_state);
	block_signals(&before->signals);
}

void thread_unshield(const struct thread_shield *before)
{
	pthread_sigmask(SIG_SETMASK, &before->signals, NULL);
	pthread_setcancelstate(before->cancel_state, NULL);
	if (before->cancel_type == PTHREAD_CANCEL_DEFERRED)
		return;
	/* The next call would not say PTHREAD_CANCELED to who joins. */
	pthread_testcancel();
	pthread_setcanceltype(before->cancel_type, NULL);
}

void thread_lock(struct thread_lock *lock)
{
	struct thread_shield before;

	thread_shield(&before);
	pthread_mutex_lock(&lock->mutex);
	lock->before = before;
}

void thread_unlock(struct thread_lock *lock)
{
	struct thread_shield before = lock->before;

	pthread_mutex_unlock(&lock->mutex);
	thread_unshield(&before);
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
