/* SPDX-License-Identifier: MIT */
/*
 * Directory: the objects of a region.  An entry's owner word is the truth:
 *
 *	FREE --> DRAFT --> NAMING --> LIVE --> REMOVED --> FREE
 *	           |          |                   ^
 *	           |          +----> FREE         |
 *	           +---------- nameless ----------+
 *
 *	DRAFT    one member makes the object; nobody else looks at it
 *	NAMING   it is complete, and wants its name (region/names.h)
 *	LIVE     found by its name
 *	REMOVED  not found any more; it lives as long as somebody uses it
 *
 * Whoever uses an object holds one of its lock bytes (segment/layout.h), so an
 * exclusive lock of all of them through another description proves that nobody
 * does.  A REMOVED entry for which somebody has that proof becomes FREE.  Who
 * opens an object locks first and then looks again whether the entry is still
 * what it was, so the two cannot miss each other.
 *
 * A member announces an entry before it takes it, until the entry is LIVE or
 * REMOVED.  So whoever recovers the member finds the entry, and knows from its
 * word, which carries generation and member, how far it got:
 *
 *	not this generation, or not this member      nothing was done, or all
 *	DRAFT                                        FREE
 *	NAMING, and the name was given to it         LIVE
 *	NAMING, else                                 FREE
 *
 * All of this is called under registry_lock.
 */
#ifndef WEIR_REGION_DIRECTORY_H
#define WEIR_REGION_DIRECTORY_H

#include "members/seats.h"
#include "region/region.h"

enum entry_state {
	ENTRY_FREE = OWNER_FREE,
	ENTRY_DRAFT = 1,
	ENTRY_NAMING = 2,
	ENTRY_LIVE = 3,
	ENTRY_REMOVED = 4
};

enum { ANNOUNCE_CREATE = 1 };

struct object_plan {
	enum object_type type;
	uint64_t bytes;
	const char *name; /* valid, without '/'; NULL: none */
};

/* An object in a region, as of the time when it was made or found. */
struct object {
	uint32_t entry;
	uint64_t word;
	unsigned char *at; /* at a multiple of CACHE_LINE; or of REGION_LINE,
	                      if it is no longer than that, and nameless */
	uint64_t bytes;    /* at least what was planned */
};

/*
 * A DRAFT with memory that holds whatever was there before.  0, -ENOSPC, or
 * -EUCLEAN.  `seat` has announced it until directory_publish or _drop.
 */
int directory_make(struct weir_region *region, struct seat_layout *seat,
                   const struct object_plan *plan, struct object *object);

/* Makes the complete object LIVE, or REMOVED if it has no name.  0, -EEXIST. */
int directory_publish(struct weir_region *region, struct seat_layout *seat,
                      const struct object_plan *plan, struct object *object);

/* Gives an object up that was not published. */
void directory_drop(struct weir_region *region, struct seat_layout *seat,
                    const struct object *object);

/* The next directory_make looks behind this entry first. */
void directory_pass_over(struct weir_region *region, uint32_t entry);

/*
 * LOCK_USE of an object, for whoever looks into it without holding an end.  0
 * or -EAGAIN; -errno.  Meanwhile its memory stays its own.
 */
int directory_use(const struct weir_region *region, uint32_t entry);
void directory_let_go(const struct weir_region *region, uint32_t entry);

/* Instead of directory_let_go: until directory_leave, and for a forked child
   too.  -ENOMEM: it was let go. */
int directory_keep(struct weir_region *region, uint32_t entry);
void directory_leave(struct weir_region *region, uint32_t entry);

/*
 * The object of this name, in use until directory_let_go; 0, -ENOENT, -EPROTO
 * another type, -EUCLEAN.
 */
int directory_find(struct weir_region *region, const char *name,
                   enum object_type type, struct object *object);

/* The same for the only object of a segment: 0, -EUCLEAN, -EAGAIN. */
int directory_only(struct weir_region *region, enum object_type type,
                   struct object *object);

/* The owner word of an entry in use: its generation stays. */
uint64_t directory_word(const struct weir_region *region, uint32_t entry);

/* Takes the name away; 0, -ENOENT, -EUCLEAN. */
int directory_remove(struct weir_region *region, const char *name);

/* The same for an object in use; false: it was removed by somebody else. */
bool directory_remove_found(struct weir_region *region,
                            const struct object *object);

/* Somebody stopped using this object: its memory may be free. */
void directory_reclaim(struct weir_region *region, uint32_t entry);

/* What is done for a member that died (struct member_heir). */
int directory_settle(void *region, uint32_t member, uint32_t kind,
                     const uint64_t *operands);

/* The same for what it held in the objects: region/burial.h. */
int directory_bury(void *region, uint32_t member);

#endif
