/* SPDX-License-Identifier: MIT */
/* Words and copies: each access is a point, each store is held back. */
#include "doors/atomics.h"
#include "sim/inside.h"

#include <stdio.h>
#include <stdlib.h>

enum { SPIN_TAKES = 1000, KEPT_MOST = 1 << 20, DULL_MOST = 4 };

/* What copies hold back, for the length of a run. */
static unsigned char kept[KEPT_MOST];
static size_t kept_now;

static struct {
	const unsigned char *from;
	const unsigned char *to;
} dull[DULL_MOST];
static int dulls;

void memory_begin(void)
{
	kept_now = 0;
	dulls = 0;
}

void sim_dull(const void *from, const void *to)
{
	if (dulls == DULL_MOST)
		abort();
	dull[dulls].from = from;
	dull[dulls].to = to;
	dulls++;
}

static bool is_dull(const void *at)
{
	const unsigned char *byte = at;

	for (int i = 0; i < dulls; i++) {
		if (byte >= dull[i].from && byte < dull[i].to)
			return true;
	}
	return false;
}

static uint64_t read_word(const unsigned char *at, int size)
{
	uint64_t value = 0;

	memcpy(&value, at, (size_t)size);
	return value;
}

static void apply(const struct buffered *store)
{
	if (store->bytes)
		memcpy(store->at, store->bytes, store->size);
	else
		memcpy(store->at, &store->value, store->size);
}

static bool overlap(const struct buffered *store, const void *at, size_t size)
{
	const unsigned char *begin = at;

	return store->at < begin + size && begin < store->at + store->size;
}

static void remove_store(struct actor *actor, int which)
{
	actor->buffered--;
	for (int i = which; i < actor->buffered; i++)
		actor->buffer[i] = actor->buffer[i + 1];
}

void buffer_drain(struct actor *actor)
{
	for (int i = 0; i < actor->buffered; i++)
		apply(&actor->buffer[i]);
	actor->buffered = 0;
}

/* Whether the store may reach memory before all that stand before it. */
static bool may_overtake(const struct actor *actor, int which)
{
	const struct buffered *store = &actor->buffer[which];

	if (store->release)
		return which == 0;
	for (int i = 0; i < which; i++) {
		if (overlap(&actor->buffer[i], store->at, store->size))
			return false;
	}
	return true;
}

void buffer_drain_one(struct actor *actor, uint32_t which)
{
	int begin;

	if (actor->buffered == 0)
		return;
	begin = (int)(which % (uint32_t)actor->buffered);
	while (!may_overtake(actor, begin))
		begin--; /* the first one always may */
	apply(&actor->buffer[begin]);
	remove_store(actor, begin);
}

static void hold_back(const struct buffered *store)
{
	struct actor *actor = sim_current;

	if (!actor) {
		apply(store);
		return;
	}
	if (actor->buffered == BUFFERED_MOST)
		buffer_drain_one(actor, 0);
	actor->buffer[actor->buffered++] = *store;
	if (!actor->lazy)
		buffer_drain(actor);
}

static void hold_back_word(void *at, int size, uint64_t value, bool release)
{
	struct buffered store = {
		.at = at,
		.value = value,
		.size = (uint32_t)size,
		.release = release,
	};

	hold_back(&store);
}

static void hold_back_bytes(void *at, const void *from, size_t size)
{
	struct buffered store = {
		.at = at,
		.bytes = from,
		.size = (uint32_t)size,
	};

	if (sim_current && size <= KEPT_MOST - kept_now) {
		store.bytes = memcpy(kept + kept_now, from, size);
		kept_now += size;
		hold_back(&store);
	} else {
		apply(&store);
	}
}

void late_settle(struct actor *actor)
{
	for (int i = 0; i < actor->lates; i++) {
		const struct late *late = &actor->late[i];

		memcpy(late->to, late->from, late->size);
	}
	actor->lates = 0;
}

void order_stores(void)
{
	if (!sim_current)
		return;
	late_settle(sim_current);
	buffer_drain(sim_current);
}

/* What this actor sees there: its own stores first. */
static uint64_t look(const void *at, int size)
{
	struct actor *actor = sim_current;

	for (int i = actor ? actor->buffered - 1 : -1; i >= 0; i--) {
		const struct buffered *store = &actor->buffer[i];

		if (store->at == at && store->size == (uint32_t)size &&
		    !store->bytes)
			return store->value;
		if (overlap(store, at, (size_t)size)) {
			buffer_drain(actor);
			break;
		}
	}
	return read_word(at, size);
}

