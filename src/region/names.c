/* SPDX-License-Identifier: MIT */
#include "region/names.h"

#include "region/extents.h"

#include <errno.h>

enum { TYPE_BITS = 8, LENGTH_BITS = 8 };

_Static_assert(NAME_LONGEST < 1 << LENGTH_BITS, "a name's length fits");

/* FNV-1a, by Fowler, Noll and Vo; 0 stands for no name. */
uint64_t name_hash(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

static struct entry_layout *entry_at(const struct weir_region *region,
                                     uint32_t entry)
{
	return table_at(&region->entries, entry);
}

static uint64_t lines_of(uint64_t bytes)
{
	return (bytes + REGION_LINE - 1) / REGION_LINE;
}

uint64_t name_lines(const struct object_plan *plan)
{
	uint64_t length = plan->name ? strlen(plan->name) : 0;

	return lines_of(plan->bytes) + lines_of(length);
}

void name_write(const struct weir_region *region, const struct object *object,
                const struct object_plan *plan)
{
	struct entry_layout *at = entry_at(region, object->entry);
	uint64_t length = plan->name ? strlen(plan->name) : 0;
	uint64_t before = lines_of(plan->bytes);
	uint64_t kind = (before << LENGTH_BITS | length) << TYPE_BITS;

	/* Relaxed: the CAS that makes it NAMING or REMOVED comes after. */
	store64_relaxed(&at->hash, plan->name ? name_hash(plan->name) : 0);
	store64_relaxed(&at->kind, kind | (uint64_t)plan->type);
	copy_in(object->at + before * REGION_LINE, plan->name, length);
}

int name_locate(const struct weir_region *region, struct object *object)
{
	struct extent extent;
	int code = extent_of(region, object->entry, object->word, &extent);

	if (code == 0) {
		object->at = region->objects + extent.offset * REGION_LINE;
		object->bytes = extent.lines * REGION_LINE;
	}
	return code;
}

/* {lines before the name, its length, type}, as name_write wrote it. */
struct kind {
	uint64_t before;
	uint64_t length;
	enum object_type type;
};

static struct kind read_kind(const struct weir_region *region, uint32_t entry)
{
	/* Relaxed: who needs it to be so has seen the owner word, by acquire. */
	uint64_t kind = load64_relaxed(&entry_at(region, entry)->kind);

	return (struct kind){
		.before = kind >> (TYPE_BITS + LENGTH_BITS),
		.length = kind >> TYPE_BITS & ((1 << LENGTH_BITS) - 1),
		.type = (enum object_type)(kind & ((1 << TYPE_BITS) - 1)),
	};
}

enum object_type name_type(const struct weir_region *region, uint32_t entry)
{
	return read_kind(region, entry).type;
}

/* Where the object is, by a kind that was read: its bytes, then its name. */
static int locate(const struct weir_region *region, struct object *object,
                  const struct kind *kind)
{
	int code = name_locate(region, object);
	uint64_t lines = object->bytes / REGION_LINE;

	if (code < 0)
		return code;
	if (kind->before > lines ||
	    kind->length > (lines - kind->before) * REGION_LINE)
		return -EUCLEAN;
	object->bytes = kind->before * REGION_LINE;
	return 0;
}

int name_locate_typed(const struct weir_region *region, struct object *object,
                      enum object_type *type)
{
	struct kind kind = read_kind(region, object->entry);

	*type = kind.type;
	return locate(region, object, &kind);
}

/* Whether the object has this name, and where it is. */
static bool has_name(const struct weir_region *region, const char *name,
                     struct object *object, enum object_type *type)
{
	struct kind kind = read_kind(region, object->entry);
	char own[1 << LENGTH_BITS];

	*type = kind.type;
	if (kind.length != strlen(name) || locate(region, object, &kind) < 0)
		return false;
	copy_out(own, object->at + object->bytes, kind.length);
	return memcmp(own, name, kind.length) == 0;
}

int name_help(const struct weir_region *region, uint64_t *named)
{
	/* Pairs with the CAS in name_give. */
	uint64_t last = load64_acquire(&region->shared->named);
	uint32_t entry = owner_said_entry(last);
	struct word64 *owner;
	uint64_t word;

	*named = last;
	if (last == 0)
		return 0;
	if (entry >= table_count(&region->entries))
		return -EUCLEAN;
	owner = &entry_at(region, entry)->owner;
	word = load64_acquire(owner);
	if (owner_state(word) == ENTRY_NAMING &&
	    owner_said(word, entry) == last)
		cas64(owner, &word, owner_turned(word, ENTRY_LIVE));
	return 0;
}

/* A name that is looked for. */
struct search {
	const char *name;
	uint64_t hash;
	struct object *object;
	enum object_type *type;
};

/* Whether this entry is LIVE, and has the name. */
static bool look_at(const struct weir_region *region,
                    const struct search *search, uint32_t entry)
{
	const struct entry_layout *at = entry_at(region, entry);
	struct object found = { .entry = entry };

	if (load64_relaxed(&at->hash) != search->hash)
		return false;
	/* Pairs with the CAS that made it LIVE. */
	found.word = load64_acquire(&at->owner);
	if (owner_state(found.word) != ENTRY_LIVE ||
	    !has_name(region, search->name, &found, search->type) ||
	    load64_acquire(&at->owner) != found.word)
		return false;
	*search->object = found;
	return true;
}

static int look_at_all(const struct weir_region *region,
                       const struct search *search)
{
	uint32_t count = table_count(&region->entries);

	for (uint32_t i = 0; i < count; i++) {
		if (look_at(region, search, i))
			return 0;
	}
	return -ENOENT;
}

static int look_at_marked(const struct weir_region *region,
                          const struct search *search)
{
	uint32_t place = 0;
	int64_t entry;

	do {
		entry = roster_next(&region->roster, search->hash, &place);
		if (entry < 0)
			return -ENOENT;
	} while (!look_at(region, search, (uint32_t)entry));
	return 0;
}

/*
 * Whoever got a name up to `named`, as name_help found it, and was not removed
 * since, is LIVE.
 */
static void write_roster(struct weir_region *region, uint64_t named)
{
	struct roster *roster = &region->roster;
	uint32_t count = table_count(&region->entries);

	if (!roster_begin(roster, count))
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct entry_layout *at = entry_at(region, i);
		uint64_t word = load64_acquire(&at->owner);
		uint64_t hash = load64_relaxed(&at->hash);

		if (owner_state(word) == ENTRY_LIVE &&
		    !roster_add(roster, hash, i))
			return;
	}
	roster->named = named;
}

