/* SPDX-License-Identifier: MIT */
/*
 * A peer that scribbles between any two steps of its victim.
 *
 * The victim is the one virtual process of a simulated run (sim/sim.h).  The
 * first byte of the input is the length of the part that says what it calls;
 * the rest is the peer's, who acts at points of the victim's way, before any
 * access to a word and around each copy:
 *
 *	how many points it lets pass, what it does, arguments
 *
 * Each call ends within a bounded number of points, whatever the peer does, and
 * with a code that the headers promise; nothing outside the segment is touched.
 */
#include "calls.h"
#include "pipe/handle.h"
#include "poison.h"
#include "sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 4096,
	FLIPPERS = 4,
	/* Far more than the longest honest call takes: 10000 tries to lock, or
	   a look at every record of a ring for every record of it. */
	POINTS_OF_A_CALL = 400000,
	POINTS_OF_A_RUN = 1000000
};

enum habit { ALTERNATE, CLIMB, INSIST, HABITS };

/* What the peer does at every point from now on; the place may move. */
struct flipper {
	uint8_t place;
	uint64_t right, evil;
	enum habit habit;
};

static struct {
	struct input script;
	uint64_t wait;
	struct flipper flippers[FLIPPERS];
	int count;
	unsigned char *base; /* NULL: it has not come yet */
	size_t size;
} peer;

static struct input calls;

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

static void flip(struct flipper *flipper)
{
	size_t at = hostile_place(peer.base, peer.size, flipper->place);
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
	uint8_t place = (uint8_t)input_take(&peer.script, 1);
	uint64_t now = get(hostile_place(peer.base, peer.size, place));

	peer.flippers[peer.count++ % FLIPPERS] = (struct flipper){
		.place = place,
		.right = now,
		.evil = hostile_word(habit == CLIMB ? 0 : now,
		                     (uint8_t)input_take(&peer.script, 1)),
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
		at = hostile_place(peer.base, peer.size,
		                   (uint8_t)input_take(&peer.script, 1));
		put(at, hostile_word(get(at),
		                     (uint8_t)input_take(&peer.script, 1)));
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

static void peer_comes(const struct weir_pipe *end)
{
	peer.base = end->segment.base;
	peer.size = end->segment.size;
	ASAN_POISON_MEMORY_REGION(peer.base + peer.size, -peer.size % PAGE);
	peer.wait = input_take(&peer.script, 1);
}

static void peer_goes(void)
{
	ASAN_UNPOISON_MEMORY_REGION(peer.base + peer.size, -peer.size % PAGE);
	peer.base = NULL;
}

/* Closes the end, or opens it from the other one's descriptor. */
static void close_or_open(struct weir_pipe *ends[2], int which)
{
	static const int codes[] = { EBUSY,  EPIPE,  EPROTO, EUCLEAN,
		                     EACCES, ENOMEM, EINVAL, 0 };

	if (ends[which]) {
		weir_pipe_close(ends[which]);
		ends[which] = NULL;
	} else if (ends[!which]) {
		must_promise("open_fd",
		             weir_pipe_open_fd(&ends[which],
		                               weir_pipe_fd(ends[!which])),
		             codes);
	}
}

enum { SIMPLEX = 1, UNPAIRED = 2, OPENS = 240 };

static void begin(struct weir_pipe *ends[2])
{
	uint64_t kind = input_take(&calls, 1);
	struct weir_pipe_options options = {
		.size = FUZZ_RING,
		.simplex = kind & SIMPLEX,
	};
	int code = kind & UNPAIRED ? weir_pipe_create(&ends[0], NULL, &options)
	                           : weir_pipe_pair(ends, &options);

	if (code < 0)
		abort();
	peer_comes(ends[0]);
}

static void victim(void *argument)
{
	struct weir_pipe *ends[2] = { NULL, NULL };

	(void)argument;
	begin(ends);
	while (calls.left > 0 && sim_points() < POINTS_OF_A_RUN) {
		uint8_t who = (uint8_t)input_take(&calls, 1);

		sim_call("a call", POINTS_OF_A_CALL);
		if (who >= OPENS)
			close_or_open(ends, who & 1);
		else if (ends[who & 1])
			call_something(ends[who & 1], &calls);
	}
	for (int i = 0; i < 2; i++) {
		sim_call("close", POINTS_OF_A_CALL);
		weir_pipe_close(ends[i]);
	}
	peer_goes();
}

static struct sim_event nothing(struct sim_schedule *schedule)
{
	(void)schedule;
	return (struct sim_event){ .points = SIM_NEVER };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_schedule schedule = { .next = nothing };
	struct input input = { data, size };
	size_t wanted = (size_t)input_take(&input, 1);
	const char *complaint;

	memset(&peer, 0, sizeof(peer));
	calls.data = input_bytes(&input, wanted, &calls.left);
	peer.script = input;
	sim_watch = meddle;
	sim_begin(&schedule);
	sim_actor("victim", victim, NULL);
	complaint = sim_run();
	sim_end();
	sim_watch = NULL;
	if (complaint) {
		fprintf(stderr, "%s\n", complaint);
		abort();
	}
	return 0;
}
