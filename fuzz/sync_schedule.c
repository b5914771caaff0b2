/* SPDX-License-Identifier: MIT */
#include "sync_schedule_inside.h"

#include "sim/heap.h"

enum {
	RUN_POINTS_MOST = 2000000,
	FORKS_MOST = 1,
	/* Slices are of 60 ms. */
	LATE = 130,
	STILL = 30, /* times that all slept, and nothing had happened */
	NAP = 20
};

struct sync_shape sync_shape;
struct party *parties[SIM_ACTORS];
const struct play *play;

static const struct play *const plays[PLAYS] = {
	[PLAY_LOCK] = &play_lock,           [PLAY_RLOCK] = &play_lock,
	[PLAY_PERMITS] = &play_permits,     [PLAY_EVENT] = &play_event,
	[PLAY_CONDITION] = &play_condition, [PLAY_BARRIER] = &play_barrier,
	[PLAY_RECORD] = &play_record,       [PLAY_ARRAY] = &play_array,
};

static struct choices *source;
static bool survived;
static uint64_t ticks, still_at;
static int still; /* how often all slept since anything happened */
static int forks_left;

unsigned sync_option(unsigned n)
{
	return choose(source, n);
}

uint64_t sync_tick(void)
{
	return ++ticks;
}

int64_t sync_patience(void)
{
	static const int64_t timeouts[] = { WEIR_NOWAIT,  WEIR_NOWAIT,
		                            WEIR_US(30),  WEIR_MS(5),
		                            WEIR_MS(90),  WEIR_MS(90),
		                            WEIR_FOREVER, WEIR_FOREVER };

	if (sync_shape.patience)
		return sync_shape.patience == 1 ? WEIR_NOWAIT : WEIR_FOREVER;
	return timeouts[sync_option(8)];
}

static void choose_shape(struct choices *choices)
{
	static const uint8_t kills[] = { 0, 0, 1, 1, 1, 2, 2, 3 };
	static const uint8_t stops[] = { 0, 0, 1, 2 };
	static const int64_t exits[] = { 0, 0, WEIR_MS(3), WEIR_MS(300) };

	choices->schedule.kills = kills[choose(choices, sizeof(kills))];
	choices->schedule.stops = stops[choose(choices, sizeof(stops))];
	sync_shape = (struct sync_shape){
		.kind = (int)choose(choices, PLAYS),
		.in_region = choose(choices, 6) == 5,
		.workers = 2 + (int)choose(choices, 3),
		.turns = 1 + (int)choose(choices, 4),
		.patience = (int)choose(choices, 3),
		.exits = choose(choices, 2),
		.lazy = choose(choices, 2),
		.one_cpu = choose(choices, 4) != 0,
		.no_fences = choose(choices, 16) == 15,
		.exit_takes = exits[choose(choices, 4)],
	};
	play = plays[sync_shape.kind];
	stores_begin(0, false);
	play->choose();
}

/* ---- calls */

/* Nobody else is in the middle of anything, nor died with it open. */
static bool others_rest(const struct party *party)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		const struct party *other = parties[i];

		if (!other || other == party)
			continue;
		if (sim_alive(i) ? other->call || !sim_visible(i)
		                 : other->handle != NULL)
			return false;
	}
	return sim_visible(party->actor) && !sim_anybody_killed();
}

void call_begin(struct party *party, const char *what, int64_t timeout)
{
	sim_call(what, timeout > 0 ? UINT64_MAX : CALL_POINTS);
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (parties[i])
			parties[i]->alone = false;
	}
	party->alone = others_rest(party);
	stores_seen();
	party->call = what;
	party->begun = sync_tick();
	party->ready_since = 0;
}

void call_end(struct party *party)
{
	party->call = NULL;
	sync_tick();
}

/* Who closes it may have left his place to another one. */
static bool stays(const struct party *party)
{
	return sim_gone_since(party->actor) < 0 && !party->closing;
}

bool member_lives(uint32_t member, const struct party *but)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (parties[i] && parties[i] != but &&
		    parties[i]->member == member && stays(parties[i]))
			return true;
	}
	return false;
}

bool lock_member_lives(uint32_t member, const struct party *but)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (parties[i] && parties[i] != but &&
		    parties[i]->lock_member == member && stays(parties[i]))
			return true;
	}
	return false;
}

bool party_gone(const struct party *party)
{
	return sim_gone_since(party->actor) >= 0;
}

void *object_of(const struct party *party)
{
	return sync_at(play->sync(party->handle));
}

/* ---- sleepers */