/* So many are looked at as fast as a roster; the simulator never has more. */
#ifdef WEIR_SIMULATED
enum { FEW = 0 };
#else
enum { FEW = ENTRIES_CHUNK };
#endif

/* Among the entries that are LIVE now; `named` is what name_help found. */
static int look_up(struct weir_region *region, uint64_t named,
                   const struct search *search)
{
	struct roster *roster = &region->roster;

	if (table_count(&region->entries) > FEW &&
	    !roster_complete(roster, named) && roster_due(roster, named))
		write_roster(region, named);
	return roster_complete(roster, named) ? look_at_marked(region, search)
	                                      : look_at_all(region, search);
}

int name_find(struct weir_region *region, const char *name,
              struct object *object, enum object_type *type)
{
	struct search search = { name, name_hash(name), object, type };
	uint64_t named;
	int code = name_help(region, &named);

	return code < 0 ? code : look_up(region, named, &search);
}

int name_give(struct weir_region *region, struct object *object,
              const char *name)
{
	struct word64 *owner = &entry_at(region, object->entry)->owner;
	uint64_t word = object->word;
	uint64_t said = owner_said(word, object->entry);
	uint64_t named;
	struct object other;
	enum object_type type;
	struct search search = { name, name_hash(name), &other, &type };
	int tries = 0;
	int code;

	object->word = owner_turned(word, ENTRY_NAMING);
	if (!cas64(owner, &word, object->word))
		return -EUCLEAN;
	do {
		code = name_help(region, &named);
		if (code == 0 && tries++ == REGION_TRIES)
			code = -EUCLEAN;
		if (code < 0)
			return code;
		if (look_up(region, named, &search) == 0)
			return -EEXIST;
	} while (!cas64(&region->shared->named, &named, said));
	roster_named(&region->roster, named, said, search.hash, object->entry);
	word = object->word;
	object->word = owner_turned(word, ENTRY_LIVE);
	/* Or somebody has helped already. */
	cas64(owner, &word, object->word);
	return 0;
}
