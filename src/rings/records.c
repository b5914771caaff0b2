/* SPDX-License-Identifier: MIT */
#include "rings/records.h"

/*
 * A sender of this end died after it published and before it stored tail: its
 * record stands at tail.  One at most, for tail is stored after each.
 */
static int step_over_published(const struct ring *ring, uint64_t *tail)
{
	struct record record;
	int found = ring_at(ring, *tail, &record);

	if (found <= 0)
		return found;
	*tail += record_size(record.length);
	if (load64_relaxed(ring_header(ring, *tail)) != 0)
		return -EUCLEAN;
	store64_relaxed(&ring->shared->tail, *tail);
	return 0;
}

/*
 * Is there room for `need` bytes at `tail`?  As far as published says, else as
 * far as head says; limit keeps room for the header that is cleared next.
 */
static int room(const struct ring *ring, uint64_t tail, uint64_t need)
{
	struct ring_layout *shared = ring->shared;
	const struct word64 *sources[] = { &shared->published, &shared->head };
	uint64_t used = 0;

	for (int i = 0; i < 2; i++) {
		/* Pairs with the release in ring_tell and ring_consume. */
		uint64_t head = load64_acquire(sources[i]);

		used = tail - head;
		if (used <= ring->size &&
		    need + RECORD_HEADER <= ring->size - used) {
			store64_relaxed(&shared->limit,
			                head + ring->size - RECORD_HEADER);
			return 0;
		}
	}
	return used > ring->size ? -EUCLEAN : -EAGAIN;
}

int ring_claim_slow(const struct ring *ring, uint64_t length,
                    uint64_t *position)
{
	uint64_t tail = load64_relaxed(&ring->shared->tail);
	uint64_t size = record_size(length);
	uint64_t rest;
	int code = (tail & 7) ? -EUCLEAN : step_over_published(ring, &tail);

	if (code < 0)
		return code;
	rest = ring_rest(ring, tail);
	if (size <= rest)
		rest = 0;
	code = room(ring, tail, rest + size);
	if (code < 0)
		return code;
	if (rest > 0) {
		ring_clear_next(ring, tail, rest - RECORD_HEADER);
		ring_publish(ring, tail, RECORD_PAD, rest - RECORD_HEADER);
		tail += rest;
	}
	*position = tail;
	return 0;
}
