/* SPDX-License-Identifier: MIT */
/*
 * Cells: what the handles of a value and of an array have in common, and how
 * these come to be, are opened and closed.
 */
#ifndef WEIR_VALUE_CELLS_H
#define WEIR_VALUE_CELLS_H

#include "segment/layout_value.h"
#include "sync/bell.h"
#include "weir/cell.h"

#include <errno.h>

struct weir_rlock;

/* Whose the lock is: of the object itself, nobody's, or a given one. */
enum guard { GUARD_OWN, GUARD_NONE, GUARD_GIVEN };

/* It begins as weir/cell.h says. */
struct cells {
	struct sync sync;
	uint32_t item_size;
	char typecode;
	unsigned char guard;
};

#define CELLS_SAME(own, public)                                                \
	_Static_assert(offsetof(struct cells, own) ==                          \
	                       offsetof(struct weir_cells, public),            \
	               #own " is where programs look")

CELLS_SAME(sync.home.at, object);
CELLS_SAME(item_size, item_size);
CELLS_SAME(typecode, typecode);
_Static_assert(sizeof(struct cells) == sizeof(struct weir_cells) &&
                       offsetof(struct cells_layout, changed) ==
                               WEIR_ALARM_AT &&
                       offsetof(struct cells_layout, cell) == WEIR_NUMBER_AT &&
                       ELEMENTS_OFFSET == WEIR_ELEMENTS_AT,
               "so are the words in shared memory");

static inline struct cells_layout *cells_at(const struct cells *cells)
{
	return (void *)cells->sync.home.at;
}

/* The given lock: it stands behind the cells, if they are of GUARD_GIVEN. */
static inline struct weir_rlock **cells_given(struct cells *cells)
{
	return (void *)(cells + 1);
}

/* What a new object is to be. */
struct cells_plan {
	const struct weir_segment_options *segment;
	const void *initial;
	struct weir_rlock *lock;
	bool unlocked;
	char typecode;
	uint32_t item_size;
	uint64_t length;
	uint64_t bytes;   /* of the object */
	uint64_t taken;   /* of these, at creation */
	uint64_t cleared; /* of these, zeros at creation */
	uint64_t initial_at;
	uint64_t lock_word; /* set by cells_create */
};

/* What stands in an object: checked, and read once. */
struct cells_facts {
	char typecode;
	uint32_t item_size;
	uint64_t length;
	uint64_t lock;
};

struct cells_kind {
	enum object_type type;
	size_t size; /* of a handle without a given lock */
	/* Checks what was found in the object of so many bytes, and fills the
	   handle, whose cells are filled; 0 or -errno. */
	int (*begin)(struct cells *cells, const struct cells_facts *facts,
	             uint64_t bytes);
};

/* Where an object is that is to be opened, and its lock. */
struct cells_place {
	const char *name; /* NULL: `fd` is it */
	struct weir_region *region;
	int fd;
	struct weir_rlock *lock;
};

/* `out` points to a pointer to the handle; untouched on failure. */
int cells_create(void *out, const struct cells_kind *kind, const char *name,
                 struct cells_plan *plan);
int cells_open(void *out, const struct cells_kind *kind,
               const struct cells_place *place);
int cells_open_or_create(void *out, const struct cells_kind *kind,
                         const char *name, struct cells_plan *plan);
void cells_close(struct cells *cells);

/* What stands in the object at `at` of `room` bytes. */
int cells_look(const unsigned char *at, uint64_t room,
               struct cells_facts *facts);

/* The lock: 0, WEIR_OWNER_DIED, or as weir/value.h says. */
int cells_lock(struct cells *cells, int64_t timeout);
int cells_unlock(struct cells *cells);

/*
 * Waits until the attempt says something else than -EAGAIN, which it did just
 * now; for changes of the cells, and for what the dead have.
 */
int cells_await(const struct cells *cells, vigil_attempt attempt, void *call,
                int64_t timeout);

/* How long a store waits for others that are in the middle of one: -EBUSY. */
#define CELLS_PATIENCE WEIR_SECONDS(1)

/*
 * How often so many bytes are read that others change meanwhile, before that is
 * given up: many thousand times, but as long as 256 MiB take, unless a hundred
 * times take longer.
 */
static inline uint32_t cells_tries(uint64_t bytes)
{
	uint64_t tries = (UINT64_C(1) << 28) / (bytes + 1);

	if (tries > 50000)
		return 50000;
	return tries < 100 ? 100 : (uint32_t)tries;
}

/* -EUCLEAN once the memory was truncated or its identity overwritten. */
static inline int cells_intact(const struct cells *cells)
{
	return likely(home_intact(&cells->sync.home)) ? 0 : -EUCLEAN;
}

/* Whoever waits for a change is woken, if anybody does. */
static inline void cells_ring(const struct cells *cells)
{
	struct cells_layout *shared = cells_at(cells);

	bell_ring_at(&shared->bell, &shared->changed, RING_ALL);
}

#endif
