/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process that hand each other plain memory by semaphores,
 * events, conditions and barriers; ThreadSanitizer looks on in its build.
 */
#include "case.h"

#include <pthread.h>
#include <weir/weir.h>

enum { THREADS = 4, ROUNDS = 2000 };

static void run(void *(*body)(void *), void *argument)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		must_be(pthread_create(&threads[i], NULL, body, argument), 0);
	for (int i = 0; i < THREADS; i++)
		must_be(pthread_join(threads[i], NULL), 0);
}

/* ---- a semaphore of one permit keeps them apart */

struct counted {
	struct weir_semaphore *semaphore;
	uint64_t counter;
};

static void *count_up(void *argument)
{
	struct counted *counted = argument;

	for (int i = 0; i < ROUNDS; i++) {
		must_be(weir_semaphore_acquire(counted->semaphore,
		                               WEIR_FOREVER),
		        0);
		counted->counter++;
		must_be(weir_semaphore_release(counted->semaphore, 1), 0);
	}
	return NULL;
}

static void test_a_semaphore_keeps_threads_apart(void **state)
{
	static const struct weir_semaphore_options sorts[] = {
		{ .owned = false }, { .bounded = true }, { .owned = true }
	};

	for (int i = 0; i < 3; i++) {
		struct counted counted = { .counter = 0 };

		must_be(weir_semaphore_create(&counted.semaphore, NULL, 1,
		                              &sorts[i]),
		        0);
		run(count_up, &counted);
		must_be(counted.counter, THREADS * ROUNDS);
		must_be(weir_semaphore_value(counted.semaphore), 1);
		weir_semaphore_close(counted.semaphore);
	}
}

/* ---- what was written before an event is set is seen */

struct published {
	struct weir_event *ready[ROUNDS / 100];
	int text[ROUNDS / 100];
};

static void *see_all(void *argument)
{
	struct published *published = argument;

	for (int i = 0; i < ROUNDS / 100; i++) {
		must_be(weir_event_wait(published->ready[i], WEIR_FOREVER), 0);
		must_be(published->text[i], i + 1);
	}
	return NULL;
}

static void *publish_all(void *argument)
{
	struct published *published = argument;

	for (int i = 0; i < ROUNDS / 100; i++) {
		published->text[i] = i + 1;
		must_be(weir_event_set(published->ready[i]), 0);
	}
	return NULL;
}

static void test_an_event_publishes(void **state)
{
	static struct published published;
	pthread_t thread;

	for (int i = 0; i < ROUNDS / 100; i++)
		must_be(weir_event_create(&published.ready[i], NULL, NULL), 0);
	must_be(pthread_create(&thread, NULL, publish_all, &published), 0);
	run(see_all, &published);
	must_be(pthread_join(thread, NULL), 0);
	for (int i = 0; i < ROUNDS / 100; i++)
		weir_event_close(published.ready[i]);
}

/* ---- a buffer of one, with two conditions at one lock */

struct buffer {
	struct weir_rlock *lock;
	struct weir_condition *filled, *emptied;
	bool full;
	uint64_t value, sum;
	int producers;
};

static bool is_full(void *buffer)
{
	return ((struct buffer *)buffer)->full;
}

static bool is_empty(void *buffer)
{
	return !is_full(buffer);
}

static void put(struct buffer *buffer, uint64_t value)
{
	must_be(weir_rlock_acquire(buffer->lock, WEIR_FOREVER), 0);
	must_be(weir_condition_wait_for(buffer->emptied, is_empty, buffer,
	                                WEIR_FOREVER),
	        0);
	buffer->full = true;
	buffer->value = value;
	must_be(weir_condition_notify(buffer->filled, 1), 0);
	must_be(weir_rlock_release(buffer->lock), 0);
}

static void get(struct buffer *buffer)
{
	must_be(weir_rlock_acquire(buffer->lock, WEIR_FOREVER), 0);
	must_be(weir_condition_wait_for(buffer->filled, is_full, buffer,
	                                WEIR_FOREVER),
	        0);
	buffer->full = false;
	buffer->sum += buffer->value;
	must_be(weir_condition_notify(buffer->emptied, 1), 0);
	must_be(weir_rlock_release(buffer->lock), 0);
}

/* Every second thread puts, the others get. */
static void *put_or_get(void *argument)
{
	struct buffer *buffer = argument;
	bool puts;

	must_be(weir_rlock_acquire(buffer->lock, WEIR_FOREVER), 0);
	puts = buffer->producers++ % 2 == 0;
	must_be(weir_rlock_release(buffer->lock), 0);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		if (puts)
			put(buffer, i);
		else
			get(buffer);
	}
	return NULL;
}

static void test_two_conditions_hand_over(void **state)
{
	struct buffer buffer = { .full = false };

	must_be(weir_rlock_create(&buffer.lock, NULL, NULL), 0);
	must_be(weir_condition_create(&buffer.filled, NULL, buffer.lock, NULL),
	        0);
	must_be(weir_condition_create(&buffer.emptied, NULL, buffer.lock, NULL),
	        0);
	run(put_or_get, &buffer);
	must_be(buffer.sum, (uint64_t)THREADS / 2 * ROUNDS * (ROUNDS - 1) / 2);
	weir_condition_close(buffer.filled);
	weir_condition_close(buffer.emptied);
	weir_rlock_close(buffer.lock);
}

/* ---- each writes a place of its own, and reads all of them */

struct field {
	struct weir_barrier *barrier;
	int places[THREADS];
};

static void *write_and_read(void *argument)
{
	struct field *field = argument;

	for (int i = 0; i < ROUNDS / 4; i++) {
		ssize_t index = weir_barrier_wait(field->barrier, WEIR_FOREVER);

		must(index >= 0 && index < THREADS);
		field->places[index] = i;
		must(weir_barrier_wait(field->barrier, WEIR_FOREVER) >= 0);
		for (int k = 0; k < THREADS; k++)
			must_be(field->places[k], i);
	}
	return NULL;
}

static void test_a_barrier_shows_what_all_wrote(void **state)
{
	struct field field = { .barrier = NULL };

	must_be(weir_barrier_create(&field.barrier, NULL, THREADS, NULL), 0);
	run(write_and_read, &field);
	weir_barrier_close(field.barrier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_semaphore_keeps_threads_apart),
		sentence(test_an_event_publishes),
		sentence(test_two_conditions_hand_over),
		sentence(test_a_barrier_shows_what_all_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
