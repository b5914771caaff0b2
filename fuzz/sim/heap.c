/* SPDX-License-Identifier: MIT */
#include "sim/heap.h"

#include "sim/inside.h"

#undef malloc
#undef calloc
#undef free

enum { PIECES_MOST = 512 };

static void *pieces[PIECES_MOST];
static int count;

static void *keep(void *memory)
{
	if (!memory || count == PIECES_MOST)
		abort();
	pieces[count++] = memory;
	return memory;
}

void *sim_malloc(size_t size)
{
	return keep(malloc(size));
}

void *sim_calloc(size_t items, size_t size)
{
	return keep(calloc(items, size));
}

void sim_free(void *memory)
{
	for (int i = count; memory && i-- > 0;) {
		if (pieces[i] == memory) {
			pieces[i] = pieces[--count];
			free(memory);
			return;
		}
	}
	if (memory)
		abort();
}

void heap_end(void)
{
	while (count > 0)
		free(pieces[--count]);
}
