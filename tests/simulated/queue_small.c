/* SPDX-License-Identifier: MIT */
/*
 * Small queues under every schedule of a few events: two who put and two who
 * get, on a capacity of one and of two.
 *
 * The events happen at any points, in any order, to anybody.  What is
 * impossible where it would happen ends the search there, for the run is one
 * that was seen already.
 */
#include "case.h"
#include "queue_schedule.h"
#include "schedules.h"

#include <stdio.h>
#include <string.h>

/* To whom is switched: the next, or the one after him. */
enum { OTHERS = 2 };

struct search {
	struct queue_shape shape;
	struct listed_schedule listed;
	enum sim_what left[LISTED_MOST]; /* SIM_NOTHING: was used */
	uint64_t runs;
};

/* The run that failed once more, step by step. */
static void show(struct search *search, const char *wrong)
{
	sim_loud = true;
	listed_schedule(&search->listed);
	queue_schedule_run_plain(&search->shape, &search->listed.schedule);
	sim_loud = false;
	fflush(stdout);
	print_error("%s\n", wrong);
	must(!"as it should be");
}

/* Only a death means something to a survivor who is alone. */
static uint64_t end_of(const struct listed_schedule *listed)
{
	enum sim_what what = listed->events[listed->count - 1].what;

	return what == SIM_KILL ? sim_points() : queue_schedule_left();
}

/* False: it ended before the last event of the list. */
static bool run_one(struct search *search)
{
	struct listed_schedule *listed = &search->listed;
	const char *wrong;

	listed_schedule(listed);
	wrong = queue_schedule_run_plain(&search->shape, &listed->schedule);
	search->runs++;
	if (wrong)
		show(search, wrong);
	return listed->count == 0 ||
	       listed->events[listed->count - 1].points < end_of(listed);
}

static void extend(struct search *search);

/* One more event of this kind, at each point after those before it. */
static void extend_by(struct search *search, enum sim_what what, uint32_t who)
{
	struct listed_schedule *listed = &search->listed;
	struct sim_event *event = &listed->events[listed->count];

	*event = (struct sim_event){
		.points = listed->count ? event[-1].points : 0,
		.what = what,
		.argument = who,
	};
	listed->count++;
	while (run_one(search)) {
		if (sim_events == (uint32_t)listed->count)
			extend(search);
		event->points++;
		alarm(CASE_SECONDS);
	}
	listed->count--;
}

static bool only_switches(const struct search *search)
{
	for (int i = 0; i < LISTED_MOST; i++) {
		if (search->left[i] > SIM_SWITCH)
			return false;
	}
	return true;
}

static void extend(struct search *search)
{
	for (int i = 0; i < LISTED_MOST; i++) {
		enum sim_what what = search->left[i];
		uint32_t most = what == SIM_SWITCH && only_switches(search)
		                        ? OTHERS
		                        : 1;

		/* Two of one kind change places in vain. */
		if (what == SIM_NOTHING ||
		    (i > 0 && what == search->left[i - 1]))
			continue;
		search->left[i] = SIM_NOTHING;
		for (uint32_t who = 0; who < most; who++)
			extend_by(search, what, who);
		search->left[i] = what;
	}
}

static void search_all(const char *what, const struct queue_shape *shape,
                       const enum sim_what events[LISTED_MOST])
{
	struct search search = { .shape = *shape };

	search.shape.one_cpu = true;
	memcpy(search.left, events, sizeof(search.left));
	for (int i = 1; SANITIZED && i < LISTED_MOST; i++)
		search.left[i] = SIM_NOTHING; /* it is twenty times slower */
	run_one(&search);
	extend(&search);
	print_message("%s: %llu schedules\n", what,
	              (unsigned long long)search.runs);
}

/* ---- what they do */

#define PUTS_AND_GETS                                                          \
	{                                                                      \
		{ ACT_PUT }, { ACT_PUT }, { ACT_GET },                         \
		{                                                              \
			ACT_GET                                                \
		}                                                              \
	}
