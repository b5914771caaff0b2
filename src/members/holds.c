/* SPDX-License-Identifier: MIT */
#include "members/holds.h"

#include <stdlib.h>

enum { FEW = 8, LISTS_FIRST = 16, LISTS_MOST = 1 << 20 };

static uint32_t list_count(const struct holds *holds)
{
	return holds->lists ? holds->size : 1;
}

static struct hold *const *list_at(const struct holds *holds, uint32_t list)
{
	return holds->lists ? &holds->lists[list] : &holds->first;
}

static uint32_t list_of(const struct holds *holds, int64_t byte)
{
	return (uint32_t)byte & (list_count(holds) - 1);
}

static void put(struct hold **list, struct hold *hold)
{
	hold->next = *list;
	hold->link = list;
	if (hold->next)
		hold->next->link = &hold->next;
	*list = hold;
}

/* Moves all holds to a larger table, if there is memory for one. */
static void grow(struct holds *holds)
{
	uint32_t size = holds->lists ? 2 * holds->size : LISTS_FIRST;
	struct hold **lists = calloc(size, sizeof(*lists));

	if (!lists)
		return;
	for (uint32_t i = 0; i < list_count(holds); i++) {
		struct hold *hold = *list_at(holds, i);

		while (hold) {
			struct hold *next = hold->next;

			put(&lists[(uint32_t)hold->byte & (size - 1)], hold);
			hold = next;
		}
	}
	free(holds->lists);
	holds->lists = lists;
	holds->size = size;
	holds->first = NULL;
}

void holds_add(struct holds *holds, struct hold *hold, int64_t byte)
{
	uint32_t enough = holds->lists ? holds->size : FEW;

	if (holds->count >= enough && enough < LISTS_MOST)
		grow(holds);
	hold->byte = byte;
	put(holds->lists ? &holds->lists[list_of(holds, byte)] : &holds->first,
	    hold);
	holds->count++;
}

void holds_remove(struct holds *holds, struct hold *hold)
{
	*hold->link = hold->next;
	if (hold->next)
		hold->next->link = hold->link;
	holds->count--;
}

bool holds_have(const struct holds *holds, int64_t byte)
{
	const struct hold *hold = *list_at(holds, list_of(holds, byte));

	while (hold && hold->byte != byte)
		hold = hold->next;
	return hold;
}

int holds_walk(const struct holds *holds, int (*visit)(int subject, int64_t),
               int subject)
{
	int code = 0;

	for (uint32_t i = 0; i < list_count(holds); i++) {
		const struct hold *hold = *list_at(holds, i);

		for (; hold && code == 0; hold = hold->next)
			code = visit(subject, hold->byte);
	}
	return code;
}

void holds_end(struct holds *holds)
{
	free(holds->lists);
	*holds = (struct holds){ .lists = NULL };
}
