/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process at one value, or at one array; ThreadSanitizer looks on
 * in its build.
 */
#include "values.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 5000, LENGTH = 40 };

struct record {
	uint64_t number[5];
};

struct work {
	struct weir_value *value;
	struct weir_array *array;
	uint64_t plain; /* what is published, or guarded */
};

struct worker {
	struct work *work;
	uint64_t number;
};

static void all_do(struct work *work, void *(*body)(void *))
{
	pthread_t threads[THREADS];
	struct worker each[THREADS];

	for (int i = 0; i < THREADS; i++) {
		each[i] = (struct worker){ work, (uint64_t)i };
		must_be(pthread_create(&threads[i], NULL, body, &each[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		must_be(pthread_join(threads[i], NULL), 0);
}

static void *add(void *argument)
{
	struct work *work = ((struct worker *)argument)->work;

	for (int i = 0; i < ROUNDS; i++) {
		weir_value_fetch_add_q(work->value, 1);
		weir_array_fetch_add_q(work->array, (size_t)i % LENGTH, 1);
	}
	return NULL;
}

static void test_v6_no_addition_of_a_thread_is_lost(void **state)
{
	struct work work = { .array = array_of('q', LENGTH) };
	long long sum = 0;

	must_be(weir_value_create(&work.value, NULL, 'q', NULL), 0);
	all_do(&work, add);
	for (size_t i = 0; i < LENGTH; i++)
		sum += weir_array_load_q(work.array, i);
	must_be(weir_value_load_q(work.value), THREADS * ROUNDS);
	must_be(sum, THREADS * ROUNDS);
	weir_value_close(work.value);
	weir_array_close(work.array);
}

static void *store_and_load(void *argument)
{
	const struct worker *worker = argument;
	struct weir_value *value = worker->work->value;
	struct record record;

	for (uint64_t i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 5; k++)
			record.number[k] = i * THREADS + worker->number;
		must_be(weir_value_store(value, &record), 0);
		must_be(weir_value_load(value, &record), 0);
		for (int k = 1; k < 5; k++)
			must_be(record.number[k], record.number[0]);
	}
	return NULL;
}

static void test_v7_no_thread_loads_a_torn_record(void **state)
{
	struct weir_value_options options = { .record_size =
		                                      sizeof(struct record) };
	struct work work = { .plain = 0 };

	must_be(weir_value_create(&work.value, NULL, WEIR_RECORD, &options), 0);
	all_do(&work, store_and_load);
	weir_value_close(work.value);
}

static void *add_with_the_lock(void *argument)
{
	struct work *work = ((struct worker *)argument)->work;

	for (int i = 0; i < ROUNDS; i++) {
		must_be(weir_value_lock(work->value, WEIR_FOREVER), 0);
		must_be(weir_value_lock(work->value, WEIR_NOWAIT), 0);
		work->plain++;
		must_be(weir_value_unlock(work->value), 0);
		must_be(weir_value_unlock(work->value), 0);
	}
	return NULL;
}

static void test_v5_the_lock_of_a_value_keeps_threads_apart(void **state)
{
	struct work work = { .plain = 0 };

	must_be(weir_value_create(&work.value, NULL, 'i', NULL), 0);
	all_do(&work, add_with_the_lock);
	must_be(work.plain, THREADS * ROUNDS);
	weir_value_close(work.value);
}

/* Each store makes all elements the same. */
static void *store_all_and_look(void *argument)
{
	const struct worker *worker = argument;
	struct weir_array *array = worker->work->array;
	uint64_t all[LENGTH];

	for (uint64_t i = 0; i < ROUNDS / 10; i++) {
		for (int k = 0; k < LENGTH; k++)
			all[k] = i * THREADS + worker->number;
		must_be(weir_array_store(array, 0, LENGTH, all), 0);
		must_be(weir_array_snapshot(array, 0, LENGTH, all), 0);
		for (int k = 1; k < LENGTH; k++)
			must_be(all[k], all[0]);
	}
	return NULL;
}

static void test_a3_a_thread_takes_a_snapshot_while_others_store(void **state)
{
	struct work work = { .array = array_of('q', LENGTH) };

	all_do(&work, store_all_and_look);
	weir_array_close(work.array);
}

static void *publish(void *argument)
{
	struct work *work = argument;

	for (int i = 1; i <= ROUNDS; i++) {
		work->plain = (uint64_t)i;
		weir_value_store_i(work->value, i);
		must_be(weir_value_wait_i(work->value, i, WEIR_FOREVER), 0);
		/* ThreadSanitizer knows no fences, but it knows loads. */
		must_be(weir_value_load_i(work->value), -i);
	}
	return NULL;
}

/* What was written before a number was stored is there for who loads it. */
static void test_who_sees_a_number_sees_what_came_before_it(void **state)
{
	struct work work = { .plain = 0 };
	pthread_t thread;

	must_be(weir_value_create(&work.value, NULL, 'i', NULL), 0);
	must_be(pthread_create(&thread, NULL, publish, &work), 0);
	for (int i = 1; i <= ROUNDS; i++) {
		must_be(weir_value_wait_i(work.value, 1 - i, WEIR_FOREVER), 0);
		must_be(weir_value_load_i(work.value), i);
		must_be(work.plain, i);
		weir_value_store_i(work.value, -i);
	}
	must_be(pthread_join(thread, NULL), 0);
	weir_value_close(work.value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_v6_no_addition_of_a_thread_is_lost),
		sentence(test_v7_no_thread_loads_a_torn_record),
		sentence(test_v5_the_lock_of_a_value_keeps_threads_apart),
		sentence(test_a3_a_thread_takes_a_snapshot_while_others_store),
		sentence(test_who_sees_a_number_sees_what_came_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