#define PUTS_AND_LEASES                                                        \
	{                                                                      \
		{ ACT_PUT }, { ACT_PUT }, { ACT_LEASE },                       \
		{                                                              \
			ACT_LEASE                                              \
		}                                                              \
	}

static const enum sim_what two_switches[] = { SIM_SWITCH, SIM_SWITCH,
	                                      SIM_NOTHING, SIM_NOTHING };
static const enum sim_what a_death[] = { SIM_SWITCH, SIM_KILL, SIM_NOTHING,
	                                 SIM_NOTHING };
static const enum sim_what two_deaths[] = { SIM_KILL, SIM_KILL, SIM_NOTHING,
	                                    SIM_NOTHING };
static const enum sim_what a_stop[] = { SIM_SWITCH, SIM_STOP, SIM_NOTHING,
	                                SIM_NOTHING };
static const enum sim_what late_stores[] = { SIM_SWITCH, SIM_LAZY, SIM_NOTHING,
	                                     SIM_NOTHING };

/* Messages of a cell where there is room for one, of a block for two; with the
   quick events also those of one size more. */
static void each_size(const char *what, struct queue_shape shape,
                      const enum sim_what events[LISTED_MOST])
{
	for (shape.capacity = 1; shape.capacity <= 2; shape.capacity++) {
		for (int more = 0; more <= (events == two_switches); more++) {
			shape.sizes = shape.capacity + more;
			shape.blocks = 2 * shape.capacity;
			search_all(what, &shape, events);
		}
	}
}

static void test_puts_and_gets(void **state)
{
	struct queue_shape shape = {
		.workers = 4,
		.turns = 1,
		.patience = 1,
		.exits = true,
		.acts = PUTS_AND_GETS,
	};

	each_size("puts and gets, two switches", shape, two_switches);
	each_size("puts and gets, a death", shape, a_death);
	each_size("puts and gets, two deaths", shape, two_deaths);
	each_size("puts and gets, a stop", shape, a_stop);
	each_size("puts and gets, late stores", shape, late_stores);
}

static void test_puts_and_leases(void **state)
{
	struct queue_shape shape = {
		.workers = 4,
		.turns = 1,
		.patience = 1,
		.exits = true,
		.acts = PUTS_AND_LEASES,
	};

	each_size("puts and leases, two switches", shape, two_switches);
	each_size("puts and leases, a death", shape, a_death);
	each_size("puts and leases, two deaths", shape, two_deaths);
	each_size("puts and leases, a stop", shape, a_stop);
}

/* One that comes back again and again, while somebody looks for it. */
static void test_givebacks(void **state)
{
	struct queue_shape shape = {
		.workers = 3,
		.turns = 2,
		.patience = 1,
		.exits = true,
		.acts = { { ACT_PUT },
		          { ACT_GIVE_BACK, ACT_GIVE_BACK },
		          { ACT_GET } },
	};

	each_size("givebacks, two switches", shape, two_switches);
	each_size("givebacks, a death", shape, a_death);
}

/* The block of one that was found there has another one by the time it is taken,
   whose word says the same, but for its length. */
static void test_another_one_comes_back_in_its_block(void **state)
{
	struct queue_shape shape = {
		.workers = 3,
		.turns = 3,
		.patience = 1,
		.exits = true,
		.capacity = 2,
		.blocks = 2,
		.kind = BLOCKS_LARGE,
		.sizes = SIZES_IN_TURN,
		.acts = { { ACT_PUT, ACT_GIVE_BACK, ACT_GET },
		          { ACT_PUT, ACT_GIVE_BACK },
		          { ACT_GET } },
	};

	search_all("another one, two switches", &shape, two_switches);
	shape.acts[2][0] = ACT_GET_SHORT;
	search_all("another one, too long, two switches", &shape, two_switches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_puts_and_gets),
		sentence(test_puts_and_leases),
		sentence(test_givebacks),
		sentence(test_another_one_comes_back_in_its_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
