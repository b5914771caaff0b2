/* SPDX-License-Identifier: MIT */
#include "sync/permits.h"

#include <errno.h>

/* So often in a row something came back, and others were faster. */
enum { LOOK_TRIES = 100 };

static uint32_t mark_of(uint32_t member)
{
	return 1 + member;
}

/* B, for the first of `count` words from the hinted one. */
static bool take_any(const struct permits *permits, uint32_t mark,
                     struct word32 *hint)
{
	uint32_t i = load32_relaxed(hint);

	for (uint32_t n = 0; n < permits->count; n++, i++) {
		uint32_t seen;

		if (i >= permits->count)
			i = 0;
		/* Pairs with the CAS of permits_release: what is looked at
		   next is not older, nor is `released` at the end. */
		seen = load32_acquire(&permits->words[i]);
		if (seen != 0 || !cas32(&permits->words[i], &seen, mark))
			continue;
		store32_relaxed(hint, i);
		return true;
	}
	return false;
}

int permits_acquire(const struct permits *permits, uint32_t member,
                    struct word32 *hint)
{
	for (int i = 0; i < LOOK_TRIES; i++) {
		/* Pairs with the add of permits_release: what came back before
		   it is seen. */
		uint32_t released = load32_acquire(permits->released);

		if (take_any(permits, mark_of(member), hint))
			return 1;
		if (load32_relaxed(permits->released) == released)
			break;
	}
	return -EAGAIN;
}

static bool has(const struct permits *permits, uint32_t mark, uint32_t count)
{
	uint32_t found = 0;

	/* Relaxed: this process put the mark there. */
	for (uint32_t i = 0; i < permits->count && found < count; i++)
		found += load32_relaxed(&permits->words[i]) == mark;
	return found == count;
}

/* Up to `count`; how many. */
static uint32_t give(const struct permits *permits, uint32_t mark,
                     uint32_t count, struct word32 *hint)
{
	uint32_t i = load32_relaxed(hint);
	uint32_t given = 0;

	for (uint32_t n = 0; n < permits->count && given < count; n++, i++) {
		uint32_t seen = mark;

		if (i >= permits->count)
			i = 0;
		if (load32_relaxed(&permits->words[i]) != mark ||
		    !cas32(&permits->words[i], &seen, 0))
			continue;
		store32_relaxed(hint, i);
		given++;
	}
	add32(permits->released, RELEASED_ONCE);
	return given;
}

int permits_release(const struct permits *permits, uint32_t member,
                    uint32_t count, struct word32 *hint)
{
	uint32_t mark = mark_of(member);

	if (count > permits->count || !has(permits, mark, count))
		return -EPERM;
	return give(permits, mark, count, hint) == count ? 0 : -EPERM;
}

uint32_t permits_free(const struct permits *permits)
{
	uint32_t found = 0;

	/* Relaxed: a count that others may change at any moment. */
	for (uint32_t i = 0; i < permits->count; i++)
		found += load32_relaxed(&permits->words[i]) == 0;
	return found;
}

void permits_bury(const struct permits *permits, uint32_t member)
{
	struct word32 hint = { 0 };

	give(permits, mark_of(member), permits->count, &hint);
}
