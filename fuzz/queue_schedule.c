/* SPDX-License-Identifier: MIT */
#include "queue_schedule.h"

#include "queue_census.h"
#include "queue_history.h"
#include "queue_scene.h"
#include "sim/heap.h"

#include <errno.h>

enum { RUN_POINTS_MOST = 2000000 };

static struct choices *source;
static bool survived;
static uint64_t left_at;

unsigned option(unsigned n)
{
	return source ? choose(source, n) : 0;
}

/* ---- lives */

static enum queue_act next_act(struct hand *hand)
{
	static const uint8_t likes[4][8] = {
		{ ACT_PUT, ACT_PUT, ACT_PUT, ACT_PUT, ACT_PUT_MANY,
		  ACT_PUT_MANY, ACT_RESERVE, ACT_RESERVE },
		{ ACT_GET, ACT_GET, ACT_GET, ACT_GET, ACT_GET_MANY,
		  ACT_GET_MANY, ACT_GET_SHORT, ACT_TASK_DONE },
		{ ACT_LEASE, ACT_LEASE, ACT_LEASE, ACT_LEASE, ACT_LEASE,
		  ACT_LEASE, ACT_END_LEASE, ACT_GET },
		{ ACT_JOIN, ACT_LAP, ACT_SHUTDOWN, ACT_SHUTDOWN_NOW, ACT_REOPEN,
		  ACT_FORK, ACT_COUNT, ACT_LAP },
	};
	unsigned bent = (unsigned)hand->bent;

	if (option(4) == 3)
		bent = option(4);
	return likes[bent][option(8)];
}

void hand_lives(void *argument)
{
	struct hand *hand = argument;

	for (int i = 0; i < hand->turns; i++) {
		enum queue_act act =
			hand->acts ? hand->acts[i] : next_act(hand);

		if (act != ACT_NOTHING)
			hand_acts(hand, act);
	}
	/* Some close, some just exit. */
	if (!shape.exits && option(4) != 3)
		hand_closes(hand);
	sim_point("end");
}

static bool all_are_gone(const struct hand *but)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (hands[i] && hands[i] != but && sim_gone_since(i) < 0)
			return false;
	}
	return true;
}

static void drain(struct hand *hand)
{
	ssize_t size = 0;
	int tries = 0;

	while (size >= 0) {
		if (option(4) == 3) {
			hand_acts(hand, ACT_LEASE);
			if (hand->leased >= 0)
				hand_acts(hand, ACT_LEASE);
		}
		size = hand_gets(hand, WEIR_NOWAIT);
		if (++tries > LETTERS_MOST)
			sim_fail("there is no end of messages");
	}
}

static void finish(struct hand *hand)
{
	int tries = 0;

	while (hand_task_done(hand) == 0) {
		if (++tries > LETTERS_MOST)
			sim_fail("there is no end of tasks");
	}
}

/* It is as good as new. */
static void use_again(struct hand *hand)
{
	bool shut = books.shut_begun;

	for (int i = 0; i < shape.capacity && !shut; i++) {
		int64_t code = hand_puts_small(hand);

		if (code != 0)
			sim_fail("in the end there is room for %d, then %lld",
			         i, (long long)code);
	}
	if (!shut && hand_puts_small(hand) != -EAGAIN)
		sim_fail("in the end there is too much room");
	drain(hand);
	finish(hand);
}

static void survive(void *argument)
{
	struct hand *hand = argument;

	while (!all_are_gone(hand))
		sim_nap(WEIR_MS(1));
	if (!left_at)
		left_at = sim_points();
	hand_opens(hand);
	/* Before anybody looked for the dead. */
	if (option(2))
		hand_acts(hand, ACT_LAP);
	drain(hand);
	books_drained();
	finish(hand);
	books_settled();
	history_check();
	use_again(hand);
	sim_nap(WEIR_MS(1)); /* its stores are in memory */
	census_end(hand->member);
	hand_closes(hand);
	sim_nap(WEIR_MS(1));
	census_end(-1);
	survived = true;
}

static void survivor_comes(void)
{
	struct hand *hand = sim_calloc(1, sizeof(*hand));

	*hand = (struct hand){ .survives = true, .member = -1, .leased = -1 };
	hand->actor = sim_actor("survivor", survive, hand);
	hands[hand->actor] = hand;
	if (shape.single == 1) {
		hand->single = true;
		sim_make_single(hand->actor);
	}
}

static void closed(int actor)
{
	struct hand *hand = hands[actor];

	if (hand->member >= 0)
		census_of_dead(actor, (uint32_t)hand->member);
	books_died(actor);
	if (hand->survives && sim_killed(actor))
		survivor_comes();
}

/* ---- the run */

static void worker_comes(int number)
{
	static const char *const names[] = { "one", "two", "three", "four" };
	struct hand *hand = scene_hand(number);
	const uint8_t *acts = shape.acts[number];

	hand->turns = shape.turns;
	hand->bent = (int)option(4);
	hand->single = shape.single == 1 || (shape.single == 2 && number % 2);
	for (int i = 0; i < QUEUE_TURNS; i++) {
		if (acts[i] != ACT_NOTHING)
			hand->acts = acts;
	}
	hand->actor = sim_actor(names[number], hand_lives, hand);
	hands[hand->actor] = hand;
	scene_give(hand);
	if (shape.lazy)
		sim_make_lazy(hand->actor);
	if (hand->single)
		sim_make_single(hand->actor);
}

static const char *run(struct sim_schedule *schedule)
{
	const char *wrong;

	sim_begin(schedule);
	sim_points_most = RUN_POINTS_MOST;
	sim_fences = !shape.no_fences;
	sim_one_cpu = shape.one_cpu;
	sim_exit_takes = shape.exit_takes;
	sim_pairs = shape.single != 1;
	sim_asleep = census_asleep;
	sim_closed = closed;
	survived = false;
	left_at = 0;
	memset(hands, 0, sizeof(hands));
	scene_begin();
	for (int i = 0; i < shape.workers; i++)
		worker_comes(i);
	survivor_comes();
	/* There must be places for them, and all survivors. */
	hand_forks_most = SIM_ACTORS - shape.workers - 1 - (int)schedule->kills;
	wrong = sim_run();
	if (!wrong && !survived)
		wrong = "nobody survived";
	sim_queue = NULL;
	sim_pairs = true;
	sim_end();
	return wrong;
}

uint64_t queue_schedule_left(void)
{
	return left_at;
}

const char *queue_schedule_run(struct choices *choices)
{
	source = choices;
	scene_choose(choices);
	return run(&choices->schedule);
}

const char *queue_schedule_run_plain(const struct queue_shape *wanted,
                                     struct sim_schedule *schedule)
{
	source = NULL;
	shape = *wanted;
	return run(schedule);
}
