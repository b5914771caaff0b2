/* SPDX-License-Identifier: MIT */
/* Where the words of a spoiled object stand, and what is put there. */
#include "sync_places.h"
#include "sync_calls.h"

#include "members/owner.h"
#include "segment/layout_sync.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct sync_places sync_places;

unsigned char *sync_segment(size_t *size)
{
	*size = sync_places.size;
	return sync_places.segment;
}

void sync_let_go(void)
{
	static const uint64_t nobody;

	memcpy(sync_places.segment + sync_places.owner, &nobody,
	       sizeof(nobody));
}

/* Of what is around it: the segment, the region, members. */
static size_t around(uint16_t item)
{
	static const uint16_t words[] = {
		offsetof(struct segment_identity, magic),
		offsetof(struct segment_identity, version),
		offsetof(struct segment_identity, size),
		offsetof(struct segment_identity, type),
		REGION_OFFSET + offsetof(struct region_layout, lines),
		REGION_OFFSET + offsetof(struct region_layout, entries_most),
		REGION_OFFSET + offsetof(struct region_layout, entries),
		REGION_OFFSET + offsetof(struct region_layout, seats),
	};

	if (item < COUNT(words))
		return words[item];
	return REGION_OFFSET + offsetof(struct region_layout, member) +
	       (item - COUNT(words)) % MEMBERS_MOST * 8U;
}

size_t sync_place(const unsigned char *segment, size_t size, uint16_t which)
{
	size_t item = which >> 3;

	(void)segment;
	(void)size;
	switch (which & 7) {
	case 0:
	case 1:
	case 2:
		return sync_places.object + item * 4 % sync_places.bytes;
	case 3:
		return sync_places.owner;
	case 4:
		return around((uint16_t)item);
	case 5:
		return sync_places.entries + item % 16 * 8U;
	case 6:
		return sync_places.seats + item % 16 * 8U;
	default:
		return sync_places.object + item * 8 % 256;
	}
}

static uint64_t number(unsigned how)
{
	static const uint64_t numbers[] = {
		0,
		1,
		2,
		3,
		FUZZ_PERMITS + 1,
		FUZZ_SLOTS,
		FUZZ_SLOTS + 1,
		SLOTS_MOST + 1,
		UINT64_MAX,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_C(1) << 32,
		UINT32_MAX,
		INT32_MAX,
		UINT64_C(1) << 21,
		LAYOUT_MAGIC,
	};

	return numbers[how % COUNT(numbers)];
}

/* A step up or down: of a count, a member, a depth, a generation. */
static uint64_t step(uint64_t now, unsigned how)
{
	static const uint64_t steps[] = {
		1,
		2,
		UINT64_C(1) << OWNER_STATE_BITS,
		UINT64_C(1) << (OWNER_STATE_BITS + OWNER_MEMBER_BITS),
		UINT64_C(1) << 9,  /* of an alarm */
		UINT64_C(1) << 21, /* of a barrier */
		UINT64_C(1) << 32,
		UINT64_C(1) << 40, /* of a thread */
	};
	uint64_t by = steps[how / 2 % COUNT(steps)];

	return how & 1 ? now - by : now + by;
}

uint64_t sync_word(uint64_t now, uint8_t how)
{
	if (how < 16)
		return number(how);
	if (how < 32)
		return step(now, how);
	if (how < 48)
		return owner_turned(now, how & 15);
	if (how < 64) /* of another member */
		return (now & ~UINT64_C(0xfff0)) | (uint64_t)(how & 15) << 4;
	if (how < 128) /* of any, as if it were its second turn */
		return owner_next(1 << 16, how >> 2 & 15, how & 3);
	if (how < 192)
		return now ^ UINT64_C(1) << (how & 63);
	return now + (UINT64_C(1) << (how & 63));
}
