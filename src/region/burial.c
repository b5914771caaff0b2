/* SPDX-License-Identifier: MIT */
#include "region/burial.h"

#include "region/names.h"

#include <errno.h>

static uint64_t owner_word(const struct weir_region *region, uint32_t entry)
{
	const struct entry_layout *at = table_at(&region->entries, entry);

	/* Pairs with the CAS that made it LIVE or REMOVED. */
	return load64_acquire(&at->owner);
}

static bool exists(uint64_t word)
{
	return owner_state(word) == ENTRY_LIVE ||
	       owner_state(word) == ENTRY_REMOVED;
}

/* An entry that is in use now, so whatever object is there stays. */
static int bury_used(const struct weir_region *region, uint32_t entry,
                     uint32_t member)
{
	struct object object = { entry, owner_word(region, entry), NULL, 0 };
	enum object_type type;
	object_burier bury;
	int code;

	if (!exists(object.word))
		return 0;
	code = name_locate_typed(region, &object, &type);
	if (code < 0)
		return code;
	bury = object_burier_of(type);
	return bury ? bury(region, object.at, object.bytes, member) : 0;
}

static int bury_in(const struct weir_region *region, uint32_t entry,
                   uint32_t member)
{
	uint64_t word = owner_word(region, entry);
	int code;

	if (!exists(word) || !object_burier_of(name_type(region, entry)))
		return 0;
	code = directory_use(region, entry);
	/* Somebody who has just found that nobody uses it, and makes it FREE
	   unless he is stopped; nobody can come to use it any more. */
	if (code == -EAGAIN && owner_state(word) == ENTRY_REMOVED)
		return 0;
	if (code < 0)
		return code;
	code = bury_used(region, entry, member);
	directory_let_go(region, entry);
	return code;
}

int directory_bury(void *subject, uint32_t member)
{
	const struct weir_region *region = subject;
	uint32_t count = table_count(&region->entries);
	int worst = 0;

	/* One that cannot be settled keeps none of the others from it. */
	for (uint32_t i = 0; i < count; i++) {
		int code = bury_in(region, i, member);

		if (code < 0 && worst != -EUCLEAN)
			worst = code;
	}
	return worst;
}
