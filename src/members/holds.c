/* SPDX-License-Identifier: MIT */
#include "members/holds.h"

#include "segment/layout.h"

#include <errno.h>
#include <stdlib.h>

enum { FEWEST = 8, SHARE = 4 };

_Static_assert(LOCK_USE == HOLDS_SIDES - 1, "the last side of an object");

static uint32_t side_of(int64_t byte)
{
	return (uint32_t)((byte - LOCK_ENDS) / LOCK_SIDE);
}

static uint32_t number_of(int64_t byte)
{
	return (uint32_t)((byte - LOCK_ENDS) % LOCK_SIDE);
}

int holds_prepare(struct holds *holds, int64_t byte)
{
	uint32_t **counts = &holds->side[side_of(byte)].counts;
	uint32_t *size = &holds->side[side_of(byte)].size;
	uint64_t wanted = (uint64_t)number_of(byte) + 1;
	uint32_t *more;

	if (wanted <= *size)
		return 0;
	/* A quarter more each time, so that it is copied seldom. */
	wanted += wanted / SHARE + FEWEST;
	more = wanted <= UINT32_MAX ? calloc(wanted, sizeof(*more)) : NULL;
	if (!more)
		return -ENOMEM;
	for (uint32_t i = 0; i < *size; i++)
		more[i] = (*counts)[i];
	free(*counts);
	*counts = more;
	*size = (uint32_t)wanted;
	return 0;
}

void holds_add(struct holds *holds, int64_t byte)
{
	holds->side[side_of(byte)].counts[number_of(byte)]++;
}

void holds_remove(struct holds *holds, int64_t byte)
{
	holds->side[side_of(byte)].counts[number_of(byte)]--;
}

bool holds_have(const struct holds *holds, int64_t byte)
{
	uint32_t side = side_of(byte), number = number_of(byte);

	return number < holds->side[side].size &&
	       holds->side[side].counts[number] > 0;
}

int holds_walk(const struct holds *holds, int (*visit)(int subject, int64_t),
               int subject)
{
	int code = 0;

	for (uint32_t side = 0; side < HOLDS_SIDES; side++) {
		int64_t first = LOCK_ENDS + side * LOCK_SIDE;

		for (uint32_t i = 0; i < holds->side[side].size && code == 0;
		     i++) {
			if (holds->side[side].counts[i] > 0)
				code = visit(subject, first + i);
		}
	}
	return code;
}

void holds_end(struct holds *holds)
{
	for (uint32_t side = 0; side < HOLDS_SIDES; side++)
		free(holds->side[side].counts);
	*holds = (struct holds){ .side = { { NULL, 0 } } };
}
