/* SPDX-License-Identifier: MIT */
/*
 * A semaphore: plain, bounded or owned.
 *
 * - Never do more have a permit than there are: at first, and released since.
 * - Who is alone gets a permit if there is one, and only then; of a bounded one,
 *   nobody releases above the initial value.
 * - Owned: nobody releases what he has not; in the end all are there.
 * - Nobody whose time is not over passes the only other one who waits, and has
 *   the turn, before that is over.
 * - Else: in the end there are as many as were released and not acquired; of
 *   one who was killed in the middle, either may be.
 */
#include "sync_schedule_inside.h"

#include "sync/semaphore.h"

#include <limits.h>

enum { INITIAL_MOST = 3 };

static struct semaphore_layout *shared;

/* What calls did that returned; and what those did, perhaps, that did not, or
   whose callers were killed. */
static struct {
	int acquired, released;
	int acquiring, releasing;
	int asked; /* how often somebody began to acquire */
} book;

static bool owned(void)
{
	return sync_shape.sort == SEMAPHORE_OWNED;
}

static void choose_sort(void)
{
	memset(&book, 0, sizeof(book));
	sync_shape.sort = (int)sync_option(4) % 3;
	if (sync_option(2))
		sync_shape.sort = SEMAPHORE_OWNED;
	sync_shape.size = 1 + (int)sync_option(INITIAL_MOST);
}

static int create(struct party *party, struct weir_segment_options *segment)
{
	struct weir_semaphore_options options = {
		.segment = *segment,
		.bounded = sync_shape.sort == SEMAPHORE_BOUNDED,
		.owned = owned(),
	};

	return weir_semaphore_create((void *)&party->handle, SYNC_NAME,
	                             (unsigned)sync_shape.size, &options);
}

static int open(struct party *party)
{
	void *handle = &party->handle;

	return party->region ? weir_semaphore_open_in(handle, party->region,
	                                              SYNC_NAME)
	                     : weir_semaphore_open(handle, SYNC_NAME);
}

static void close(void *handle)
{
	weir_semaphore_close(handle);
}

static struct sync *sync_of(void *handle)
{
	return handle;
}

static void begin(const struct party *first)
{
	shared = object_of(first);
	shared->bell.only_cpu.bits = sync_shape.one_cpu;
}

/* ---- past the door */

static const uint32_t *permit(int i)
{
	return (const uint32_t *)(const void *)(shared + 1) + i;
}

static int there(void)
{
	int count = 0;

	if (!owned())
		return (int)(shared->value.bits & INT_MAX);
	for (int i = 0; i < sync_shape.size; i++)
		count += *permit(i) == 0;
	return count;
}

/* Those of members that are no more. */
static int there_by_death(const struct party *asks)
{
	int count = 0;

	for (int i = 0; i < sync_shape.size && owned(); i++) {
		uint32_t member = *permit(i) - 1;

		count += *permit(i) > 0 && member != asks->member &&
		         !member_lives(member, asks);
	}
	return count;
}

static int had(void)
{
	int count = 0;

	for (int i = 0; i < SIM_ACTORS; i++) {
		if (parties[i] && !party_gone(parties[i]))
			count += parties[i]->having;
	}
	return count;
}

/* ---- calls */

static void check_taken(void)
{
	if (owned() && had() > sync_shape.size)
		sim_fail("%d have a permit", had());
	if (!owned() &&
	    book.acquired > sync_shape.size + book.released + book.releasing)
		sim_fail("%d were acquired, of %d", book.acquired,
		         sync_shape.size + book.released + book.releasing);
}

static bool turn_set(void)
{
	return owned() ? shared->released.bits >> RELEASED_TURN_BIT & 1
	               : shared->value.bits >> VALUE_TURN_BIT;
}

/* Who is next: he sleeps until it is his turn, and there is nobody else. */
struct next {
	const struct party *party;
	uint64_t begun;
	int asked;
	int64_t until;
};

static struct next who_is_next(int64_t timeout)
{
	int64_t lasts = timeout < TURN_LASTS ? timeout : TURN_LASTS;
	struct next next = { .until = sim_now() + lasts };

	for (int i = 0; i < SIM_ACTORS && book.acquiring == 1 && turn_set();
	     i++) {
		if (parties[i] && sim_alive(i) &&
		    sim_sleeps_on(i, &shared->first))
			next.party = parties[i];
	}
	if (next.party)
		next.begun = next.party->begun;
	return next;
}

