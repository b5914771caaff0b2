/* SPDX-License-Identifier: MIT */
/* Where the words of a spoiled queue stand, and what is put there. */
#include "queue_places.h"
#include "queue_calls.h"

#include "rings/words.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct queue_places queue_places;

static size_t in_queue(uint16_t item)
{
	static const uint16_t words[] = {
		offsetof(struct queue_layout, capacity),
		offsetof(struct queue_layout, block_size),
		offsetof(struct queue_layout, blocks),
		offsetof(struct queue_layout, grouped),
		offsetof(struct queue_layout, max_deliveries),
		offsetof(struct queue_layout, dead_letter),
		offsetof(struct queue_layout, tail),
		offsetof(struct queue_layout, head),
		offsetof(struct queue_layout, freed),
		offsetof(struct queue_layout, finished),
		offsetof(struct queue_layout, data),
		offsetof(struct queue_layout, room),
		offsetof(struct queue_layout, idle),
		offsetof(struct queue_layout, unfenced),
		offsetof(struct queue_layout, returned),
		offsetof(struct queue_layout, cells_ready),
		offsetof(struct queue_layout, blocks_ready),
		offsetof(struct queue_layout, only_cpu),
		offsetof(struct queue_layout, dropping),
		offsetof(struct queue_layout, dropped),
	};

	return queue_places.queue + words[item % COUNT(words)];
}

/* Of what is around it: the segment, members, the one entry, seats. */
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
		REGION_OFFSET + offsetof(struct region_layout, member[0]),
		REGION_OFFSET + offsetof(struct region_layout, member[1]),
		REGION_OFFSET + offsetof(struct region_layout, member[2]),
		REGION_OFFSET + offsetof(struct region_layout, member[7]),
	};

	if (item < COUNT(words))
		return words[item];
	item -= (uint16_t)COUNT(words);
	if (item < 8)
		return queue_places.entries + item * 8U;
	return queue_places.seats + item % 8 * 8U;
}

static uint64_t read_word(const unsigned char *segment, size_t size, size_t at)
{
	uint64_t word = 0;

	if (size >= at + sizeof(word))
		memcpy(&word, segment + at, sizeof(word));
	return word;
}

static size_t cell(uint64_t position, bool second)
{
	return queue_places.cells + position % FUZZ_CELLS * 16 + second * 8U;
}

/* A cell near the head, or the tail. */
static size_t cell_near(const unsigned char *segment, size_t size,
                        uint16_t item)
{
	size_t at = queue_places.queue +
	            (item & 2 ? offsetof(struct queue_layout, tail)
	                      : offsetof(struct queue_layout, head));

	return cell(read_word(segment, size, at) + (item >> 2) % FUZZ_CELLS,
	            item & 1);
}

static size_t block(uint64_t number, bool more)
{
	return queue_places.words +
	       number % queue_places.blocks * queue_places.step + more * 8U;
}

/* The block of the message at the head, or behind. */
static size_t block_near(const unsigned char *segment, size_t size,
                         uint16_t item)
{
	size_t at = cell_near(segment, size, (uint16_t)(item >> 1 << 2));

	return block(cell_argument(read_word(segment, size, at)), item & 1);
}

size_t queue_place(const unsigned char *segment, size_t size, uint16_t which)
{
	uint16_t item = which >> 3;

	switch (which & 7) {
	case 0:
	case 1:
		return in_queue(item);
	case 2:
		return around(item);
	case 3:
		return cell(item >> 1, item & 1);
	case 4:
		return cell_near(segment, size, item);
	case 5:
		return block(item >> 1, item & 1);
	case 6:
		return block_near(segment, size, item);
	default:
		return queue_places.queue + QUEUE_GROUPS + item % 8 * 8U;
	}
}

