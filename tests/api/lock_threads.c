/* SPDX-License-Identifier: MIT */
/* Threads of one process at one lock; ThreadSanitizer looks on in its build. */
#include "case.h"

#include <pthread.h>
#include <weir/lock.h>

enum { THREADS = 4, ROUNDS = 20000 };

struct work {
	struct weir_lock *lock;
	struct weir_rlock *rlock;
	uint64_t counter; /* plain: the lock guards it */
};

static void *add_with_lock(void *argument)
{
	struct work *work = argument;

	for (int i = 0; i < ROUNDS; i++) {
		must_be(weir_lock_acquire(work->lock, WEIR_FOREVER), 0);
		work->counter++;
		must_be(weir_lock_release(work->lock), 0);
	}
	return NULL;
}

static void *add_with_rlock(void *argument)
{
	struct work *work = argument;

	for (int i = 0; i < ROUNDS; i++) {
		int depth = 1 + i % 3;

		for (int k = 0; k < depth; k++)
			must_be(weir_rlock_acquire(work->rlock, WEIR_FOREVER),
			        0);
		work->counter++;
		for (int k = depth; k > 0; k--) {
			must_be(weir_rlock_depth(work->rlock), k);
			must_be(weir_rlock_release(work->rlock), 0);
		}
	}
	return NULL;
}

static void count(void *(*body)(void *))
{
	struct work work = { .counter = 0 };
	pthread_t threads[THREADS];

	must_be(weir_lock_create(&work.lock, NULL, NULL), 0);
	must_be(weir_rlock_create(&work.rlock, NULL, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		must_be(pthread_create(&threads[i], NULL, body, &work), 0);
	for (int i = 0; i < THREADS; i++)
		must_be(pthread_join(threads[i], NULL), 0);
	must_be(work.counter, THREADS * ROUNDS);
	must_be(weir_lock_locked(work.lock), 0);
	must_be(weir_rlock_locked(work.rlock), 0);
	weir_lock_close(work.lock);
	weir_rlock_close(work.rlock);
}

static void test_a_lock_keeps_threads_apart(void **state)
{
	count(add_with_lock);
}

static void test_an_rlock_keeps_threads_apart(void **state)
{
	count(add_with_rlock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_lock_keeps_threads_apart),
		sentence(test_an_rlock_keeps_threads_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
