/* SPDX-License-Identifier: MIT */
/*
 * A peer that scribbles between any two steps of its victim, which is the one
 * virtual process of a simulated run (sim/sim.h).
 *
 * The first byte of an input is the length of the part that says what the
 * victim calls; the rest is the peer's, who acts at points of the victim's way,
 * before any access to a word and around each copy:
 *
 *	how many points it lets pass, what it does, arguments
 *
 * Each call ends within a bounded number of points, whatever the peer does, and
 * with a code that the headers promise; nothing outside the segment is touched.
 */
#ifndef FUZZ_PEER_H
#define FUZZ_PEER_H

#include "calls.h"

/* What it knows of the segment. */
struct peer_kind {
	/* Far more than the longest honest call takes. */
	uint64_t points_of_a_call;
	uint64_t points_of_a_run; /* after so many, no call is begun */
	int place_bytes;          /* of the input, for a place */
	size_t (*place)(const unsigned char *segment, size_t size,
	                uint16_t which);
	uint64_t (*word)(uint64_t now, uint8_t which);
};

/* Runs the victim, which calls peer_comes when there is a segment, and
   peer_goes at the end; `calls` is its part of the input. */
void peer_run(const uint8_t *data, size_t size, const struct peer_kind *kind,
              void (*victim)(void *calls));
void peer_comes(unsigned char *base, size_t size);
void peer_goes(void);

/* It does nothing more. */
void peer_rests(void);

/* Before each call of the victim; false: it has called enough. */
bool peer_allows(void);

#endif
