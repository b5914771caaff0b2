/* SPDX-License-Identifier: MIT */
/* What a queue may have seen before somebody is killed at it. */
#ifndef TESTS_CRASH_QUEUE_STATES_H
#define TESTS_CRASH_QUEUE_STATES_H

#include "crash/queue_world.h"

/* Positions begin at CELLS, and each CELLS of them are a lap. */
enum { CELLS = 64, SOME_TURNS = 10 };

/* Nothing waits: it was used; and its next position begins a lap. */
void queue_some_turns(struct queue_world *world);
void queue_at_lap(struct queue_world *world);

/* Messages wait, of so many bytes. */
void queue_one_of_100(struct queue_world *world);
void queue_two_of_100(struct queue_world *world);
void queue_two_and_one_got(struct queue_world *world);
void queue_mixed(struct queue_world *world); /* 8, 100, 300 */
void queue_almost_full(struct queue_world *world);
void queue_full(struct queue_world *world);

/* One of 100 came back, and one of 100 waits. */
void queue_came_back(struct queue_world *world);

/* The next cell held a small message, a lap ago, that was leased. */
void queue_cell_was_leased(struct queue_world *world);

/* One of 100 waits, and nothing more is put. */
void queue_is_shut(struct queue_world *world);

#endif
