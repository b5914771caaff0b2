/* SPDX-License-Identifier: MIT */
/* Where the parts of the queue stand that was made last, from the segment's
   beginning on. */
#ifndef FUZZ_QUEUE_PLACES_H
#define FUZZ_QUEUE_PLACES_H

#include <stddef.h>
#include <stdint.h>

struct queue_places {
	size_t queue;
	size_t cells;
	size_t words;
	size_t step; /* from one block's word to the next one's */
	uint64_t blocks;
	size_t entries;
	size_t seats;
	size_t end; /* of what was ever used */
};

extern struct queue_places queue_places;

#endif
