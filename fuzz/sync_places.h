/* SPDX-License-Identifier: MIT */
/* Where the words of the object stand that is spoiled, in its segment. */
#ifndef FUZZ_SYNC_PLACES_H
#define FUZZ_SYNC_PLACES_H

#include <stddef.h>

struct sync_places {
	unsigned char *segment;
	size_t size;          /* of the segment that is in use */
	size_t object, bytes; /* of its own words */
	size_t owner;         /* of the lock that goes with it, if one does */
	size_t entries, seats;
};

extern struct sync_places sync_places;

#endif
