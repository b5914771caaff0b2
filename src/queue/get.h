/* SPDX-License-Identifier: MIT */
#ifndef WEIR_QUEUE_GET_H
#define WEIR_QUEUE_GET_H

#include "queue/put.h"
#include "rings/returned.h"

/*
 * Takes a message that came back, which is the caller's then: 1, 0 there is
 * none, -EMSGSIZE it is larger than `capacity`, -EUCLEAN.
 */
int get_returned(struct weir_queue *queue, size_t capacity,
                 struct chain *chain);

/* The same for the message that `arrival` found; 0: somebody else took it. */
int get_block(struct weir_queue *queue, struct arrival *arrival,
              size_t capacity, struct chain *chain);

/*
 * One message, without waiting, at or behind arrival->position, which is that
 * behind it afterwards; 1 with its size, or the codes of weir_queue_get.
 */
int get_once(struct weir_queue *queue, void *buffer, size_t capacity,
             struct arrival *arrival, size_t *size);

#endif