static void tell(const char *what, const void *at, uint64_t value)
{
	char text[64], means[64];

	if (!sim_loud || !sim_current)
		return;
	sim_describe(at, text, sizeof(text));
	if (!sim_queue || !explain_queue(at, value, means, sizeof(means)))
		snprintf(means, sizeof(means), "%llx",
		         (unsigned long long)value);
	sim_say("%-7s %-28s %s", what, text, means);
}

uint64_t sim_load(const void *at, int size)
{
	uint64_t value;

	if (is_dull(at) && look(at, size) == 0)
		return 0;
	sim_pass();
	value = look(at, size);
	tell("load", at, value);
	return value;
}

void sim_store(void *at, int size, uint64_t value, bool release)
{
	sim_pass();
	if (release && sim_current)
		late_settle(sim_current);
	tell(release ? "release" : "store", at, value);
	hold_back_word(at, size, value, release);
}

bool sim_cas(void *at, int size, uint64_t *expected, uint64_t desired)
{
	uint64_t seen;

	sim_pass();
	order_stores();
	seen = read_word(at, size);
	tell(seen == *expected ? "cas" : "no cas", at, desired);
	if (seen != *expected) {
		*expected = seen;
		return false;
	}
	memcpy(at, &desired, (size_t)size);
	return true;
}

bool sim_pairs = true;

bool sim_can_pair(void)
{
	return sim_pairs && !(sim_current && sim_current->single);
}

bool sim_cas_pair(void *at, const struct two64 *expected,
                  const struct two64 *desired)
{
	bool same;

	sim_pass();
	order_stores();
	same = memcmp(at, expected, sizeof(*expected)) == 0;
	tell(same ? "cas two" : "no cas", at, desired->first);
	if (same)
		memcpy(at, desired, sizeof(*desired));
	return same;
}

uint64_t sim_rmw(void *at, int size, enum sim_change change, uint64_t value)
{
	uint64_t seen, after;

	sim_pass();
	order_stores();
	seen = read_word(at, size);
	after = change == SIM_ADD  ? seen + value
	        : change == SIM_OR ? seen | value
	                           : seen & value;
	tell("change", at, after);
	memcpy(at, &after, (size_t)size);
	return seen;
}

void sim_fence(void)
{
	sim_pass();
	order_stores();
}

/*
 * Copies are held back like plain stores, so that whatever is to publish them
 * can be seen before they are: the first bytes word by word, the rest as one.
 */
void sim_copy_in(void *shared, const void *from, size_t size)
{
	enum { HELD = 4 * 8 };
	unsigned char *to = shared;
	const unsigned char *source = from;
	size_t done = 0;

	for (; done < size && done < HELD; done += 8) {
		size_t now = size - done < 8 ? size - done : 8;

		sim_pass();
		tell("copy in", to + done, now);
		hold_back_word(to + done, (int)now,
		               read_word(source + done, (int)now), false);
	}
	if (done < size) {
		sim_pass();
		hold_back_bytes(to + done, source + done, size - done);
		sim_pass();
	}
}

static void drain_overlap(const void *at, size_t size)
{
	struct actor *actor = sim_current;

	for (int i = 0; actor && i < actor->buffered; i++) {
		if (overlap(&actor->buffer[i], at, size)) {
			buffer_drain(actor);
			return;
		}
	}
}

static void copy_part(unsigned char *to, const unsigned char *from, size_t size)
{
	struct actor *actor = sim_current;

	sim_pass();
	tell("copy out", from, size);
	if (size > 0) /* else there may be no buffer */
		memcpy(to, from, size);
	if (!actor || actor->late_size == 0 || to < actor->late_buffer ||
	    to + size > actor->late_buffer + actor->late_size)
		return;
	if (actor->lates == LATE_MOST)
		late_settle(actor);
	actor->late[actor->lates++] = (struct late){ to, from, size };
}

/* In two halves, so that it can be torn. */
void sim_copy_out(void *to, const void *shared, size_t size)
{
	size_t half = size > 8 ? size / 2 : size;

	drain_overlap(shared, size);
	copy_part(to, shared, half);
	if (half < size)
		copy_part((unsigned char *)to + half,
		          (const unsigned char *)shared + half, size - half);
}

void sim_late(void *buffer, size_t size)
{
	late_settle(sim_current);
	sim_current->late_buffer = buffer;
	sim_current->late_size = size;
}

void sim_settle(void)
{
	late_settle(sim_current);
	sim_current->late_size = 0;
}

/* Time passes, and others run: whoever spins waits for them. */
void sim_spin(void)
{
	sim_clock += SPIN_TAKES;
	sim_yield();
}
