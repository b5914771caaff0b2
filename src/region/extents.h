/* SPDX-License-Identifier: MIT */
/*
 * Extents: the memory of the objects of a region.
 *
 * The extent of an entry is `lines` from `offset`, where its `extent` word is
 * {generation, lines} of the entry's own generation; with another generation,
 * or with 0 lines, it has none.  What no entry has is free.  A process that
 * wants lines for an entry that it has drafted:
 *
 *	A  allocated = {g, E}: help E:
 *	   CAS E.extent {g, 0} -> {g, E.wanted};  frontier = at least its end
 *	B  find room that no entry has, and write it to the own entry:
 *	   extent = {own g, 0}, offset, wanted
 *	C  CAS allocated -> {own g, own entry}; if it fails, from A
 *	D  help the own entry
 *
 * C gives the lines to the entry, whoever dies then: the next one helps before
 * it looks.  It fails if any other lines were given since A, so what was found
 * in B is still free.  An entry never has the same generation twice, so neither
 * has `allocated` the same value.  The lines go back by themselves when the
 * entry is FREE.
 *
 * B looks behind the frontier first, where nothing was ever given away; only
 * when that is not enough, at all entries, for the first gap.
 */
#ifndef WEIR_REGION_EXTENTS_H
#define WEIR_REGION_EXTENTS_H

#include "region/region.h"

struct extent {
	uint64_t offset; /* in lines */
	uint64_t lines;
};

/* For an entry that the caller drafted; 0, -ENOSPC, -ENOMEM, -EUCLEAN. */
int extent_take(struct weir_region *region, uint32_t entry, uint64_t lines);

/* The extent of the entry whose owner word is `word`; -EUCLEAN it has none. */
int extent_of(const struct weir_region *region, uint32_t entry, uint64_t word,
              struct extent *extent);

#endif
