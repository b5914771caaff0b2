/* SPDX-License-Identifier: MIT */
/*
 * Roster: which entries of a region have names, by the hashes of these, as far
 * as this process knows; so a name is looked for in few entries, not in all.
 *
 * It is private, and says nothing that is not looked at again in the entry.
 * What it is needed for is that a name is not there.  The region says who was
 * the last to get a name (`named`, region/names.h), and never says the same
 * twice: while it says what it said when the roster was written, nobody got one
 * since, so the roster has all that there are.  Else all entries are looked at,
 * and if nobody got a name between two such looks, the roster is written anew.
 */
#ifndef WEIR_REGION_ROSTER_H
#define WEIR_REGION_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, it is empty, and not complete. */
struct roster {
	uint32_t *places; /* {some bits of a hash, entry}; 0: nobody */
	uint32_t size;    /* how many places; a power of two */
	uint32_t count;
	uint64_t named; /* the region said that when it was complete */
	uint64_t seen;  /* and that when all entries were looked at last */
};

/* It has all names that there are while the region says `named`. */
static inline bool roster_complete(const struct roster *roster, uint64_t named)
{
	return roster->places && roster->named == named;
}

/* All entries are to be looked at, while the region says so: true if it is time
   to write the roster anew. */
bool roster_due(struct roster *roster, uint64_t named);

/* Empties it, with room for `count` and some more; false: no memory. */
bool roster_begin(struct roster *roster, uint32_t count);

/* False: there is no place for it, and no roster any more. */
bool roster_add(struct roster *roster, uint64_t hash, uint32_t entry);

/* The region says `now` because this entry got its name, and before said
   `named`. */
void roster_named(struct roster *roster, uint64_t named, uint64_t now,
                  uint64_t hash, uint32_t entry);

/* The next entry with perhaps this hash; -1 there is none.  `*place` is 0 at
   first. */
int64_t roster_next(const struct roster *roster, uint64_t hash,
                    uint32_t *place);

void roster_end(struct roster *roster);

#endif
