/* SPDX-License-Identifier: MIT */
/* Sleep, and what is asked of an actor. */
#include "sim/inside.h"

void sim_sleep(const void *on, int64_t deadline)
{
	struct actor *actor = sim_current;

	actor->sleeps_on = on;
	actor->deadline = deadline;
	actor->fell_asleep = sim_clock;
	actor->timed_out = false;
	actor->state = ACTOR_ASLEEP;
	sim_say("sleeps");
	fiber_leave(&actor->fiber);
	actor->overslept =
		actor->timed_out ? sim_clock - actor->fell_asleep : 0;
}

void sim_nap(int64_t nanoseconds)
{
	sim_system_call();
	sim_sleep(NULL, sim_clock + nanoseconds);
}

int sim_wake(const void *on, int count)
{
	int woken = 0;

	for (int i = 0; i < SIM_ACTORS && woken < count; i++) {
		if (sim_actors[i].state != ACTOR_ASLEEP ||
		    sim_actors[i].sleeps_on != on)
			continue;
		sim_actors[i].state = ACTOR_READY;
		woken++;
	}
	return woken;
}

bool sim_alive(int actor)
{
	return sim_actors[actor].state != ACTOR_ENDED;
}

bool sim_killed(int actor)
{
	return sim_actors[actor].killed;
}

int64_t sim_gone_since(int actor)
{
	return sim_actors[actor].gone_since;
}

int64_t sim_now(void)
{
	return sim_clock;
}

int64_t sim_overslept(int actor)
{
	return sim_actors[actor].overslept;
}

void sim_forget_sleep(void)
{
	sim_current->overslept = 0;
}
