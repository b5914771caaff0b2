/* SPDX-License-Identifier: MIT */
/* What a condition promises. */
#include "board.h"

#include <errno.h>
#include <pthread.h>

enum { WAITERS = 4 };

static void *wait_in_thread(void *board)
{
	wait_once(board);
	return NULL;
}

static void take_the_lock(void *argument)
{
	struct board *board = argument;

	until_waiting(board, 1);
	notify(board, 1);
}

static void test_c1_wait_gives_the_lock_up_and_takes_it_back(void **state)
{
	struct board board;
	pid_t child;

	board_begin(&board);
	for (int depth = 1; depth <= 3; depth++) {
		atomic_store(board.waiting, 0);
		child = child_start(take_the_lock, &board);
		for (int i = 0; i < depth; i++)
			acquire(&board);
		atomic_store(board.waiting, 1);
		must_be(weir_condition_wait(board.condition, WEIR_SECONDS(20)),
		        0);
		for (int i = 0; i < depth; i++)
			release(&board);
		must_be(weir_condition_release(board.condition), -EOVERFLOW);
		child_join(child);
	}
	board_end(&board);
}

static void test_c1_also_when_the_time_is_over(void **state)
{
	struct board board;
	int64_t began = now();

	board_begin(&board);
	acquire(&board);
	acquire(&board);
	must_be(weir_condition_wait(board.condition, WEIR_MS(5)), -ETIMEDOUT);
	must(now() - began >= WEIR_MS(5));
	must_be(weir_condition_wait(board.condition, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_condition_wait(board.condition, -1), -EAGAIN);
	release(&board);
	release(&board);
	must_be(weir_condition_release(board.condition), -EOVERFLOW);
	board_end(&board);
}

static void test_c2_notify_wakes_as_many_as_it_says(void **state)
{
	struct board board;
	pid_t waiters[WAITERS];

	board_begin(&board);
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(wait_once, &board);
	until_waiting(&board, WAITERS);
	notify(&board, 0);
	stays_through(&board, 0);
	notify(&board, 1);
	until_through(&board, 1);
	stays_through(&board, 1);
	notify(&board, 2);
	until_through(&board, 3);
	stays_through(&board, 3);
	notify(&board, 7);
	for (int i = 0; i < WAITERS; i++)
		child_join(waiters[i]);
	board_end(&board);
}

static void test_c2_without_a_sleeper_it_is_not_remembered(void **state)
{
	struct board board;

	board_begin(&board);
	acquire(&board);
	must_be(weir_condition_notify(board.condition, 3), 0);
	must_be(weir_condition_notify_all(board.condition), 0);
	must_be(weir_condition_wait(board.condition, WEIR_MS(2)), -ETIMEDOUT);
	release(&board);
	board_end(&board);
}

static void test_c2_who_came_first_is_notified_first(void **state)
{
	struct board board;
	pid_t waiters[WAITERS];

	board_begin(&board);
	for (int i = 0; i < WAITERS; i++) {
		waiters[i] = child_start(wait_once, &board);
		until_waiting(&board, i + 1);
	}
	for (int i = 0; i < WAITERS; i++) {
		notify(&board, 1);
		child_join(waiters[i]);
		must_be(atomic_load(board.through), i + 1);
	}
	board_end(&board);
}

static void test_c3_notify_all_wakes_processes_and_threads(void **state)
{
	struct board board;
	pid_t waiters[WAITERS];
	pthread_t threads[WAITERS];

	board_begin(&board);
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = child_start(wait_once, &board);
	for (int i = 0; i < WAITERS; i++)
		must_be(pthread_create(&threads[i], NULL, wait_in_thread,
		                       &board),
		        0);
	until_waiting(&board, 2 * WAITERS);
	acquire(&board);
	must_be(weir_condition_notify_all(board.condition), 0);
	release(&board);
	for (int i = 0; i < WAITERS; i++) {
		child_join(waiters[i]);
		must_be(pthread_join(threads[i], NULL), 0);
	}
	board_end(&board);
}

static bool is_three(void *value)
{
	return atomic_load((atomic_int *)value) == 3;
}

static void count_to_three(void *argument)
{
	struct board *board = argument;

	for (int i = 0; i < 3; i++) {
		acquire(board);
		atomic_fetch_add(board->value, 1);
		must_be(weir_condition_notify_all(board->condition), 0);
		release(board);
	}
}

static void test_c5_wait_for_returns_when_the_predicate_holds(void **state)
{
	struct board board;
	pid_t child;

	board_begin(&board);
	acquire(&board);
	child = child_start(count_to_three, &board);
	must_be(weir_condition_wait_for(board.condition, is_three, board.value,
	                                WEIR_FOREVER),
	        0);
	must(is_three(board.value));
	must_be(weir_condition_wait_for(board.condition, is_three, board.value,
	                                WEIR_NOWAIT),
	        0);
	release(&board);
	child_join(child);
	board_end(&board);
}

static void notify_on_and_on(void *argument)
{
	for (;;)
		notify(argument, 1);
}

static void test_c5_wait_for_has_one_deadline(void **state)
{
	struct board board;
	int64_t began;
	pid_t child;

	board_begin(&board);
	acquire(&board);
	must_be(weir_condition_wait_for(board.condition, is_three, board.value,
	                                WEIR_NOWAIT),
	        -EAGAIN);
	child = child_start(notify_on_and_on, &board);
	began = now();
	must_be(weir_condition_wait_for(board.condition, is_three, board.value,
	                                WEIR_MS(30)),
	        -ETIMEDOUT);
	must(now() - began >= WEIR_MS(30));
	must(now() - began < SOON);
	release(&board);
	child_kill(child);
	board_end(&board);
}

static void test_c6_without_the_lock_it_is_eperm(void **state)
{
	struct board board;

	board_begin(&board);
	for (int i = 0; i < 2; i++) {
		must_be(weir_condition_wait(board.condition, WEIR_FOREVER),
		        -EPERM);
		must_be(weir_condition_wait(board.condition, WEIR_NOWAIT),
		        -EPERM);
		must_be(weir_condition_wait_for(board.condition, is_three,
		                                board.value, WEIR_FOREVER),
		        -EPERM);
		must_be(weir_condition_notify(board.condition, 1), -EPERM);
		must_be(weir_condition_notify_all(board.condition), -EPERM);
		acquire(&board);
		release(&board);
	}
	board_end(&board);
}

static void *wait_without_a_place(void *argument)
{
	struct weir_condition *condition = argument;

	must_be(weir_condition_acquire(condition, WEIR_FOREVER), 0);
	must_be(weir_condition_wait(condition, WEIR_FOREVER), -ENOSPC);
	must_be(weir_condition_notify(condition, 1), 0);
	must_be(weir_condition_release(condition), 0);
	return NULL;
}

static void test_more_waiters_than_asked_for_is_enospc(void **state)
{
	struct weir_condition_options options = { .waiters = 1 };
	struct weir_condition *condition;
	pthread_t thread;

	must_be(weir_condition_create(&condition, NULL, NULL, &options), 0);
	must_be(weir_condition_acquire(condition, WEIR_FOREVER), 0);
	must_be(pthread_create(&thread, NULL, wait_without_a_place, condition),
	        0);
	must_be(weir_condition_wait(condition, WEIR_SECONDS(20)), 0);
	must_be(weir_condition_release(condition), 0);
	must_be(pthread_join(thread, NULL), 0);
	weir_condition_close(condition);
	options.waiters = 4097;
	must_be(weir_condition_create(&condition, NULL, NULL, &options),
	        -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_c1_wait_gives_the_lock_up_and_takes_it_back),
		sentence(test_c1_also_when_the_time_is_over),
		sentence(test_c2_notify_wakes_as_many_as_it_says),
		sentence(test_c2_without_a_sleeper_it_is_not_remembered),
		sentence(test_c2_who_came_first_is_notified_first),
		sentence(test_c3_notify_all_wakes_processes_and_threads),
		sentence(test_c5_wait_for_returns_when_the_predicate_holds),
		sentence(test_c5_wait_for_has_one_deadline),
		sentence(test_c6_without_the_lock_it_is_eperm),
		sentence(test_more_waiters_than_asked_for_is_enospc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
