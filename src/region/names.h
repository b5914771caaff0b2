/* SPDX-License-Identifier: MIT */
/*
 * Names: two objects never have the same one.
 *
 * One word, `named`, says which entry got its name last, as {generation, entry}.
 * Every name is given by a CAS of it:
 *
 *	A  named = {g, E}; help: CAS E's owner {g, NAMING} -> {g, LIVE}
 *	B  look through all entries: LIVE, and the same name?  then -EEXIST
 *	   (or through those that region/roster.h knows, if it knows all)
 *	C  CAS named -> {own generation, own entry}; if it fails, from A
 *	D  help, for the own entry
 *
 * C is the moment at which the name is given.  It fails if any other name was
 * given since A, so nobody needs to know who else wants the same one.  Whoever
 * dies between C and D is helped by the next who looks.  An entry never has the
 * same generation twice, so neither has `named` the same value.
 */
#ifndef WEIR_REGION_NAMES_H
#define WEIR_REGION_NAMES_H

#include "region/directory.h"

uint64_t name_hash(const char *name);

/* Gives a DRAFT whose name is written its name; 0, -EEXIST, -EUCLEAN. */
int name_give(struct weir_region *region, struct object *object,
              const char *name);

/* The LIVE object of this name; 0 or -ENOENT, -EUCLEAN. */
int name_find(struct weir_region *region, const char *name,
              struct object *object, enum object_type *type);

/* A: whatever was named last is LIVE, or was removed since. */
int name_help(const struct weir_region *region, uint64_t *named);

/* Writes the name behind the object, for name_find. */
void name_write(const struct weir_region *region, const struct object *object,
                const struct object_plan *plan);

/* How many lines an object takes together with its name. */
uint64_t name_lines(const struct object_plan *plan);

/* Where the memory of `object` (its entry and word) is; -EUCLEAN. */
int name_locate(const struct weir_region *region, struct object *object);

/* The same without the lines of its name, and of which type it is; -EUCLEAN. */
int name_locate_typed(const struct weir_region *region, struct object *object,
                      enum object_type *type);

/* What the entry says it is; nobody has looked whether that is true. */
enum object_type name_type(const struct weir_region *region, uint32_t entry);

#endif
