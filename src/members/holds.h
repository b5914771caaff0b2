/* SPDX-License-Identifier: MIT */
/*
 * Holds: the lock bytes of objects (segment/layout.h) that this process holds
 * through its membership's one open file description, shared.
 *
 * Several handles may hold one byte, but the description has one lock of it; so
 * only who ends the last hold of a byte lets it go.  To know that, holds are
 * counted, for each byte of a side from that of object 0 on: four bytes for an
 * object, whoever holds how much of it.  A walk comes by neighbouring bytes one
 * after the other, which makes one range of them in the kernel when a fork locks
 * them all once more.
 */
#ifndef WEIR_MEMBERS_HOLDS_H
#define WEIR_MEMBERS_HOLDS_H

#include <stdbool.h>
#include <stdint.h>

enum { HOLDS_SIDES = 3 };

/* Zeroed, it is empty. */
struct holds {
	struct {
		uint32_t *counts; /* of the bytes in a row */
		uint32_t size;
	} side[HOLDS_SIDES];
};

/* Memory to count this byte: 0 or -ENOMEM. */
int holds_prepare(struct holds *holds, int64_t byte);

/* One more; it was prepared.  One less. */
void holds_add(struct holds *holds, int64_t byte);
void holds_remove(struct holds *holds, int64_t byte);
bool holds_have(const struct holds *holds, int64_t byte);

/* Calls visit(subject, byte) for each byte as long as that returns 0. */
int holds_walk(const struct holds *holds, int (*visit)(int subject, int64_t),
               int subject);

/* Gives all back; nothing is held any more. */
void holds_end(struct holds *holds);

#endif
