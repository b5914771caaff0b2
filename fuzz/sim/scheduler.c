/* SPDX-License-Identifier: MIT */
/* Who runs, and what happens to whom at which point. */
#include "sim/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS_USUALLY = 3000000 };

/* The clock moves by this when it is read, and at every tenth point. */
enum { TICK = 1000 };

struct actor sim_actors[SIM_ACTORS];
struct actor *sim_current;
int64_t sim_clock;
bool sim_loud, sim_fences, sim_one_cpu;
void (*sim_watch)(void);
void (*sim_asleep)(void);
void (*sim_closed)(int actor);
int64_t sim_exit_takes;

struct sim_schedule *sim_by;
static struct sim_event coming;
static uint64_t points;
uint32_t sim_events;
uint64_t sim_points_most;
bool sim_was_disturbed;
static bool failed, at_once;
static char complaint[256];
struct actor *sim_next;

void sim_fail(const char *format, ...)
{
	va_list arguments;

	if (!failed) {
		va_start(arguments, format);
		vsnprintf(complaint, sizeof(complaint), format, arguments);
		va_end(arguments);
		sim_say("WRONG: %s", complaint);
	}
	failed = true;
	if (sim_current)
		fiber_leave(&sim_current->fiber);
}

void sim_say(const char *format, ...)
{
	va_list arguments;

	if (!sim_loud)
		return;
	printf("%6llu %10lld ns  %-10s ", (unsigned long long)points,
	       (long long)sim_clock, sim_current ? sim_current->name : "-");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static void fetch_event(void)
{
	coming = sim_by->next(sim_by);
}

void sim_begin(struct sim_schedule *by)
{
	for (int i = 0; i < SIM_ACTORS; i++)
		sim_actors[i] = (struct actor){ .gone_since = -1 };
	sim_by = by;
	sim_current = sim_next = NULL;
	sim_clock = 1000000;
	sim_continued = 0;
	points = 0;
	sim_events = 0;
	sim_points_most = POINTS_USUALLY;
	sim_was_disturbed = failed = at_once = false;
	complaint[0] = '\0';
	sim_fences = true;
	sim_one_cpu = false;
	sim_asleep = NULL;
	sim_closed = NULL;
	sim_exit_takes = 0;
	memory_begin();
	kernel_begin();
	registry_begin();
	private_begins();
	fetch_event();
}

int sim_actor(const char *name, void (*body)(void *argument), void *argument)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		struct actor *actor = &sim_actors[i];

		if (actor->state != ACTOR_NONE)
			continue;
		actor->name = name;
		actor->body = body;
		actor->argument = argument;
		actor->state = ACTOR_READY;
		actor->points_left = UINT64_MAX;
		fiber_prepare(&actor->fiber, i);
		return i;
	}
	abort();
}

/* ---- the running actor */

int sim_self(void)
{
	return (int)(sim_current - sim_actors);
}

void actor_end(struct actor *actor)
{
	actor->lates = 0;
	buffer_drain(actor);
	actor->state = ACTOR_ENDED;
	actor->closing = true;
	actor->closes_at = sim_clock;
}

void sim_exit(void)
{
	struct actor *actor = sim_current;

	sim_say("exit");
	actor_end(actor);
	fiber_leave(&actor->fiber);
	abort();
}

void fiber_main(void)
{
	sim_current->body(sim_current->argument);
	sim_exit();
}

int actors_ready(void)
{
	int count = 0;

	for (int i = 0; i < SIM_ACTORS; i++)
		count += sim_actors[i].state == ACTOR_READY;
	return count;
}

void sim_yield(void)
{
	if (sim_current && actors_ready() > 1)
		fiber_leave(&sim_current->fiber);
}

void sim_call(const char *what, uint64_t points_most)
{
	sim_current->call = what;
	sim_current->points_left = points_most;
	sim_point(what);
}

void sim_point(const char *what)
{
	sim_say("-- %s", what);
	sim_pass();
}

void sim_at_once(bool whether)
{
	at_once = whether;
}

void sim_pass(void)
{
	struct actor *actor = sim_current;

	if (at_once)
		return;
	if (sim_watch)
		sim_watch();
	if (!actor)
		return;
	points++;
	if (points % 10 == 0)
		sim_clock += TICK;
	if (points > sim_points_most)
		sim_fail("no end after %llu points",
		         (unsigned long long)sim_points_most);
	if (actor->points_left-- == 0)
		sim_fail("%s does not end by itself", actor->call);
	while (coming.points == 0) {
		struct sim_event event = coming;

		fetch_event();
		event_happens(&event);
	}
	coming.points--;
}

void sim_system_call(void)
{
	sim_pass();
	if (sim_current)
		order_stores();
}

/* ---- the run */

static struct actor *choose(struct actor *last)
{
	struct actor *actor = sim_next;
	int begin = last ? (int)(last - sim_actors) : SIM_ACTORS - 1;

	sim_next = NULL;
	if (actor)
		return actor;
	for (int i = 1; i <= SIM_ACTORS; i++) {
		actor = &sim_actors[(begin + i) % SIM_ACTORS];
		if (actor->state == ACTOR_READY)
			return actor;
	}
	return NULL;
}

const char *sim_run(void)
{
	struct actor *last = NULL, *actor;
	int idle = 0;

	while (!failed) {
		actor = choose(last);
		if (actor) {
			sim_current = last = actor;
			private_load(actor);
			fiber_switch(&actor->fiber);
			private_save(actor);
			sim_current = NULL;
		} else if (++idle % 8 == 0 && somebody_continues(0)) {
			continue;
		} else if (!time_passes() && !somebody_continues(0) &&
		           !descriptors_close(true)) {
			break;
		}
	}
	for (int i = 0; i < SIM_ACTORS && !failed; i++) {
		if (sim_actors[i].state == ACTOR_ASLEEP)
			sim_fail("%s sleeps for ever", sim_actors[i].name);
	}
	return failed ? complaint : NULL;
}

void sim_end(void)
{
	kernel_end();
	heap_end();
	for (int i = 0; i < SIM_ACTORS; i++)
		sim_actors[i].state = ACTOR_NONE;
}

bool sim_disturbed(void)
{
	return sim_was_disturbed;
}

uint64_t sim_points(void)
{
	return points;
}
