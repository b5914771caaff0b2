/* SPDX-License-Identifier: MIT */
#ifndef WEIR_QUEUE_PUT_H
#define WEIR_QUEUE_PUT_H

#include "queue/desks.h"
#include "queue/events.h"

/* So often others were faster: somebody spoils the words. */
enum { CONTEST_TRIES = 1 << 17 };

/*
 * Puts a message that the caller holds as a DRAFT, at or behind
 * vacancy->position, which is that behind it afterwards.  0, -EAGAIN full,
 * -ESHUTDOWN, -EUCLEAN; on failure the DRAFT is still the caller's.
 */
int put_chain(struct weir_queue *queue, const struct chain *chain,
              struct vacancy *vacancy);

/* One message, without waiting; the codes of weir_queue_put. */
int put_once(struct weir_queue *queue, const void *message, size_t size,
             struct vacancy *vacancy);

/* Whether it could ever be put: 0, or -EMSGSIZE, -EINVAL. */
int put_check(const struct weir_queue *queue, const void *message, size_t size);

#endif
