/* SPDX-License-Identifier: MIT */
/* What one process knows of a queue. */
#ifndef WEIR_QUEUE_HANDLE_H
#define WEIR_QUEUE_HANDLE_H

#include "queue/geometry.h"
#include "waiting/wait.h"

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

_Static_assert(sizeof(struct weir_queue) <= 1024, "a handle is small");

#endif
