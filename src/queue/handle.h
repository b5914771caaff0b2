/* SPDX-License-Identifier: MIT */
/* What one process knows of a queue. */
#ifndef WEIR_QUEUE_HANDLE_H
#define WEIR_QUEUE_HANDLE_H

#include "queue/geometry.h"
#include "waiting/wait.h"

#include <errno.h>

struct weir_queue {
	struct queue_view view;
	struct home home;
	struct dependent dependent;
	uint32_t max_deliveries;

	/* queue/desks.h */
	struct desk *desks;
	uint64_t id;
	int keepers;

	/* What waiting has taught. */
	struct patience data_patience;
	struct patience room_patience;
	struct patience idle_patience;
	struct word64 waited_at;    /* head when this handle last waited */
	struct word64 recovered_at; /* when it last looked for deaths */

	/* Where messages go that were handed out too often, once opened. */
	struct weir_queue *letters;
	char dead_letter[NAME_LONGEST + 1];
};

/* Where memory was cut off, zeros stand for it: nothing is to be put there. */
static inline int queue_intact(const struct weir_queue *queue)
{
	return home_intact(&queue->home) ? 0 : -EUCLEAN;
}

/* 0, or why this process can do nothing here. */
static inline int queue_code(const struct weir_queue *queue)
{
	int code = queue_intact(queue);

	return code < 0 ? code : home_code(&queue->home);
}

_Static_assert(sizeof(struct weir_queue) <= 1024, "a handle is small");

#endif