static void check_sleeper(struct party *party)
{
	enum ready ready = play->ready(party);

	/* Who lingers may be in the middle of looking for that death. */
	if (ready == READY_NOT ||
	    (ready == READY_BY_DEATH && sim_anybody_lingers())) {
		party->ready_since = 0;
		return;
	}
	if (party->ready_since == 0 || party->ready_tick != ticks) {
		party->ready_since = sim_now();
		party->ready_tick = ticks;
	}
	if (!sim_disturbed() && ready == READY)
		sim_fail("%d sleeps in %s, and need not", party->actor,
		         party->call);
	if (sim_now() - party->ready_since > WEIR_MS(LATE))
		sim_fail("%d sleeps on and on in %s, and need not",
		         party->actor, party->call);
}

static void all_sleep(void)
{
	stores_seen();
	still = ticks == still_at ? still + 1 : 0;
	still_at = ticks;
	for (int i = 0; i < SIM_ACTORS; i++) {
		struct party *party = parties[i];

		if (!party || !party->call)
			continue;
		if (sim_sleeps_on(i, play->sleeps_at(party)))
			check_sleeper(party);
		else
			party->ready_since = 0;
	}
}

/* ---- lives */

static void worker_lives(void *argument);

static void turn(struct party *party)
{
	unsigned what = sync_option(16);

	if (what == 15 && !party->having) {
		party_closes(party);
		party_opens(party);
	} else if (what == 14 && forks_left > 0) {
		forks_left--;
		party_forks(party, worker_lives);
	} else if (what == 13) {
		sim_nap(WEIR_MS(1));
	}
	play->act(party);
}

static void worker_lives(void *argument)
{
	struct party *party = argument;

	for (int i = 0; i < party->turns; i++)
		turn(party);
	if (!sync_shape.exits || sync_option(4) == 3)
		party_closes(party);
	sim_point("end");
}

static bool all_are_gone(const struct party *but)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (parties[i] && parties[i] != but && sim_gone_since(i) < 0)
			return false;
	}
	return true;
}

/* Nobody did anything for long, and nobody comes to do it. */
static void help(struct party *survivor)
{
	if (!survivor->handle)
		party_opens(survivor);
	if (play->rescue)
		play->rescue(survivor);
}

static void look_on(struct party *survivor)
{
	while (!all_are_gone(survivor)) {
		sim_nap(WEIR_MS(NAP));
		if (still > STILL && !sim_anybody_lingers())
			help(survivor);
	}
}

static void survive(void *argument)
{
	struct party *survivor = argument;

	look_on(survivor);
	if (survivor->handle && sync_option(2))
		party_closes(survivor);
	if (!survivor->handle)
		party_opens(survivor);
	sim_nap(WEIR_MS(1)); /* its stores are in memory */
	play->last(survivor);
	party_closes(survivor);
	survived = true;
}

static void survivor_comes(void)
{
	struct party *party = sim_calloc(1, sizeof(*party));

	*party = (struct party){ .survives = true,
		                 .member = -1,
		                 .lock_member = -1 };
	party->actor = sim_actor("survivor", survive, party);
	parties[party->actor] = party;
}

static void closed(int actor)
{
	struct party *party = parties[actor];

	if (!party)
		return;
	/* Who is in a call is no longer alone with it. */
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (parties[i])
			parties[i]->alone = false;
	}
	sync_tick();
	if (play->died)
		play->died(party);
	party->member = party->lock_member = -1;
	if (party->survives && sim_killed(actor))
		survivor_comes();
}

/* ---- the run */

static void worker_comes(int number)
{
	static const char *const names[] = { "one", "two", "three", "four" };
	struct party *party = sync_scene_party(number);

	party->turns = sync_shape.turns;
	party->number = number;
	party->actor = sim_actor(names[number], worker_lives, party);
	parties[party->actor] = party;
	sync_scene_give(party);
	if (sync_shape.lazy)
		sim_make_lazy(party->actor);
}

const char *sync_schedule_run(struct choices *choices)
{
	const char *wrong;

	source = choices;
	choose_shape(choices);
	sim_begin(&choices->schedule);
	sim_points_most = RUN_POINTS_MOST;
	sim_fences = !sync_shape.no_fences;
	sim_one_cpu = sync_shape.one_cpu;
	sim_exit_takes = sync_shape.exit_takes;
	sim_asleep = all_sleep;
	sim_closed = closed;
	survived = false;
	ticks = still_at = 0;
	still = 0;
	forks_left = FORKS_MOST;
	memset(parties, 0, sizeof(parties));
	sync_scene_begin();
	for (int i = 0; i < sync_shape.workers; i++)
		worker_comes(i);
	survivor_comes();
	/* There must be places for them, and all survivors. */
	if (SIM_ACTORS - sync_shape.workers - 1 <
	    (int)choices->schedule.kills + FORKS_MOST)
		forks_left = 0;
	wrong = sim_run();
	if (!wrong && !survived)
		wrong = "nobody survived";
	sim_end();
	return wrong;
}
