/* SPDX-License-Identifier: MIT */
#include "crash/queue_meeting.h"

#include "case.h"
#include "child.h"
#include "crash/queue_settle.h"
#include "crash/victim.h"
#include "doors/clock.h"
#include "pattern.h"

#include <unistd.h>

/*
 * A sleep takes 60 ms if nobody wakes: none of a step's instructions takes
 * NAP, and none who was woken is late by LATE in each of TRIES.
 */
#define NAP  WEIR_MS(25)
#define LATE WEIR_MS(30)

enum { TRIES = 5, SURVEYS = 3, STEPS_MOST = 5000, MANY = 400 };

/* Of many instructions; and where spinning is most of them. */
enum { STRIDE = 3, STRIDE_ASLEEP = 11 };

unsigned char queue_held_up[ITEM_LARGEST];
unsigned char *queue_heard;
static unsigned char buffer[ITEM_LARGEST];

struct encounter {
	const struct queue_meeting *meeting;
	struct queue_world world;
	struct victim victim;
};

void queue_meeting_put(struct queue_world *world, uint32_t size)
{
	queue_world_give(world, size);
}

void queue_meeting_get(struct queue_world *world)
{
	ssize_t size =
		weir_queue_get(world->own, buffer, sizeof(buffer), WEIR_NOWAIT);
	struct item *item;

	must(size >= 0);
	item = queue_world_find(world, buffer, (size_t)size);
	must(item);
	/* The first, or the second if somebody else has that. */
	must(item - world->items < 2);
	queue_world_drop(world, item);
	world->unfinished++;
}

/* Both have one CPU: then nobody spins. */
static void know_the_cpu(const struct queue_world *world)
{
	for (int i = 0; i < 2; i++)
		store32_relaxed(&world->own->view.shared->only_cpu[i],
		                clock_only_cpu());
}

static void before(void *argument)
{
	struct encounter *encounter = argument;

	if (encounter->meeting->before)
		encounter->meeting->before(&encounter->world);
	/* That takes many steps, and nobody is concerned. */
	queue_world_looks_not(encounter->world.own);
}

static int call(void *argument)
{
	struct encounter *encounter = argument;

	return encounter->meeting->held_up(&encounter->world);
}

static void start(struct encounter *encounter)
{
	const struct queue_meeting *meeting = encounter->meeting;
	struct queue_world *world = &encounter->world;

	queue_world_begin(world, meeting->plan);
	know_the_cpu(world);
	meeting->prepare(world);
	if (meeting->fate) {
		world->items[0].fate = meeting->fate;
		world->items[0].finishes = meeting->finishes;
	}
	if (meeting->puts)
		queue_world_owe(world, IN_FLIGHT, meeting->puts, "01")
			->anywhere = true;
	victim_start_after(&encounter->victim, before, call, encounter);
}

/* Its steps to the end, or to its first long sleep. */
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
	queue_world_end(&encounter->world);
	return encounter->victim.steps;
}

/* It has returned: everything is in its last stage. */
static void check(struct encounter *encounter)
{
	const struct queue_meeting *meeting = encounter->meeting;
	struct queue_world *world = &encounter->world;
	const char *wrong;

	for (int i = 0; i < world->count; i++) {
		world->items[i].stage = (int)strlen(world->items[i].fate) - 1;
		world->items[i].exact = true;
	}
	world->takes = meeting->takes != 0;
	wrong = queue_settle(world, BY_LEASE);
	if (wrong)
		print_error("%s: %s\n", meeting->title, wrong);
	must(!wrong);
	must_be(world->taken, meeting->takes);
}

/* What came is whole; all that was put has a small number. */
static bool heard_well(const struct encounter *encounter)
{
	size_t size = (size_t)encounter->meeting->result;
	uint64_t seed = 0;

	while (seed <= encounter->world.seed &&
	       !pattern_holds(queue_heard, size, seed))
		seed++;
	return seed <= encounter->world.seed;
}

/* Held up after so many steps; how long it took to end, afterwards. */
static int64_t meet(struct encounter *encounter, uint64_t steps)
{
	const struct queue_meeting *meeting = encounter->meeting;
	struct victim *victim = &encounter->victim;
	int64_t begun;

	start(encounter);
	while (victim->steps < steps && victim_step(victim))
		;
	begun = now();
	meeting->meanwhile(&encounter->world);
	must(now() - begun < SOON);
	begun = now();
	victim_go(victim);
	must(victim_returns(victim, SOON));
	begun = now() - begun;
	must_be(victim_result(victim), meeting->result);
	must(meeting->takes != '0' || heard_well(encounter));
	victim_kill(victim);
	check(encounter);
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
	stride = steps > MANY ? STRIDE : 1;
	if (encounter->meeting->waits)
		stride = STRIDE_ASLEEP;
	for (uint64_t i = 0; i < steps; i += stride)
		meet_in_time(encounter, i);
	print_message("%-36s held up at %llu of %llu instructions\n",
	              encounter->meeting->title,
	              (unsigned long long)((steps + stride - 1) / stride),
	              (unsigned long long)steps);
}

void queue_meet_all(const struct queue_meeting *meetings, size_t count)
{
	struct encounter encounter;

	victims_share_one_cpu();
	queue_heard = shared_new(ITEM_LARGEST);
	pattern_fill(queue_held_up, sizeof(queue_held_up), IN_FLIGHT);
	for (size_t i = 0; i < count; i++) {
		encounter.meeting = &meetings[i];
		meet_everywhere(&encounter);
	}
	shared_free(queue_heard, ITEM_LARGEST);
}
