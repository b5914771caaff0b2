/* SPDX-License-Identifier: MIT */
#include "value/bury.h"

#include "sync/mutex.h"
#include "value/cells.h"
#include "value/copies.h"
#include "value/ranges.h"

#include <errno.h>

/*
 * The lock, and whoever waits for what the dead one had.  Of a size of another
 * kind of process, all but the length is what it is here.
 */
static int bury(unsigned char *at, uint64_t bytes, uint32_t member,
                struct cells_facts *facts)
{
	int code = cells_look(at, bytes, facts);

	if (code < 0 && code != -EPROTO)
		return code;
	return mutex_bury((void *)at, member);
}

static void ring(unsigned char *at)
{
	struct cells_layout *shared = (void *)at;

	bell_ring_at(&shared->bell, &shared->changed, RING_ALL);
}

int value_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member)
{
	struct cells_facts facts;
	int code = bury(at, bytes, member, &facts);
	struct copies copies;

	(void)region;
	if (code < 0 || facts.item_size <= sizeof(uint64_t))
		return code;
	if (copies_room(facts.item_size) > bytes)
		return -EUCLEAN;
	copies = copies_of(at, facts.item_size);
	copies_bury(&copies, member);
	ring(at);
	return 0;
}

int array_bury_object(const struct weir_region *region, unsigned char *at,
                      uint64_t bytes, uint32_t member)
{
	struct cells_facts facts;
	int code = bury(at, bytes, member, &facts);
	struct ranges ranges;

	(void)region;
	if (code == 0)
		code = ranges_look(&ranges, at, bytes, &facts);
	if (code == 0)
		code = ranges_bury(&ranges, member);
	if (code == 0)
		ring(at);
	return code;
}
