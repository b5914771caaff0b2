/* SPDX-License-Identifier: MIT */
#include "value/ranges.h"

#include "doors/pieces.h"

#include <errno.h>

uint64_t ranges_next(uint64_t bytes)
{
	return ELEMENTS_OFFSET +
	       (bytes + REGION_LINE - 1) / REGION_LINE * REGION_LINE;
}

uint64_t ranges_end(uint64_t bytes)
{
	return ranges_next(bytes) + bytes;
}

int ranges_look(struct ranges *ranges, unsigned char *at, uint64_t room,
                const struct cells_facts *facts)
{
	uint64_t bytes;

	if (facts->length > REGION_LARGEST / facts->item_size)
		return -EUCLEAN;
	bytes = facts->length * facts->item_size;
	if (ranges_end(bytes) > room)
		return -EUCLEAN;
	*ranges = (struct ranges){
		.shared = (void *)at,
		.elements = at + ELEMENTS_OFFSET,
		.next = at + ranges_next(bytes),
		.bytes = bytes,
	};
	return 0;
}

/* ---- storing */

static int begin(const struct ranges *ranges, uint32_t member, uint64_t *mine)
{
	struct word64 *writer = &ranges->shared->writer;
	/* Pairs with D: the elements are those of the store before. */
	uint64_t seen = load64_acquire(writer);

	if (owner_state(seen) != RANGE_IDLE)
		return owner_state(seen) <= RANGE_STORING ? -EAGAIN : -EUCLEAN;
	*mine = owner_next(seen, member, RANGE_DRAFT);
	return cas64(writer, &seen, *mine) ? 0 : -EAGAIN;
}

int ranges_store(const struct ranges *ranges, uint32_t member, uint64_t first,
                 uint64_t bytes, const void *in)
{
	struct array_layout *shared = ranges->shared;
	uint64_t mine;
	int code = begin(ranges, member, &mine);

	if (code < 0)
		return code;
	/* Pairs with fence_acquire in overlay. */
	fence_release();
	store64_relaxed(&shared->first, first);
	store64_relaxed(&shared->bytes, bytes);
	pieces_in(ranges->next + first, in, bytes);
	/* Pairs with G: what is at `next` is complete. */
	store64_release(&shared->writer, owner_turned(mine, RANGE_STORING));
	/* Pairs with fence_acquire in ranges_read. */
	fence_release();
	pieces_in(ranges->elements + first, in, bytes);
	/* Pairs with E. */
	store64_release(&shared->writer, owner_turned(mine, RANGE_IDLE));
	return 0;
}

/* ---- reading */

static uint64_t completed(uint64_t word)
{
	return owner_generation(word) - (owner_state(word) != RANGE_IDLE);
}

static uint64_t begun(uint64_t word)
{
	return owner_generation(word) - (owner_state(word) == RANGE_DRAFT);
}

/* H and I: puts what this store has in its elements' place. */
static int overlay(const struct ranges *ranges, uint64_t store, uint64_t first,
                   uint64_t bytes, unsigned char *out)
{
	const struct array_layout *shared = ranges->shared;
	/* Relaxed: I finds out if they are of another store. */
	uint64_t from = load64_relaxed(&shared->first);
	uint64_t count = load64_relaxed(&shared->bytes);
	bool sane = from <= ranges->bytes && count <= ranges->bytes - from;
	uint64_t end = sane ? from + count : 0;
	uint64_t now;

	if (end > first + bytes)
		end = first + bytes;
	if (from < first)
		from = first;
	if (end > from)
		pieces_out(out + (from - first), ranges->next + from,
		           end - from);
	/* Pairs with fence_release after A. */
	fence_acquire();
	now = load64_relaxed(&shared->writer);
	if (owner_generation(now) != store || owner_state(now) == RANGE_DRAFT)
		return -EAGAIN;
	return sane ? 0 : -EUCLEAN;
}

int ranges_read(const struct ranges *ranges, uint64_t first, uint64_t bytes,
                void *out)
{
	struct word64 *writer = &ranges->shared->writer;
	/* Pairs with D: the elements are there. */
	uint64_t before = load64_acquire(writer);
	uint64_t after;

	pieces_out(out, ranges->elements + first, bytes);
	/* Pairs with fence_release after B. */
	fence_acquire();
	/* Pairs with B: what is at `next` is there. */
	after = load64_acquire(writer);
	if (owner_state(after) > RANGE_STORING)
		return -EUCLEAN;
	if (begun(after) == completed(before))
		return 0;
	if (begun(after) != completed(before) + 1)
		return -EAGAIN;
	return overlay(ranges, begun(after), first, bytes, out);
}

/* ---- the dead */

static int complete(const struct ranges *ranges, uint64_t word)
{
	struct array_layout *shared = ranges->shared;
	uint64_t first = load64_relaxed(&shared->first);
	uint64_t bytes = load64_relaxed(&shared->bytes);

	if (first > ranges->bytes || bytes > ranges->bytes - first)
		return -EUCLEAN;
	for (uint64_t at = first; at < first + bytes;) {
		unsigned char chunk[REGION_LINE];
		uint64_t part = sizeof(chunk) - at % sizeof(chunk);

		if (part > first + bytes - at)
			part = first + bytes - at;
		pieces_out(chunk, ranges->next + at, part);
		pieces_in(ranges->elements + at, chunk, part);
		at += part;
	}
	/* Pairs with E, as D does. */
	cas64(&shared->writer, &word, owner_turned(word, RANGE_IDLE));
	return 0;
}

int ranges_bury(const struct ranges *ranges, uint32_t member)
{
	struct word64 *writer = &ranges->shared->writer;
	uint64_t word = load64_acquire(writer);

	if (owner_state(word) == RANGE_IDLE || owner_member(word) != member)
		return 0;
	if (owner_state(word) == RANGE_STORING)
		return complete(ranges, word);
	if (owner_state(word) != RANGE_DRAFT)
		return -EUCLEAN;
	cas64(writer, &word, owner_next(word, 0, RANGE_IDLE));
	return 0;
}