/* One who came after that has a permit. */
static void check_passed(const struct next *next)
{
	if (next->party && turn_set() && next->party->call &&
	    sim_alive(next->party->actor) &&
	    next->party->begun == next->begun && book.asked == next->asked &&
	    sim_now() < next->until && sim_visible(next->party->actor))
		sim_fail("%d, whose turn it is, was passed",
		         next->party->actor);
}

static int take(struct party *party, int64_t timeout)
{
	struct next next;
	bool some;
	int code;

	call_begin(party, "acquire", timeout);
	some = there() > 0;
	next = who_is_next(timeout);
	next.asked = ++book.asked;
	book.acquiring++;
	code = weir_semaphore_acquire(party->handle, timeout);
	book.acquiring--;
	if (code == 0)
		check_passed(&next);
	if (code < 0 && code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN))
		sim_fail("acquire: %d", code);
	if (party->alone && some != (code == 0))
		sim_fail("%d permits: %d", some, code);
	if (code == 0) {
		party->having++;
		book.acquired++;
		check_taken();
	}
	call_end(party);
	return code;
}

static void give(struct party *party, int count)
{
	bool its_own = count <= party->having;
	int own = its_own ? count : party->having;
	bool fits;
	int code;

	call_begin(party, "release", 0);
	fits = there() + count <= sync_shape.size;
	book.releasing += count;
	/* From now on others may have them. */
	if (!owned() || its_own)
		party->having -= own;
	code = weir_semaphore_release(party->handle, (unsigned)count);
	book.releasing -= count;
	if (owned() && code != (its_own ? 0 : -EPERM))
		sim_fail("release of %d, having %d: %d", count, own, code);
	if (!owned() && code != 0 &&
	    (code != -EOVERFLOW || sync_shape.sort != SEMAPHORE_BOUNDED))
		sim_fail("release: %d", code);
	if (sync_shape.sort == SEMAPHORE_BOUNDED && party->alone &&
	    fits != (code == 0))
		sim_fail("release where %d fit: %d", fits, code);
	if (code == 0)
		book.released += count;
	call_end(party);
}

static void act(struct party *party)
{
	int wanted = 1 + (int)sync_option(2);

	/* Who has some and waits for more may be waited for. */
	for (int i = 0; i < wanted; i++)
		take(party, party->having ? WEIR_NOWAIT : sync_patience());
	if (sync_option(3) == 2)
		sim_nap(WEIR_MS(1));
	if (sync_option(6) == 5)
		give(party, party->having + 1);
	if (sync_shape.exits && sync_option(6) == 5)
		sim_exit();
	while (party->having > 0 && sync_option(8) != 7)
		give(party, sync_option(2) ? 1 : party->having);
	/* Or else they come back when it closes it. */
	if (party->having > 0 && owned()) {
		party_closes(party);
		party_opens(party);
	}
}

/* Who has the turn, at an event of his own. */
static const struct word32 *sleeps_at(const struct party *party)
{
	return sim_sleeps_on(party->actor, &shared->first)
	               ? &shared->first
	               : &shared->bell.event;
}

static enum ready ready(struct party *party)
{
	if (there() > 0)
		return READY;
	return there_by_death(party) > 0 ? READY_BY_DEATH : READY_NOT;
}

static void closes(struct party *party)
{
	party->having = 0;
}

static void rescue(struct party *survivor)
{
	/* Owned ones come back by themselves. */
	if (!owned())
		give(survivor, sync_shape.size);
}

static void last(struct party *survivor)
{
	int count = 0, least, most;

	if (owned()) {
		while (take(survivor, WEIR_NOWAIT) == 0)
			count++;
		if (count != sync_shape.size)
			sim_fail("in the end %d of %d permits are there", count,
			         sync_shape.size);
		give(survivor, count);
		return;
	}
	count = weir_semaphore_value(survivor->handle);
	least = sync_shape.size + book.released - book.acquired -
	        book.acquiring;
	most = sync_shape.size + book.released + book.releasing - book.acquired;
	if (count < least || count > most ||
	    (sync_shape.sort == SEMAPHORE_BOUNDED && count > sync_shape.size))
		sim_fail("in the end the value is %d, not %d to %d", count,
		         least, most);
}

const struct play play_permits = {
	.choose = choose_sort,
	.create = create,
	.open = open,
	.close = close,
	.sync = sync_of,
	.begin = begin,
	.act = act,
	.closes = closes,
	.sleeps_at = sleeps_at,
	.ready = ready,
	.rescue = rescue,
	.last = last,
};
