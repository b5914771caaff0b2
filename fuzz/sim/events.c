/* SPDX-License-Identifier: MIT */
/* What may happen at a point. */
#include "sim/inside.h"

/* The which-th of those that are so, or NULL. */
static struct actor *pick(bool (*is)(const struct actor *), uint32_t which)
{
	struct actor *found[SIM_ACTORS];
	uint32_t count = 0;

	for (int i = 0; i < SIM_ACTORS; i++) {
		if (is(&sim_actors[i]))
			found[count++] = &sim_actors[i];
	}
	return count ? found[which % count] : NULL;
}

static bool ready(const struct actor *actor)
{
	return actor->state == ACTOR_READY;
}

static bool ready_too(const struct actor *actor)
{
	return actor != sim_current && ready(actor);
}

static bool asleep(const struct actor *actor)
{
	return actor->state == ACTOR_ASLEEP;
}

static bool alive(const struct actor *actor)
{
	return ready(actor) || asleep(actor) || actor->state == ACTOR_STOPPED;
}

static void leave_if_running(struct actor *actor)
{
	if (actor == sim_current)
		fiber_leave(&actor->fiber);
}

static void kill(struct actor *actor)
{
	if (sim_by->kills == 0)
		return;
	sim_by->kills--;
	sim_was_disturbed = true;
	sim_say("KILLED: %s in %s", actor->name,
	        actor->call ? actor->call : "nothing");
	actor->killed = true;
	actor_end(actor);
	actor->closes_at += sim_exit_takes;
	leave_if_running(actor);
}

static void stop(struct actor *actor)
{
	if (sim_by->stops == 0 || actors_ready() < 2)
		return;
	sim_by->stops--;
	sim_was_disturbed = true;
	sim_say("STOPPED: %s in %s", actor->name,
	        actor->call ? actor->call : "nothing");
	actor->state = ACTOR_STOPPED;
	leave_if_running(actor);
}

static void wake_for_nothing(uint32_t which)
{
	struct actor *sleeper = pick(asleep, which);

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

/* Other stores than its own are at stake, or none. */
static void change_habit(bool lazy)
{
	if (!lazy)
		buffer_drain(sim_current);
	sim_current->lazy = lazy;
}

static void switch_to(struct actor *actor)
{
	sim_next = actor;
	if (actor)
		fiber_leave(&sim_current->fiber);
}

void event_happens(const struct sim_event *event)
{
	uint32_t which = event->argument;

	switch (event->what) {
	case SIM_SWITCH:
		switch_to(pick(ready_too, which));
		break;
	case SIM_DRAIN:
		drain_somebody(which);
		break;
	case SIM_LAZY:
	case SIM_EAGER:
		change_habit(event->what == SIM_LAZY);
		break;
	case SIM_WAKE:
		wake_for_nothing(which);
		break;
	case SIM_STOP:
		stop(sim_current);
		break;
	case SIM_KILL:
		kill(sim_current);
		break;
	case SIM_STOP_ANY:
		stop(pick(ready, which));
		break;
	case SIM_CONTINUE:
		somebody_continues(which);
		break;
	case SIM_KILL_ANY:
		kill(pick(alive, which));
		break;
	case SIM_CLOSE:
		descriptors_close(false);
		break;
	case SIM_LEAP:
		deadline_comes();
		break;
	default:
		break;
	}
}
