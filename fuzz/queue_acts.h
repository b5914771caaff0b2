/* SPDX-License-Identifier: MIT */
/* What whoever takes part in a queue's schedule has, and the calls he makes. */
#ifndef FUZZ_QUEUE_ACTS_H
#define FUZZ_QUEUE_ACTS_H

#include "queue/handle.h"
#include "queue_ledger.h"
#include "queue_schedule.h"
#include "weir/region.h"

enum { MANY_MOST = 4 };

struct hand {
	int actor;
	int turns;
	int bent;            /* what it likes to do */
	const uint8_t *acts; /* or what it does */
	bool single;         /* cannot change two words as one */
	bool survives;
	struct weir_region *region; /* NULL: the queue is in none */
	struct weir_queue *queue;   /* NULL: closed */
	int64_t member;             /* -1: none */
	struct weir_lease lease;
	int leased; /* message, or -1 */
	/* Of its parent, which are nothing to it. */
	struct weir_lease inherited;
};

extern struct hand *hands[SIM_ACTORS];
extern struct queue_shape shape;
extern const struct pool *shape_pool;
size_t scene_block_size(void);

/* 0 to n - 1, as the schedule says. */
unsigned option(unsigned n);

/* One act; may be nothing, where it cannot be done now. */
void hand_acts(struct hand *hand, enum queue_act act);

/* How long a call may take, as the schedule says. */
int64_t hand_patience(void);

/* The acts that put, but for one message. */
int64_t hand_puts(struct hand *hand);
void hand_puts_many(struct hand *hand);
void hand_reserves(struct hand *hand);

/* With a handle that was just opened; and without. */
void hand_opened(struct hand *hand);
int hand_opens(struct hand *hand);
void hand_closes(struct hand *hand);

/* As long as there may be more forks. */
void hand_forks(struct hand *hand);
extern int hand_forks_most;

/* A worker from its first call to its last: an actor's body. */
void hand_lives(void *hand);

/* Of the survivor: what there is; one that must fit, or must not. */
ssize_t hand_gets(struct hand *hand, int64_t timeout);
int64_t hand_puts_small(struct hand *hand);
int64_t hand_task_done(struct hand *hand);

#endif
