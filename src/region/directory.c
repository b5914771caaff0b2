/* SPDX-License-Identifier: MIT */
#include "region/directory.h"

#include "doors/ck.h"
#include "doors/locks.h"
#include "members/recovery.h"
#include "region/extents.h"
#include "region/names.h"

#include <errno.h>

enum { SIDES = LOCK_USE + 1, LOCK_TRIES = 10000 };

static struct word64 *owner_of(const struct weir_region *region, uint32_t entry)
{
	struct entry_layout *at = table_at(&region->entries, entry);

	return &at->owner;
}

/* ---- who uses an object */

static int64_t lock_byte(uint32_t entry, int side)
{
	return LOCK_ENDS + side * LOCK_SIDE + entry;
}

static void release_sides(const struct weir_region *region, uint32_t entry,
                          int sides)
{
	while (sides-- > 0)
		lock_release(region->membership.place.probe_fd,
		             lock_byte(entry, sides));
}

/* True with all bytes of it locked: nobody uses the object. */
static bool lock_sides(const struct weir_region *region, uint32_t entry)
{
	int fd = region->membership.place.probe_fd;

	for (int side = 0; side < SIDES; side++) {
		if (lock_try_exclusive(fd, lock_byte(entry, side)) < 0) {
			release_sides(region, entry, side);
			return false;
		}
	}
	return true;
}

void directory_reclaim(struct weir_region *region, uint32_t entry)
{
	struct word64 *owner = owner_of(region, entry);

	if (owner_state(load64_relaxed(owner)) == ENTRY_REMOVED &&
	    lock_sides(region, entry)) {
		/* Only with the bytes locked does the word say anything. */
		uint64_t word = load64_acquire(owner);

		if (owner_state(word) == ENTRY_REMOVED &&
		    cas64(owner, &word, owner_next(word, 0, ENTRY_FREE)) &&
		    region->first_free > entry)
			region->first_free = entry;
		release_sides(region, entry, SIDES);
	}
}

/* ---- making */

/* The first FREE entry, from the hint on; -1 none. */
static int64_t find_free(struct weir_region *region)
{
	uint32_t count = table_count(&region->entries);

	while (region->first_free < count) {
		uint32_t entry = region->first_free;
		uint64_t word = load64_relaxed(owner_of(region, entry));

		if (owner_state(word) == ENTRY_FREE)
			return entry;
		region->first_free++;
	}
	return -1;
}

/* Makes a FREE entry the member's DRAFT; -EAGAIN somebody was faster. */
static int draft(struct weir_region *region, struct seat_layout *seat,
                 uint32_t entry, struct object *object)
{
	struct word64 *owner = owner_of(region, entry);
	uint64_t word = load64_relaxed(owner);
	uint32_t member = region->membership.place.index;
	uint64_t said[2];

	if (owner_state(word) != ENTRY_FREE)
		return -EAGAIN;
	object->entry = entry;
	object->word = owner_next(word, member, ENTRY_DRAFT);
	said[0] = entry;
	said[1] = owner_generation(object->word);
	seat_announce(seat, ANNOUNCE_CREATE, said, 2);
	return cas64(owner, &word, object->word) ? 0 : -EAGAIN;
}

void directory_drop(struct weir_region *region, struct seat_layout *seat,
                    const struct object *object)
{
	uint64_t word = object->word;

	cas64(owner_of(region, object->entry), &word,
	      owner_next(word, 0, ENTRY_FREE));
	seat_done(seat);
	if (region->first_free > object->entry)
		region->first_free = object->entry;
}

void directory_pass_over(struct weir_region *region, uint32_t entry)
{
	region->first_free = entry + 1;
}

/* Drafts this entry, with memory. */
static int try_entry(struct weir_region *region, struct seat_layout *seat,
                     uint32_t entry, uint64_t lines, struct object *object)
{
	int code = draft(region, seat, entry, object);

	if (code < 0)
		return code;
	code = extent_take(region, entry, lines);
	if (code == 0)
		code = name_locate(region, object);
	if (code == 0 && object->bytes < lines * REGION_LINE)
		code = -EUCLEAN;
	if (code < 0)
		directory_drop(region, seat, object);
	return code;
}

/* What nobody uses any more becomes free: of members that died, and objects. */
static int sweep(struct weir_region *region)
{
	uint32_t count = table_count(&region->entries);
	int code = recover_all(&region->membership);

	for (uint32_t i = 0; i < count && code >= 0; i++)
		directory_reclaim(region, i);
	region->first_free = 0;
	return code < 0 ? code : 0;
}

/* A FREE entry, or -EAGAIN there are more now, -ENOSPC. */
static int64_t choose(struct weir_region *region)
{
	uint32_t count = table_count(&region->entries);
	int64_t entry = find_free(region);

	if (entry >= 0)
		return entry;
	return table_grow(&region->entries, region->segment.fd, count) == 0
	               ? -EAGAIN
	               : -ENOSPC;
}

