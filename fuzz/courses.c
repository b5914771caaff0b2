/* SPDX-License-Identifier: MIT */
#include "courses.h"

#include "course_sides.h"
#include "sim/heap.h"

enum { HEIRS_MOST = 2, RUN_POINTS_MOST = 1000000 };

const char course_name[] = "course";

struct course course;
struct ledger ledgers[2];
struct side *sides[SIM_ACTORS];
struct choices *course_choices;

static int heirs;

static void choose_limits(struct choices *choices)
{
	static const uint8_t kills[] = { 0, 0, 1, 1, 1, 2, 2, 3 };
	static const uint8_t stops[] = { 0, 2, 4 };

	choices->schedule.kills = kills[choose(choices, sizeof(kills))];
	choices->schedule.stops = stops[choose(choices, sizeof(stops))];
}

static void choose_course(struct choices *choices)
{
	static const int64_t exits[] = { 0, 0, WEIR_MS(30), WEIR_MS(500) };

	course = (struct course){
		.kind = (int)choose(choices, COURSES),
		.sizes = (int)choose(choices, SIZES),
		.messages = 1 + (int)choose(choices, 6),
		.lazy = choose(choices, 2),
		.late = choose(choices, 2),
		.one_cpu = choose(choices, 4) != 0,
		.no_fences = choose(choices, 16) == 15,
		.exit_takes = exits[choose(choices, 4)],
	};
}

/* What everybody would have found out when it first slept. */
static void share_a_cpu(struct pipe_layout *shared)
{
	for (int i = 0; i < 2 && course.one_cpu; i++)
		shared->only_cpu[i].bits = 1;
}

static void side_begins(struct weir_pipe *end, bool duplex)
{
	static const char *const names[2][2] = { { "receiver", "sender" },
		                                 { "left", "right" } };
	struct side *side = sim_calloc(1, sizeof(*side));
	int actor;

	side->end = end;
	side->number = end->side;
	side->sends = duplex || end->side == 1;
	side->receives = duplex || end->side == 0;
	side->answers = end->side == 0;
	side->forks =
		course.kind == (end->side == 1 ? COURSE_FORK : COURSE_FOLLOW);
	side->to_send = side->sends ? course.messages : 0;
	actor = sim_actor(names[duplex][end->side], side_lives, side);
	sides[actor] = side;
	sim_give_descriptor(weir_pipe_fd(end), actor);
	if (course.lazy)
		sim_make_lazy(actor);
}

static int make_pipe(struct weir_pipe *ends[2], bool duplex)
{
	struct weir_pipe_options options = {
		.size = COURSE_RING,
		.simplex = !duplex,
	};
	int code;

	if (course.kind != COURSE_NAMED)
		return weir_pipe_pair(ends, &options);
	code = weir_pipe_create(&ends[0], course_name, &options);
	return code < 0 ? code : weir_pipe_open(&ends[1], course_name);
}

static void begin(void)
{
	bool duplex = course.kind == COURSE_DUPLEX ||
	              (course.kind == COURSE_NAMED && option(3) == 2);
	struct weir_pipe *ends[2];
	int code;

	sim_points_most = RUN_POINTS_MOST;
	sim_fences = !course.no_fences;
	sim_one_cpu = course.one_cpu;
	sim_exit_takes = course.exit_takes;
	heirs = 0;
	memset(sides, 0, sizeof(sides));
	code = make_pipe(ends, duplex);
	if (code < 0) {
		sim_fail("the pipe was not made: %d", code);
		return;
	}
	share_a_cpu(ends[0]->shared);
	sim_segment = ends[0]->segment.base;
	for (int i = 0; i < 2; i++) {
		ledger_begin(&ledgers[i], &ends[0]->shared->ring[i],
		             COURSE_RING);
		side_begins(ends[i], duplex);
	}
}

static void asleep(void)
{
	for (int i = 0; i < 2; i++)
		ledger_asleep(&ledgers[i]);
}

static void closed(int actor)
{
	struct side *heir;
	int next;

	side_closed(actor);
	if (!sim_killed(actor) || course.kind != COURSE_NAMED ||
	    heirs == HEIRS_MOST)
		return;
	heirs++;
	heir = sim_calloc(1, sizeof(*heir));
	heir->heir = heir->follows = heir->receives = true;
	next = sim_actor("heir", heir_lives, heir);
	sides[next] = heir;
	ledgers[0].shared = ledgers[1].shared = true;
}

static const char *run(struct sim_schedule *schedule)
{
	const char *wrong;

	sim_begin(schedule);
	sim_asleep = asleep;
	sim_closed = closed;
	begin();
	wrong = sim_run();
	for (int i = 0; i < 2 && !wrong; i++)
		wrong = ledger_end(&ledgers[i]);
	sim_segment = NULL;
	sim_end();
	return wrong;
}

const char *course_run(struct choices *choices)
{
	course_choices = choices;
	choose_limits(choices);
	choose_course(choices);
	return run(&choices->schedule);
}

const char *course_run_plain(const struct course *wanted,
                             struct sim_schedule *schedule)
{
	course_choices = NULL;
	course = *wanted;
	return run(schedule);
}
