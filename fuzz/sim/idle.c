/* SPDX-License-Identifier: MIT */
/* What happens by itself, when nobody can run. */
#include "sim/inside.h"

int64_t sim_continued;

/* Those who end leave their descriptors open for a while. */
bool descriptors_close(bool all)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		struct actor *actor = &sim_actors[i];

		if (!actor->closing || (!all && actor->closes_at > sim_clock))
			continue;
		actor->closing = false;
		kernel_close_all(actor);
		actor->gone_since = sim_clock;
		sim_say("descriptors of %s are closed", actor->name);
		if (sim_closed)
			sim_closed(i);
		return true;
	}
	return false;
}

/* The one that waits for the earliest deadline goes on. */
bool deadline_comes(void)
{
	struct actor *first = NULL;

	for (int i = 0; i < SIM_ACTORS; i++) {
		struct actor *actor = &sim_actors[i];

		if (actor->state == ACTOR_ASLEEP &&
		    (!first || actor->deadline < first->deadline))
			first = actor;
	}
	if (!first || first->deadline == INT64_MAX)
		return false;
	if (sim_clock < first->deadline)
		sim_clock = first->deadline;
	first->state = ACTOR_READY;
	first->timed_out = true;
	return true;
}

bool time_passes(void)
{
	if (descriptors_close(false))
		return true;
	/* No store stays in a buffer for so long. */
	for (int i = 0; i < SIM_ACTORS; i++)
		buffer_drain(&sim_actors[i]);
	if (sim_asleep)
		sim_asleep();
	return deadline_comes();
}

/* The stopped go on by themselves when the others have slept for long. */
bool somebody_continues(uint32_t which)
{
	struct actor *stopped[SIM_ACTORS];
	uint32_t count = 0;

	for (int i = 0; i < SIM_ACTORS; i++) {
		if (sim_actors[i].state == ACTOR_STOPPED)
			stopped[count++] = &sim_actors[i];
	}
	if (count == 0)
		return false;
	stopped[which % count]->state = ACTOR_READY;
	sim_continued = sim_clock;
	sim_say("%s continues", stopped[which % count]->name);
	return true;
}
