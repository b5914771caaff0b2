/* SPDX-License-Identifier: MIT */
/* Sleep, and what is asked of an actor. */
#include "sim/inside.h"

#include <stdlib.h>
#include <string.h>

/* Where what the library has for each thread is now that of one actor. */
extern unsigned char private_begin[] __asm__("__start_sim_private")
	__attribute__((weak));
extern unsigned char private_end[] __asm__("__stop_sim_private")
	__attribute__((weak));

static size_t private_size(void)
{
	size_t size = (size_t)(private_end - private_begin);

	if (size > PRIVATE_MOST)
		abort();
	return size;
}

/* Whoever sets the scene knows nothing of the run before. */
void private_begins(void)
{
	memset(private_begin, 0, private_size());
}

void private_load(const struct actor *actor)
{
	memcpy(private_begin, actor->private, private_size());
}

void private_save(struct actor *actor)
{
	memcpy(actor->private, private_begin, private_size());
}

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

void sim_make_lazy(int actor)
{
	sim_actors[actor].lazy = true;
}

void sim_make_single(int actor)
{
	sim_actors[actor].single = true;
}

bool sim_sleeps_on(int actor, const void *word)
{
	const struct actor *sleeper = &sim_actors[actor];

	return sleeper->state == ACTOR_ASLEEP && sleeper->sleeps_on == word &&
	       sleeper->deadline > sim_clock;
}

bool sim_visible(int actor)
{
	return sim_actors[actor].buffered == 0;
}

bool sim_anybody_lingers(void)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (sim_actors[i].state == ACTOR_STOPPED ||
		    sim_actors[i].closing)
			return true;
	}
	return false;
}

bool sim_anybody_killed(void)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (sim_actors[i].killed)
			return true;
	}
	return false;
}
