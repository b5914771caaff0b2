/* SPDX-License-Identifier: MIT */
/*
 * What the targets with a hostile peer share: bytes of the input as numbers,
 * what a peer would write where, and every call on an end.
 *
 * The calls abort when one returns what include/weir/pipe.h does not promise.
 * Their buffers are just as large as they say, so that the address sanitizer
 * sees a byte too many.
 */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/pipe.h>

enum { FUZZ_RING = 4096 };

struct input {
	const uint8_t *data;
	size_t left;
};

/* Zeros when nothing is left. */
uint64_t input_take(struct input *input, int bytes);

/* Most of the size of an object; `bytes` are part of the input. */
const uint8_t *input_bytes(struct input *input, size_t wanted, size_t *bytes);

/*
 * Offset of a word that matters, for any number.  `segment` is what the segment
 * holds: the words at its positions, and their neighbours, matter too.
 */
size_t hostile_place(const unsigned char *segment, size_t size, uint8_t which);

/* What a peer may put there; `now` is what stands there. */
uint64_t hostile_word(uint64_t now, uint8_t which);

/* One call on `end`, as the next two bytes say. */
void call_something(struct weir_pipe *end, struct input *input);

/* Aborts unless it is met. */
void need(bool met);

/* What the next open would return: the same afterwards, if nothing leaked. */
int lowest_descriptor(void);

/* Aborts unless result is not negative or one of the codes, which end in 0. */
void must_promise(const char *call, ssize_t result, const int *codes);

/* Or if one that may not wait is late, or one that may wait could not. */
void must_keep_time(const char *call, ssize_t result, int64_t timeout);

/* Or if it is larger than that. */
void must_fit(const char *call, ssize_t result, size_t most);

/* Of just this size, filled. */
void *buffer_new(size_t size);

#endif
