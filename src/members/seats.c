/* SPDX-License-Identifier: MIT */
#include "members/seats.h"

#include "doors/threads.h"
#include "doors/urcu.h"
#include "members/registry.h"

#include <errno.h>
#include <stdlib.h>

enum {
	RETIREMENTS_MOST = 64,
	CHUNKS_MOST = SEATS_MOST * sizeof(struct seat_layout) / REGION_PAGE
};

/* Which thread of this process has which seat. */
struct claim {
	struct claim
		*next; /* stays when it is taken out: walkers stand on it */
	struct claim *next_retired;
	const void *thread;
	struct seat_layout *seat;
};

/* What this thread used last; its address tells the thread from the others. */
static __thread struct {
	uint64_t id;
	struct seat_layout *seat;
} cache;

static struct claim *read_claim(struct claim *const *place)
{
	return grace_read((void *const *)place);
}

static struct seat_layout *find(struct membership *membership)
{
	struct seat_layout *seat = NULL;
	struct thread_shield before;
	struct claim *claim;

	/* Who waits for this thread to leave would wait for ever. */
	thread_shield(&before);
	grace_enter();
	claim = read_claim(&membership->claims);
	while (claim && claim->thread != &cache)
		claim = read_claim(&claim->next);
	if (claim)
		seat = claim->seat;
	grace_leave();
	thread_unshield(&before);
	return seat;
}

/* A free seat becomes this member's, or -EAGAIN. */
static int take_first(struct membership *membership, struct seat_layout **out)
{
	uint32_t count = table_count(&membership->seats);
	uint32_t own = membership->place.index;

	for (uint32_t i = 0; i < count; i++) {
		struct seat_layout *seat = table_at(&membership->seats, i);
		uint64_t word = load64_relaxed(&seat->owner);

		if (owner_state(word) != SEAT_FREE ||
		    !cas64(&seat->owner, &word,
		           owner_next(word, own, SEAT_TAKEN)))
			continue;
		*out = seat;
		return 0;
	}
	return -EAGAIN;
}

static int take(struct membership *membership, struct seat_layout **out)
{
	const struct table *seats = &membership->seats;
	int code = 0;

	/* Each turn has more seats than the one before. */
	for (uint32_t i = 0; i <= CHUNKS_MOST && code == 0; i++) {
		uint32_t count = table_count(seats);

		code = take_first(membership, out);
		if (code != -EAGAIN)
			return code;
		code = table_grow(seats, membership->segment->fd, count);
	}
	return code < 0 ? code : -EUCLEAN;
}

static void leave(struct seat_layout *seat)
{
	uint64_t word = load64_relaxed(&seat->owner);

	cas64(&seat->owner, &word, owner_next(word, 0, SEAT_FREE));
}

static int claim_seat(struct membership *membership, struct seat_layout **out)
{
	struct claim *claim = malloc(sizeof(*claim));
	int code = claim ? membership->code : -ENOMEM;

	if (code == 0)
		code = thread_at_exit(registry_thread_ends);
	if (code == 0)
		code = take(membership, out);
	if (code < 0) {
		free(claim);
		return code;
	}
	claim->thread = &cache;
	claim->seat = *out;
	claim->next = membership->claims;
	grace_publish((void **)&membership->claims, claim);
	return 0;
}

static int find_or_claim(struct membership *membership,
                         struct seat_layout **out)
{
	struct seat_layout *seat = find(membership);
	int code = 0;

	if (!seat) {
		registry_lock();
		code = claim_seat(membership, &seat);
		registry_unlock();
	}
	if (code < 0)
		return code;
	cache.id = membership->id;
	cache.seat = seat;
	*out = seat;
	return 0;
}

int seat_mine(struct membership *membership, struct seat_layout **seat)
{
	if (unlikely(cache.id != membership->id))
		return find_or_claim(membership, seat);
	*seat = cache.seat;
	return 0;
}

static uint64_t announced(uint64_t word, uint32_t kind)
{
	return owner_generation(word) << SEAT_KIND_BITS | kind;
}

void seat_announce(struct seat_layout *seat, uint32_t kind,
                   const uint64_t *operands, int count)
{
	uint64_t word = load64_relaxed(&seat->owner);

	/* Relaxed: the announcement before it was taken back by seat_done. */
	for (int i = 0; i < count; i++)
		store64_relaxed(&seat->operand[i], operands[i]);
	/* Pairs with the acquire in seat_read; the CAS that follows it is
	   sequentially consistent, so nobody sees that one earlier. */
	store64_release(&seat->announcement, announced(word, kind));
}

void seat_done(struct seat_layout *seat)
{
	store64_relaxed(&seat->announcement, 0);
	/* Before the operands of the next announcement. */
	fence_full();
}

bool seat_read(const struct seat_layout *seat, uint64_t word,
               struct announcement *said)
{
	/* Pairs with the release in seat_announce. */
	uint64_t announcement = load64_acquire(&seat->announcement);
	uint32_t kind = announcement & ((1 << SEAT_KIND_BITS) - 1);

	if (kind == 0 || announcement != announced(word, kind))
		return false;
	said->kind = kind;
	for (int i = 0; i < SEAT_OPERANDS; i++)
		said->operands[i] = load64_relaxed(&seat->operand[i]);
	return true;
}

static void free_retired(struct membership *membership)
{
	struct claim *claim = membership->retired;

	membership->retired = NULL;
	membership->retirements = 0;
	while (claim) {
		struct claim *next = claim->next_retired;

		free(claim);
		claim = next;
	}
}

static void free_all(struct membership *membership)
{
	struct claim *claim = membership->claims;

	membership->claims = NULL;
	while (claim) {
		struct claim *next = claim->next;

		free(claim);
		claim = next;
	}
	free_retired(membership);
}

/* Many at a time, for waiting until nobody stands on them is slow. */
static void retire(struct membership *membership, struct claim *claim)
{
	claim->next_retired = membership->retired;
	membership->retired = claim;
	if (++membership->retirements < RETIREMENTS_MOST)
		return;
	grace_wait();
	free_retired(membership);
}

void seats_leave_thread(struct membership *membership)
{
	struct claim **place = &membership->claims;
	struct claim *claim;

	while (*place && (*place)->thread != &cache)
		place = &(*place)->next;
	claim = *place;
	if (!claim)
		return;
	leave(claim->seat);
	grace_publish((void **)place, claim->next);
	retire(membership, claim);
}

void seats_leave(struct membership *membership)
{
	struct claim *claim;

	for (claim = membership->claims; claim; claim = claim->next)
		leave(claim->seat);
	free_all(membership);
}

void seats_forget(struct membership *membership)
{
	free_all(membership);
}
