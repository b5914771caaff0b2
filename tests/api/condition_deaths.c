/* SPDX-License-Identifier: MIT */
/* Waiters of a condition that give up or die. */
#include "board.h"

#include <errno.h>
#include <signal.h>

enum { WAITERS = 4 };

static void give_up_waiting(void *argument)
{
	struct board *board = argument;

	acquire(board);
	atomic_fetch_add(board->waiting, 1);
	must_be(weir_condition_wait(board->condition, WEIR_MS(1)), -ETIMEDOUT);
	release(board);
}

static void test_c4_who_timed_out_swallows_no_notify(void **state)
{
	struct board board;
	pid_t gone[WAITERS], waiter;

	board_begin(&board);
	for (int i = 0; i < WAITERS; i++)
		gone[i] = child_start(give_up_waiting, &board);
	for (int i = 0; i < WAITERS; i++)
		child_join(gone[i]);
	waiter = child_start(wait_once, &board);
	until_waiting(&board, WAITERS + 1);
	notify(&board, 1);
	child_join(waiter);
	board_end(&board);
}

static void test_c4_who_is_killed_swallows_no_notify(void **state)
{
	struct board board;
	pid_t killed[WAITERS], waiter;

	board_begin(&board);
	for (int i = 0; i < WAITERS; i++)
		killed[i] = child_start(wait_once, &board);
	until_waiting(&board, WAITERS);
	waiter = child_start(wait_once, &board);
	until_waiting(&board, WAITERS + 1);
	for (int i = 0; i < WAITERS; i++)
		child_kill(killed[i]);
	notify(&board, 1);
	child_join(waiter);
	must_be(atomic_load(board.through), 1);
	board_end(&board);
}

/* It is notified while it is stopped, and so before it can act on that. */
static void test_c4_who_is_killed_when_notified_neither(void **state)
{
	struct board board;
	pid_t killed, waiter;

	board_begin(&board);
	killed = child_start(wait_once, &board);
	until_waiting(&board, 1);
	waiter = child_start(wait_once, &board);
	until_waiting(&board, 2);
	must_be(kill(killed, SIGSTOP), 0);
	until_stopped(killed);
	notify(&board, 1);
	stays_through(&board, 0);
	child_kill(killed);
	child_join(waiter);
	must_be(atomic_load(board.through), 1);
	board_end(&board);
}

static void die_with_the_lock(void *argument)
{
	acquire(argument);
	raise(SIGKILL);
}

static void test_a_waiter_is_told_that_the_owner_died(void **state)
{
	struct board board;
	pid_t child;

	board_begin(&board);
	child_wait(child_start(die_with_the_lock, &board));
	must_be(weir_condition_acquire(board.condition, WEIR_NOWAIT),
	        WEIR_OWNER_DIED);
	child = child_start(die_with_the_lock, &board);
	must_be(weir_condition_wait(board.condition, WEIR_MS(20)),
	        WEIR_OWNER_DIED);
	release(&board);
	child_wait(child);
	board_end(&board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_c4_who_timed_out_swallows_no_notify),
		sentence(test_c4_who_is_killed_swallows_no_notify),
		sentence(test_c4_who_is_killed_when_notified_neither),
		sentence(test_a_waiter_is_told_that_the_owner_died),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
