/* SPDX-License-Identifier: MIT */
/*
 * Holds: the lock bytes that this process holds through its membership's one
 * open file description, shared, each as part of whatever handle needs it.
 *
 * Several handles may hold one byte, but the description has one lock of it; so
 * only who ends the last hold of a byte lets it go.  To know that at ten
 * thousand holds, they stand in a table of lists that doubles as it fills; while
 * there is no memory for a larger one, the lists are longer.  A list is found by
 * the byte's lowest bits: so a walk comes by neighbouring bytes one after the
 * other, which makes one range of them in the kernel when a fork locks them all
 * once more.
 */
#ifndef WEIR_MEMBERS_HOLDS_H
#define WEIR_MEMBERS_HOLDS_H

#include <stdbool.h>
#include <stdint.h>

struct hold {
	struct hold *next;
	struct hold **link;
	int64_t byte;
};

/* Zeroed, it is empty. */
struct holds {
	struct hold **lists; /* NULL: `first` is the only one */
	struct hold *first;
	uint32_t size; /* how many lists; a power of two */
	uint32_t count;
};

void holds_add(struct holds *holds, struct hold *hold, int64_t byte);
void holds_remove(struct holds *holds, struct hold *hold);
bool holds_have(const struct holds *holds, int64_t byte);

/* Calls visit(subject, byte) for each hold as long as that returns 0. */
int holds_walk(const struct holds *holds, int (*visit)(int subject, int64_t),
               int subject);

/* Gives the table back; no hold is there any more. */
void holds_end(struct holds *holds);

#endif