int directory_make(struct weir_region *region, struct seat_layout *seat,
                   const struct object_plan *plan, struct object *object)
{
	uint64_t lines = name_lines(plan);
	bool swept = false;

	/* Each turn fails only because somebody else got an entry, or because
	   there was no room, once. */
	for (int i = 0; i < REGION_TRIES; i++) {
		int64_t entry = choose(region);
		int code = (int)entry;

		if (entry >= 0)
			code = try_entry(region, seat, (uint32_t)entry, lines,
			                 object);
		if (code == -ENOSPC && !swept) {
			swept = true;
			code = sweep(region);
			if (code == 0)
				continue;
		}
		if (code == 0)
			name_write(region, object, plan);
		if (code != -EAGAIN)
			return code;
	}
	return -EUCLEAN;
}

int directory_publish(struct weir_region *region, struct seat_layout *seat,
                      const struct object_plan *plan, struct object *object)
{
	uint64_t word = object->word;
	int code = 0;

	if (plan->name) {
		code = name_give(region, object, plan->name);
	} else {
		object->word = owner_turned(word, ENTRY_REMOVED);
		if (!cas64(owner_of(region, object->entry), &word,
		           object->word))
			code = -EUCLEAN;
	}
	if (code < 0)
		directory_drop(region, seat, object);
	else
		seat_done(seat);
	return code;
}

int directory_settle(void *subject, uint32_t member, uint32_t kind,
                     const uint64_t *operands)
{
	struct weir_region *region = subject;
	uint64_t entry = operands[0], named, word;
	int code = name_help(region, &named);

	/* What no member of this version says is left alone. */
	if (code < 0 || kind != ANNOUNCE_CREATE ||
	    entry >= table_count(&region->entries))
		return code;
	word = load64_acquire(owner_of(region, (uint32_t)entry));
	if (owner_generation(word) == operands[1] &&
	    owner_member(word) == member &&
	    (owner_state(word) == ENTRY_DRAFT ||
	     owner_state(word) == ENTRY_NAMING))
		cas64(owner_of(region, (uint32_t)entry), &word,
		      owner_next(word, 0, ENTRY_FREE));
	return 0;
}

/* ---- finding and removing */

/* The bytes of a FREE entry, or one that was it, may be locked for a moment. */
int directory_use(const struct weir_region *region, uint32_t entry)
{
	int fd = region->membership.place.hold_fd;
	int code = -EAGAIN;

	for (int i = 0; i < LOCK_TRIES && code == -EAGAIN; i++) {
		code = lock_try_shared(fd, lock_byte(entry, LOCK_USE));
		if (code == -EAGAIN)
			spin_hint();
	}
	return code;
}

void directory_let_go(const struct weir_region *region, uint32_t entry)
{
	hold_release(&region->membership, lock_byte(entry, LOCK_USE));
}

int directory_keep(struct weir_region *region, uint32_t entry)
{
	int64_t byte = lock_byte(entry, LOCK_USE);
	int code = hold_prepare(&region->membership, byte);

	if (code < 0)
		directory_let_go(region, entry);
	else
		hold_begin(&region->membership, byte);
	return code;
}

void directory_leave(struct weir_region *region, uint32_t entry)
{
	hold_end(&region->membership, lock_byte(entry, LOCK_USE));
}

int directory_only(struct weir_region *region, enum object_type type,
                   struct object *object)
{
	enum object_type found;
	uint32_t state;
	int code;

	*object = (struct object){ .entry = 0 };
	if (table_count(&region->entries) == 0)
		return -EUCLEAN;
	code = directory_use(region, 0);
	if (code < 0)
		return code;
	/* Pairs with the CAS in directory_publish. */
	object->word = load64_acquire(owner_of(region, 0));
	state = owner_state(object->word);
	code = name_locate_typed(region, object, &found);
	if ((state != ENTRY_LIVE && state != ENTRY_REMOVED) || found != type)
		code = -EUCLEAN;
	if (code < 0)
		directory_let_go(region, 0);
	return code;
}

int directory_find(struct weir_region *region, const char *name,
                   enum object_type type, struct object *object)
{
	enum object_type found;
	int code;

	for (int i = 0; i < REGION_TRIES; i++) {
		code = name_find(region, name, object, &found);
		if (code == 0 && found != type)
			code = -EPROTO;
		if (code == 0)
			code = directory_use(region, object->entry);
		if (code < 0)
			return code;
		if (load64_acquire(owner_of(region, object->entry)) ==
		    object->word)
			return 0;
		/* Removed since, perhaps made anew. */
		directory_let_go(region, object->entry);
	}
	return -EUCLEAN;
}

uint64_t directory_word(const struct weir_region *region, uint32_t entry)
{
	/* Relaxed: it was seen by acquire before, when it came in use. */
	return load64_relaxed(owner_of(region, entry));
}

bool directory_remove_found(struct weir_region *region,
                            const struct object *object)
{
	uint64_t word = object->word;

	return cas64(owner_of(region, object->entry), &word,
	             owner_turned(word, ENTRY_REMOVED));
}

int directory_remove(struct weir_region *region, const char *name)
{
	struct object object;
	enum object_type type;

	for (int i = 0; i < REGION_TRIES; i++) {
		int code = name_find(region, name, &object, &type);

		if (code < 0)
			return code;
		if (directory_remove_found(region, &object)) {
			directory_reclaim(region, object.entry);
			return 0;
		}
	}
	return -EUCLEAN;
}