/* Numbers of all sizes. */
static uint64_t number(uint64_t now, unsigned how)
{
	static const uint64_t numbers[] = {
		0,
		1,
		2,
		3,
		FUZZ_CAPACITY,
		FUZZ_CELLS - 1,
		FUZZ_CELLS,
		FUZZ_CELLS + 1,
		UINT64_MAX,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_C(1) << 32,
		UINT32_MAX,
		UINT64_C(1) << 22,
		(UINT64_C(1) << 22) + 1,
		LAYOUT_MAGIC,
	};

	(void)now;
	return numbers[how % COUNT(numbers)];
}

/* A step up or down: of a position, a lap, a stamp, a generation. */
static uint64_t step(uint64_t now, unsigned how)
{
	static const uint64_t steps[] = {
		1,
		2,
		FUZZ_CAPACITY,
		FUZZ_CELLS,
		UINT64_C(1) << BLOCK_MEMBER_SHIFT,
		UINT64_C(1) << BLOCK_STAMP_SHIFT,
		UINT64_C(1) << 24, /* of `finished` and `returned` */
		UINT64_C(1) << CELL_LAP_SHIFT,
		UINT64_C(1) << 31,
		UINT64_C(1) << 32,
		UINT64_C(1) << 40,
		UINT64_C(1) << 62,
		UINT64_C(1) << 63,
		UINT64_C(1) << 16, /* of an owner word */
		UINT64_C(4) << CELL_LAP_SHIFT,
		7,
	};
	uint64_t by = steps[how / 2 % COUNT(steps)];

	return how & 1 ? now - by : now + by;
}

/* The same cell with another kind, or another argument. */
static uint64_t as_cell(uint64_t now, unsigned how)
{
	static const uint32_t arguments[] = { 0,  1,        2,
		                              7,  8,        9,
		                              63, NO_BLOCK, BLOCKS_MOST - 1 };
	uint64_t argument = arguments[how % COUNT(arguments)];

	if (how < 8)
		return (now & ~UINT64_C(7)) | how;
	return (now & ~((uint64_t)NO_BLOCK << CELL_ARGUMENT_SHIFT)) |
	       argument << CELL_ARGUMENT_SHIFT;
}

/* The same block's word in another state, or of another member, or length. */
static uint64_t as_block(uint64_t now, unsigned how)
{
	static const uint32_t lengths[] = { 0,   1,    24,   32,
		                            120, 4080, 4094, LENGTH_LONG };

	if (how < 16)
		return (now & ~UINT64_C(15)) | how;
	if (how < 24)
		return block_word(block_state(now), how - 16, block_length(now),
		                  block_stamp(now));
	return block_word(block_state(now), block_member(now),
	                  lengths[how % COUNT(lengths)], block_stamp(now));
}

/* The same second word with another length, or another block behind it. */
static uint64_t as_more(uint64_t now, unsigned how)
{
	static const uint64_t lengths[] = { 0,
		                            1,
		                            32,
		                            512,
		                            4096,
		                            8192,
		                            UINT64_C(1) << 32,
		                            (UINT64_C(1) << 40) - 1 };

	if (how < COUNT(lengths))
		return long_word(lengths[how], long_next(now));
	how -= (unsigned)COUNT(lengths);
	return long_word(long_length(now), how < 6    ? how
	                                   : how == 6 ? BLOCKS_MOST - 1
	                                              : NO_BLOCK);
}

uint64_t queue_word(uint64_t now, uint8_t how)
{
	if (how < 16)
		return number(now, how);
	if (how < 48)
		return step(now, how - 16U);
	if (how < 72)
		return as_cell(now, how - 48U);
	if (how < 104)
		return as_block(now, how - 72U);
	if (how < 120)
		return as_more(now, how - 104U);
	if (how < 128) /* all states and members, at the first position */
		return block_word(how - 118U, how & 1, 8, FUZZ_CELLS);
	if (how < 192)
		return now ^ UINT64_C(1) << (how & 63);
	return now + (UINT64_C(1) << (how & 63));
}
