/* SPDX-License-Identifier: MIT */
/*
 * Small courses of a pipe under every schedule of a few events: at any points,
 * in any order, to anybody.  What is impossible where it would happen ends the
 * search there, for the run is one that was seen already.
 */
#include "case.h"
#include "courses.h"
#include "schedules.h"

#include <stdio.h>
#include <string.h>

enum { ACTORS = 3 };

struct search {
	struct course course;
	struct listed_schedule listed;
	enum sim_what left[LISTED_MOST]; /* SIM_NOTHING: was used */
	uint64_t runs;
};

/* The run that failed once more, step by step. */
static void show(struct search *search, const char *wrong)
{
	sim_loud = true;
	listed_schedule(&search->listed);
	course_run_plain(&search->course, &search->listed.schedule);
	sim_loud = false;
	fflush(stdout);
	print_error("%s\n", wrong);
	must(!"as it should be");
}

/* False: it ended before the last event of the list. */
static bool run_one(struct search *search)
{
	struct listed_schedule *listed = &search->listed;
	const char *wrong;

	listed_schedule(listed);
	wrong = course_run_plain(&search->course, &listed->schedule);
	search->runs++;
	if (wrong)
		show(search, wrong);
	return listed->count == 0 ||
	       listed->events[listed->count - 1].points < sim_points();
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

static void extend(struct search *search)
{
	for (int i = 0; i < LISTED_MOST; i++) {
		enum sim_what what = search->left[i];
		bool to_anybody = what == SIM_KILL_ANY || what == SIM_STOP_ANY;

		/* Two of one kind change places in vain. */
		if (what == SIM_NOTHING ||
		    (i > 0 && what == search->left[i - 1]))
			continue;
		search->left[i] = SIM_NOTHING;
		for (uint32_t who = 0; who < (to_anybody ? ACTORS - 1 : 1);
		     who++)
			extend_by(search, what, who);
		search->left[i] = what;
	}
}

static void search_all(const char *what, const struct course *course,
                       const enum sim_what events[LISTED_MOST])
{
	struct search search = { .course = *course };

	search.course.one_cpu = true;
	memcpy(search.left, events, sizeof(search.left));
	for (int i = 1; SANITIZED && i < LISTED_MOST; i++)
		search.left[i] = SIM_NOTHING; /* it is twenty times slower */
	run_one(&search);
	extend(&search);
	print_message("%s: %llu schedules\n", what,
	              (unsigned long long)search.runs);
}

static void test_one_message(void **state)
{
	static const enum sim_what events[] = { SIM_SWITCH, SIM_SWITCH,
		                                SIM_KILL_ANY, SIM_NOTHING };
	struct course course = { .messages = 1 };

	search_all("two switches, a death", &course, events);
	course.lazy = true;
	search_all("two switches, a death, stores that wait", &course, events);
}

/* The second is sent and received by the fast paths. */
static void test_two_messages(void **state)
{
	static const enum sim_what switches[] = { SIM_SWITCH, SIM_SWITCH,
		                                  SIM_LAZY, SIM_NOTHING };
	static const enum sim_what stops[] = { SIM_SWITCH, SIM_LAZY, SIM_STOP,
		                               SIM_NOTHING };
	struct course course = { .messages = 2 };

	search_all("two switches, stores that wait", &course, switches);
	search_all("a switch, stores that wait, a stop", &course, stops);
}

static void test_a_stream_and_an_heir(void **state)
{
	static const enum sim_what events[] = { SIM_STOP_ANY, SIM_KILL_ANY,
		                                SIM_NOTHING, SIM_NOTHING };
	struct course course = {
		.kind = COURSE_NAMED,
		.sizes = SIZES_STREAM,
		.messages = 1,
	};

	search_all("a stop, a death, an heir", &course, events);
}

static void test_a_stream_and_a_child(void **state)
{
	static const enum sim_what events[] = { SIM_STOP_ANY, SIM_KILL_ANY,
		                                SIM_NOTHING, SIM_NOTHING };
	struct course course = {
		.kind = COURSE_FOLLOW,
		.sizes = SIZES_STREAM,
		.messages = 1,
	};

	search_all("a stop, a death, a child", &course, events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_one_message),
		sentence(test_two_messages),
		sentence(test_a_stream_and_an_heir),
		sentence(test_a_stream_and_a_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
