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
bool sim_loud, sim_fences;
void (*sim_watch)(void);

static struct sim_schedule *schedule;
static struct sim_event coming;
static uint64_t points;
uint64_t sim_points_most;
static bool disturbed, failed;
static char complaint[256];
static struct actor *next_actor; /* whom a switch has chosen */

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
	coming = schedule->next(schedule);
}

void sim_begin(struct sim_schedule *by)
{
	for (int i = 0; i < SIM_ACTORS; i++)
		sim_actors[i] = (struct actor){ .gone_since = -1 };
	schedule = by;
	sim_current = next_actor = NULL;
	sim_clock = 1000000;
	points = 0;
	sim_points_most = POINTS_USUALLY;
	disturbed = failed = false;
	complaint[0] = '\0';
	sim_fences = true;
	kernel_begin();
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

static void end_actor(struct actor *actor)
{
	buffer_drain(actor);
	actor->state = ACTOR_ENDED;
	actor->closing = true;
}

void sim_exit(void)
{
	struct actor *actor = sim_current;

	sim_say("exit");
	end_actor(actor);
	fiber_leave(&actor->fiber);
	abort();
}

void fiber_main(void)
{
	sim_current->body(sim_current->argument);
	sim_exit();
}

static int count_ready(void)
{
	int count = 0;

	for (int i = 0; i < SIM_ACTORS; i++)
		count += sim_actors[i].state == ACTOR_READY;
	return count;
}

void sim_yield(void)
{
	if (sim_current && count_ready() > 1)
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

/* ---- events */

/* The which-th of those in `state`, but the current one; or NULL. */
static struct actor *pick(enum actor_state state, uint32_t which)
{
	struct actor *found[SIM_ACTORS];
	uint32_t count = 0;

	for (int i = 0; i < SIM_ACTORS; i++) {
		if (sim_actors[i].state == state &&
		    &sim_actors[i] != sim_current)
			found[count++] = &sim_actors[i];
	}
	return count ? found[which % count] : NULL;
}

static void kill_self(void)
{
	struct actor *actor = sim_current;

	if (schedule->kills == 0)
		return;
	schedule->kills--;
	disturbed = true;
	sim_say("KILLED in %s", actor->call ? actor->call : "nothing");
	actor->killed = true;
	end_actor(actor);
	fiber_leave(&actor->fiber);
}

static void stop_self(void)
{
	struct actor *actor = sim_current;

	if (schedule->stops == 0 || count_ready() < 2)
		return;
	schedule->stops--;
	disturbed = true;
	sim_say("STOPPED in %s", actor->call ? actor->call : "nothing");
	actor->state = ACTOR_STOPPED;
	fiber_leave(&actor->fiber);
}

static void wake_for_nothing(uint32_t which)
{
	struct actor *sleeper = pick(ACTOR_ASLEEP, which);

	if (!sleeper)
		return;
	sim_say("%s wakes for nothing", sleeper->name);
	sleeper->state = ACTOR_READY;
	sleeper->timed_out = false;
}

static void drain_somebody(uint32_t argument)
{
	struct actor *actor = &sim_actors[argument % SIM_ACTORS];

	buffer_drain_one(actor, argument / SIM_ACTORS);
}

static void happen(const struct sim_event *event)
{
	switch (event->what) {
	case SIM_SWITCH:
		next_actor = pick(ACTOR_READY, event->argument);
		if (next_actor)
			fiber_leave(&sim_current->fiber);
		break;
	case SIM_DRAIN:
		drain_somebody(event->argument);
		break;
	case SIM_LAZY:
		sim_current->lazy = true;
		break;
	case SIM_EAGER:
		buffer_drain(sim_current);
		sim_current->lazy = false;
		break;
	case SIM_WAKE:
		wake_for_nothing(event->argument);
		break;
	case SIM_STOP:
		stop_self();
		break;
	case SIM_KILL:
		kill_self();
		break;
	default:
		break;
	}
}

void sim_pass(void)
{
	struct actor *actor = sim_current;

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
		happen(&event);
	}
	coming.points--;
}

void sim_system_call(void)
{
	sim_pass();
	if (sim_current)
		buffer_drain(sim_current);
}

/* ---- the run */

/* Those who end leave their descriptors open for a while. */
static bool close_somebody(void)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		struct actor *actor = &sim_actors[i];

		if (!actor->closing)
			continue;
		actor->closing = false;
		kernel_close_all(actor);
		actor->gone_since = sim_clock;
		sim_say("descriptors of %s are closed", actor->name);
		return true;
	}
	return false;
}

/* Nobody can run: time passes, or the stopped are continued. */
static bool time_passes(void)
{
	struct actor *first = NULL;

	if (close_somebody())
		return true;
	for (int i = 0; i < SIM_ACTORS; i++) {
		struct actor *actor = &sim_actors[i];

		if (actor->state == ACTOR_ASLEEP &&
		    (!first || actor->deadline < first->deadline))
			first = actor;
	}
	if (first && first->deadline != INT64_MAX) {
		if (sim_clock < first->deadline)
			sim_clock = first->deadline;
		first->state = ACTOR_READY;
		first->timed_out = true;
		return true;
	}
	return false;
}

/* The stopped go on when the others have slept for long, or ended. */
static bool continue_somebody(void)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (sim_actors[i].state == ACTOR_STOPPED) {
			sim_actors[i].state = ACTOR_READY;
			sim_say("%s continues", sim_actors[i].name);
			return true;
		}
	}
	return false;
}

static struct actor *choose(struct actor *last)
{
	struct actor *actor = next_actor;
	int begin = last ? (int)(last - sim_actors) : SIM_ACTORS - 1;

	next_actor = NULL;
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
			fiber_switch(&actor->fiber);
			sim_current = NULL;
		} else if (++idle % 8 == 0 && continue_somebody()) {
			continue;
		} else if (!time_passes() && !continue_somebody()) {
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
	return disturbed;
}

uint64_t sim_points(void)
{
	return points;
}
