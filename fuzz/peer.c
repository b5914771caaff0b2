/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include "poison.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, FLIPPERS = 4 };

enum habit { ALTERNATE, CLIMB, INSIST };

/* What the peer does at every point from now on; the place may move. */
struct flipper {
	uint16_t place;
	uint64_t right, evil;
	enum habit habit;
};

static struct {
	struct input script;
	const struct peer_kind *kind;
	uint64_t wait;
	struct flipper flippers[FLIPPERS];
	int count;
	unsigned char *base; /* NULL: it has not come yet, or has gone */
	size_t size;
} peer;

static uint64_t get(size_t at)
{
	uint64_t word = 0;

	if (at + sizeof(word) <= peer.size)
		memcpy(&word, peer.base + at, sizeof(word));
	return word;
}

static void put(size_t at, uint64_t word)
{
	if (at + sizeof(word) <= peer.size)
		memcpy(peer.base + at, &word, sizeof(word));
}

static size_t place_of(uint16_t which)
{
	return peer.kind->place(peer.base, peer.size, which);
}

static uint16_t take_place(void)
{
	return (uint16_t)input_take(&peer.script, peer.kind->place_bytes);
}

static uint64_t take_word(uint64_t now)
{
	return peer.kind->word(now, (uint8_t)input_take(&peer.script, 1));
}

static void flip(struct flipper *flipper)
{
	size_t at = place_of(flipper->place);
	uint64_t now = get(at);

	switch (flipper->habit) {
	case ALTERNATE:
		put(at, now == flipper->evil ? flipper->right : flipper->evil);
		break;
	case CLIMB:
		put(at, now + flipper->evil);
		break;
	default:
		put(at, flipper->evil);
	}
}

static void take_habit(enum habit habit)
{
	uint16_t place = take_place();
	uint64_t now = get(place_of(place));

	peer.flippers[peer.count++ % FLIPPERS] = (struct flipper){
		.place = place,
		.right = now,
		.evil = take_word(habit == CLIMB ? 0 : now),
		.habit = habit,
	};
}

static void scribble(void)
{
	size_t at = (size_t)input_take(&peer.script, 2) % peer.size;
	size_t most = 1 + (size_t)input_take(&peer.script, 1) % 16;
	const uint8_t *bytes = input_bytes(&peer.script, most, &most);

	if (most > peer.size - at)
		most = peer.size - at;
	memcpy(peer.base + at, bytes, most);
}

static void act(void)
{
	uint8_t what = (uint8_t)input_take(&peer.script, 1);
	size_t at;

	switch (what % 8) {
	case 0:
		scribble();
		break;
	case 1:
	case 2:
	case 3:
		take_habit((enum habit)(what % 8 - 1));
		break;
	default:
		at = place_of(take_place());
		put(at, take_word(get(at)));
	}
}

/* At every point of the victim's way. */
static void meddle(void)
{
	if (!peer.base)
		return;
	for (int i = 0; i < FLIPPERS && i < peer.count; i++)
		flip(&peer.flippers[i]);
	if (peer.wait > 0) {
		peer.wait--;
		return;
	}
	if (peer.script.left == 0)
		return;
	act();
	peer.wait = input_take(&peer.script, 1);
}

void peer_comes(unsigned char *base, size_t size)
{
	peer.base = base;
	peer.size = size;
	ASAN_POISON_MEMORY_REGION(base + size, -size % PAGE);
	peer.wait = input_take(&peer.script, 1);
}

void peer_rests(void)
{
	peer.script.left = 0;
	peer.count = 0;
}

void peer_goes(void)
{
	ASAN_UNPOISON_MEMORY_REGION(peer.base + peer.size, -peer.size % PAGE);
	peer.base = NULL;
}

bool peer_allows(void)
{
	sim_call("a call", peer.kind->points_of_a_call);
	return sim_points() < peer.kind->points_of_a_run;
}

static struct sim_event nothing(struct sim_schedule *schedule)
{
	(void)schedule;
	return (struct sim_event){ .points = SIM_NEVER };
}

void peer_run(const uint8_t *data, size_t size, const struct peer_kind *kind,
              void (*victim)(void *))
{
	struct sim_schedule schedule = { .next = nothing };
	struct input calls, input = { data, size };
	size_t wanted = (size_t)input_take(&input, 1);
	const char *complaint;

	memset(&peer, 0, sizeof(peer));
	peer.kind = kind;
	calls.data = input_bytes(&input, wanted, &calls.left);
	peer.script = input;
	sim_watch = meddle;
	sim_begin(&schedule);
	sim_points_most = 8 * kind->points_of_a_call;
	sim_actor("victim", victim, &calls);
	complaint = sim_run();
	sim_end();
	sim_watch = NULL;
	if (complaint) {
		fprintf(stderr, "%s\n", complaint);
		abort();
	}
}
