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

/* Something happens to this one, which may end its turn. */
static void happened_to(struct actor *actor, bool ends_turn)
{
	sim_events++;
	if (ends_turn && actor == sim_current)
		fiber_leave(&actor->fiber);
}

static void kill(struct actor *actor)
{
	if (sim_by->kills == 0 || !actor)
		return;
	sim_by->kills--;
	sim_was_disturbed = true;
	sim_say("KILLED: %s in %s", actor->name,
	        actor->call ? actor->call : "nothing");
	actor->killed = true;
	actor_end(actor);
	actor->closes_at += sim_exit_takes;
	happened_to(actor, true);
}

static void stop(struct actor *actor)
{
	if (sim_by->stops == 0 || !actor)
		return;
	sim_by->stops--;
	sim_was_disturbed = true;
	sim_say("STOPPED: %s in %s", actor->name,
	        actor->call ? actor->call : "nothing");
	actor->state = ACTOR_STOPPED;
	happened_to(actor, true);
}

static void wake_for_nothing(uint32_t which)
{
	struct actor *sleeper = pick(asleep, which);

	if (!sleeper)
		return;
	sim_say("%s wakes for nothing", sleeper->name);
	sleeper->state = ACTOR_READY;
	sleeper->timed_out = false;
	happened_to(sleeper, false);
}

static void drain_somebody(uint32_t argument)
{
	struct actor *actor = &sim_actors[argument % SIM_ACTORS];

	if (actor->buffered == 0)
		return;
	buffer_drain_one(actor, argument / SIM_ACTORS);
	happened_to(actor, false);
}

static void change_habit(bool lazy)
{
	if (sim_current->lazy == lazy)
		return;
	if (!lazy)
		buffer_drain(sim_current);
	sim_current->lazy = lazy;
	happened_to(sim_current, false);
}

static void switch_to(struct actor *actor)
{
	sim_next = actor;
	if (actor)
		happened_to(sim_current, true);
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
		if (actors_ready() > 1)
			stop(sim_current);
		break;
	case SIM_KILL:
		kill(sim_current);
		break;
	case SIM_STOP_ANY:
		stop(pick(ready, which));
		break;
	case SIM_CONTINUE:
		sim_events += somebody_continues(which);
		break;
	case SIM_KILL_ANY:
		kill(pick(alive, which));
		break;
	case SIM_CLOSE:
		sim_events += descriptors_close(false);
		break;
	case SIM_LEAP:
		sim_events += deadline_comes();
		break;
	default:
		break;
	}
}
