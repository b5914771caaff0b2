/* SPDX-License-Identifier: MIT */
/*
 * The least work that makes a whole message and the least that reads one: one
 * pass of stores, one pass of loads.  Sizes are multiples of 64.
 */
#ifndef BENCH_MESSAGE_WORK_H
#define BENCH_MESSAGE_WORK_H

#include <stddef.h>
#include <stdint.h>

/* Fills the message with the low byte of its number. */
void message_make(void *message, size_t size, uint64_t number);

/* 0 when every byte of the message is as message_make left it. */
uint64_t message_unlike(const void *message, size_t size, uint64_t number);

/*
 * The same for a message that bears its whole number at both ends: 0 when it is
 * as it was made; its number is added to `sum`.
 */
void message_make_numbered(void *message, size_t size, uint64_t number);
uint64_t message_unlike_numbered(const void *message, size_t size,
                                 uint64_t *sum);

#endif
