/* SPDX-License-Identifier: MIT */
/*
 * Every byte of a region, a segment that holds many objects; or one, when that
 * has a segment of its own and needs to know its users (region/home.h).
 *
 *	0       +-----------------------+
 *	        | identity              |  segment/layout.h
 *	128     +-----------------------+
 *	        | region                |  size, frontier, names, table lengths
 *	640     +-----------------------+
 *	        | owner words of members|
 *	12288   +-----------------------+
 *	        | lines of REGION_LINE  |  the objects, each one extent of lines
 *	entries +-----------------------+  page    . . . . . . . . . . . . . .
 *	        | directory             |  in chunks of a page, each
 *	seats   +-----------------------+  fallocated before its first use and
 *	        | seats                 |  never given back; the file has holes
 *	size    +-----------------------+  where no chunk was needed yet
 *
 * The two tables stand at the end of the file, at their greatest length, so
 * that every process maps them once.  All offsets follow from `lines` and
 * `entries_most` (region/geometry.c).  In the segment of one object the identity
 * names that object's type, and what the object does not use yet is a hole too.
 *
 * An owner word {generation, member, state} is the truth about a member, a seat
 * and an entry of the directory (members/owner.h).
 */
#ifndef WEIR_SEGMENT_LAYOUT_REGION_H
#define WEIR_SEGMENT_LAYOUT_REGION_H

#include "segment/layout.h"

#define REGION_OFFSET  128
#define REGION_OBJECTS 12288
#define REGION_LINE    64
#define REGION_PAGE    4096
#define REGION_LARGEST (UINT64_C(1) << 40)
#define ENTRIES_MOST   (1 << 20)
#define ENTRIES_CHUNK  64
#define MEMBERS_MOST   1024
#define SEATS_MOST     4096
#define NAME_LONGEST   200

struct region_layout {
	/* Written once. */
	uint64_t lines __attribute__((aligned(CACHE_LINE)));
	uint32_t entries_most; /* a multiple of ENTRIES_CHUNK */

	/* {generation, entry} that got lines last, and the one that got its
	   name last; or 0. */
	struct word64 allocated __attribute__((aligned(CACHE_LINE)));
	struct word64 named;

	/* How many lines, from the front, were ever given away. */
	struct word64 frontier __attribute__((aligned(CACHE_LINE)));

	/* How many items of each table have memory. */
	struct word64 entries __attribute__((aligned(CACHE_LINE)));
	struct word64 seats;

	/* A process's attachment each: members/membership.h. */
	struct word64 member[MEMBERS_MOST] __attribute__((aligned(CACHE_LINE)));
};

/* An object's place in the directory: region/directory.h. */
struct entry_layout {
	struct word64 owner;
	struct word64 extent; /* {generation, lines}: region/extents.h */
	struct word64 offset; /* of its extent, in lines of the objects */
	struct word64 wanted; /* how many lines it asks for */
	struct word64 hash;   /* of its name; 0: nameless */
	struct word64 kind;   /* {lines before the name, its length, type} */
	uint64_t reserved[2];
};

/* One thread of a member: members/seats.h. */
struct seat_layout {
	struct word64 owner;
	struct word64 announcement; /* {generation, kind}: seen as a whole */
	struct word64 operand[6];
	uint64_t reserved[8];
};

#endif
