/* SPDX-License-Identifier: MIT */
#include "crash/meeting.h"

#include "child.h"
#include "crash/victim.h"
#include "doors/clock.h"
#include "pipes.h"

#include <stdio.h>
#include <unistd.h>

/*
 * A sleep takes 60 ms if nobody wakes: none of a step's instructions takes
 * NAP, and none who was woken is late by LATE in each of TRIES.
 */
#define NAP  WEIR_MS(25)
#define LATE WEIR_MS(30)

enum { TRIES = 5, SURVEYS = 3, STEPS_MOST = 2000, MANY = 400, STRIDE = 3 };

struct encounter {
	const struct meeting *meeting;
	struct spot spot;
	struct victim victim;
};

void meeting_owe(struct spot *spot, uint64_t seed, size_t size)
{
	must(spot->count < MEETING_MOST);
	spot->owed[spot->count].seed = seed;
	spot->owed[spot->count++].size = size;
}

void meeting_match(struct spot *spot, const void *bytes, ssize_t length)
{
	must(spot->front < spot->count);
	must_be(length, (ssize_t)spot->owed[spot->front].size);
	must(pattern_holds(bytes, (size_t)length,
	                   spot->owed[spot->front].seed));
	spot->front++;
}

int meeting_send(struct spot *spot, struct weir_pipe *end, uint64_t seed,
                 size_t size)
{
	unsigned char bytes[MEETING_RING];
	int code;

	pattern_fill(bytes, size, seed);
	code = weir_pipe_send(end, bytes, size, WEIR_NOWAIT);
	if (code == 0)
		meeting_owe(spot, seed, size);
	return code;
}

int meeting_receive(struct spot *spot, struct weir_pipe *end)
{
	unsigned char bytes[MEETING_RING];
	ssize_t length = weir_pipe_recv(end, bytes, sizeof(bytes), WEIR_NOWAIT);

	if (length >= 0)
		meeting_match(spot, bytes, length);
	return (int)length;
}

/* Both have one CPU, and await no answer: then nobody spins. */
static void know_the_cpu(struct spot *spot)
{
	for (int i = 0; i < 2 && spot->ends[i]; i++) {
		store32_relaxed(&spot->ends[i]->shared->only_cpu[i],
		                clock_only_cpu());
		store32_relaxed(&spot->ends[i]->sends_seen, pipe_thread_sends);
	}
}

static void come(struct encounter *encounter)
{
	struct spot *spot = &encounter->spot;
	struct weir_pipe_options options = {
		.size = MEETING_RING,
		.simplex = !encounter->meeting->duplex,
	};

	spot->front = spot->count = 0;
	memset(spot->heard, 0, sizeof(*spot->heard));
	must_be(weir_pipe_create(&spot->ends[0], spot->name, &options), 0);
	spot->ends[1] = NULL;
	if (!encounter->meeting->unopened)
		must_be(weir_pipe_open(&spot->ends[1], spot->name), 0);
	if (spot->ends[1]) {
		/* The first message takes the slow path. */
		say(spot->ends[1], "");
		hear(spot->ends[0], "");
	}
	know_the_cpu(spot);
	if (encounter->meeting->prepare)
		encounter->meeting->prepare(spot);
}

static void leave(struct encounter *encounter)
{
	unpair(encounter->spot.ends);
	must_be(weir_unlink(encounter->spot.name), 0);
}

static void let_go(struct spot *spot, int side)
{
	weir_pipe_close(spot->ends[side]);
	spot->ends[side] = NULL;
}

static void before(void *argument)
{
	struct encounter *encounter = argument;

	if (encounter->meeting->parts)
		let_go(&encounter->spot, !encounter->meeting->side);
}

static int call(void *argument)
{
	struct encounter *encounter = argument;

	return encounter->meeting->held_up(&encounter->spot);
}

static void start(struct encounter *encounter)
{
	come(encounter);
	victim_start_after(&encounter->victim, before, call, encounter);
	if (encounter->meeting->parts)
		let_go(&encounter->spot, encounter->meeting->side);
}

/*
 * Its steps to the end, or to its first long sleep; a sender sleeps shortly, so
 * for that some sleeps are enough.
 */
static uint64_t survey(struct encounter *encounter)
{
	int64_t begun;
	bool inside;

	start(encounter);
	do {
		begun = now();
		inside = victim_step(&encounter->victim);
	} while (inside && now() - begun < NAP &&
	         encounter->victim.steps < STEPS_MOST);
	victim_kill(&encounter->victim);
	leave(encounter);
	return encounter->victim.steps;
}

/* Held up after so many steps; how long it took to end, afterwards. */
static int64_t meet(struct encounter *encounter, uint64_t steps)
{
	const struct meeting *meeting = encounter->meeting;
	struct spot *spot = &encounter->spot;
	int64_t begun;

	start(encounter);
	while (encounter->victim.steps < steps &&
	       victim_step(&encounter->victim))
		;
	begun = now();
	spot->whole = meeting->meanwhile(spot);
	must(now() - begun < SOON);
	begun = now();
	victim_go(&encounter->victim);
	if (meeting->help)
		meeting->help(spot);
	must(victim_returns(&encounter->victim, SOON));
	begun = now() - begun;
	spot->result = victim_result(&encounter->victim);
	victim_kill(&encounter->victim);
	meeting->check(spot);
	leave(encounter);
	return begun;
}

/* Somebody who sleeps is woken: what is late once may be the machine's. */
static void meet_in_time(struct encounter *encounter, uint64_t steps)
{
	int64_t took;

	alarm(CASE_SECONDS);
	took = meet(encounter, steps);
	for (int i = 1; i < TRIES && took > LATE; i++)
		took = meet(encounter, steps);
	if (encounter->meeting->waits)
		must(took <= LATE);
}

static void meet_everywhere(struct encounter *encounter)
{
	uint64_t steps = 0, stride;

	for (int i = 0; i < SURVEYS; i++) {
		uint64_t seen = survey(encounter);

		steps = seen > steps ? seen : steps;
	}
	stride = encounter->meeting->stride;
	if (stride == 0)
		stride = steps > MANY ? STRIDE : 1;
	for (uint64_t i = 0; i < steps; i += stride)
		meet_in_time(encounter, i);
	print_message("%-36s held up at %llu of %llu instructions\n",
	              encounter->meeting->title,
	              (unsigned long long)((steps + stride - 1) / stride),
	              (unsigned long long)steps);
}

void meet_all(const struct meeting *meetings, size_t count, const char *name)
{
	struct encounter encounter = { .spot.name = name };

	victims_share_one_cpu();
	encounter.spot.heard = shared_new(sizeof(struct heard));
	for (size_t i = 0; i < count; i++) {
		encounter.meeting = &meetings[i];
		meet_everywhere(&encounter);
	}
	shared_free(encounter.spot.heard, sizeof(struct heard));
}
