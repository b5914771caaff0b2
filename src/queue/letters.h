/* SPDX-License-Identifier: MIT */
/*
 * Dead letters: messages that were handed out too often.
 *
 * Who comes across one takes it and moves it: it is put into the other queue,
 * then it is finished here.  Who dies in between leaves it in both, for the two
 * queues share no word that could say more.
 */
#ifndef WEIR_QUEUE_LETTERS_H
#define WEIR_QUEUE_LETTERS_H

#include "queue/handle.h"
#include "rings/returned.h"

static inline bool letters_due(const struct weir_queue *queue, uint64_t word)
{
	return queue->max_deliveries > 0 &&
	       block_stamp(word) >= queue->max_deliveries;
}

/* 1: it was moved or dropped, or somebody took it; 0: it could not be. */
int letters_move(struct weir_queue *queue, const struct returned *returned);

void letters_close(struct weir_queue *queue);

#endif
