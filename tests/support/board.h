/* SPDX-License-Identifier: MIT */
/* A condition, and what the processes that wait at it tell each other. */
#ifndef TESTS_SUPPORT_BOARD_H
#define TESTS_SUPPORT_BOARD_H

#include "case.h"
#include "child.h"

#include <stdatomic.h>
#include <weir/condition.h>

/* What processes share beside the condition. */
struct board {
	struct weir_condition *condition;
	atomic_int *waiting; /* how many are about to, with the lock */
	atomic_int *through; /* how many came back notified */
	atomic_int *value;
};

static inline void board_begin(struct board *board)
{
	must_be(weir_condition_create(&board->condition, NULL, NULL, NULL), 0);
	board->waiting = shared_new(3 * sizeof(atomic_int));
	board->through = board->waiting + 1;
	board->value = board->waiting + 2;
}

static inline void board_end(struct board *board)
{
	shared_free(board->waiting, 3 * sizeof(atomic_int));
	weir_condition_close(board->condition);
}

static inline void acquire(struct board *board)
{
	must_be(weir_condition_acquire(board->condition, WEIR_SECONDS(20)), 0);
}

static inline void release(struct board *board)
{
	must_be(weir_condition_release(board->condition), 0);
}

static inline void notify(struct board *board, unsigned count)
{
	acquire(board);
	must_be(weir_condition_notify(board->condition, count), 0);
	release(board);
}

static inline void wait_once(void *argument)
{
	struct board *board = argument;

	acquire(board);
	atomic_fetch_add(board->waiting, 1);
	must_be(weir_condition_wait(board->condition, WEIR_SECONDS(20)), 0);
	atomic_fetch_add(board->through, 1);
	release(board);
}

/* Returns when so many wait: they have said so, and gave the lock up. */
static inline void until_waiting(struct board *board, int count)
{
	int64_t began = now();

	while (atomic_load(board->waiting) < count)
		must(now() - began < SOON);
	acquire(board);
	release(board);
}

static inline void until_through(struct board *board, int count)
{
	int64_t began = now();

	while (atomic_load(board->through) < count)
		must(now() - began < SOON);
}

/* Nobody else comes through, as far as a short time can tell. */
static inline void stays_through(struct board *board, int count)
{
	int64_t began = now();

	while (now() - began < WEIR_MS(20))
		must_be(atomic_load(board->through), count);
}

#endif
