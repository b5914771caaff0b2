/* SPDX-License-Identifier: MIT */
/*
 * The pipe under schedules: many random ones, and all small ones of the
 * smallest shapes.
 */
#include "pipe_schedule.h"
#include "schedules.h"
#include "seeded.h"

static const char *run(uint64_t seed)
{
	struct random_schedule random;
	struct shape shape;

	random_schedule(&random, seed);
	shape_from(&shape, random_number(&random.state) >> 10);
	return pipe_schedule_run(&shape, &random.schedule);
}

static void test_seeded_schedules(void **state)
{
	static const struct seeded seeded = { 1000000, 40000, run,
		                              "replay_schedule" };

	seeded_run(&seeded);
}

/* ---- every schedule of a few events */

static const struct sim_event kinds[] = {
	{ .what = SIM_SWITCH }, { .what = SIM_KILL }, { .what = SIM_STOP },
	{ .what = SIM_LAZY },   { .what = SIM_WAKE },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), SECOND_KINDS = 2 };

struct exploration {
	struct shape shape;
	struct listed_schedule listed;
	uint64_t runs;
};

/* True while the last event did happen. */
static bool run_one(struct exploration *exploration)
{
	struct listed_schedule *listed = &exploration->listed;
	const char *wrong;

	listed_schedule(listed);
	wrong = pipe_schedule_run(&exploration->shape, &listed->schedule);
	exploration->runs++;
	for (int i = 0; wrong && i < listed->count; i++)
		print_error("event %d at point %u\n", listed->events[i].what,
		            listed->events[i].points);
	if (wrong)
		print_error("%s\n", wrong);
	must(!wrong);
	return listed->events[listed->count - 1].points <= sim_points();
}

static void each_second(struct exploration *exploration)
{
	struct sim_event *event = &exploration->listed.events[1];
	uint32_t first = exploration->listed.events[0].points;

	exploration->listed.count = 2;
	for (int kind = 0; kind < SECOND_KINDS; kind++) {
		*event = kinds[kind];
		event->points = first;
		while (run_one(exploration))
			event->points++;
	}
	exploration->listed.count = 1;
}

/*
 * Each kind of event at each point; then, if both ends are open by then, a
 * switch or a kill at each point after it.
 */
static void explore(uint64_t bits, bool second)
{
	struct exploration exploration = { .listed.count = 1 };
	struct sim_event *event = &exploration.listed.events[0];
	uint32_t begun;

	shape_from(&exploration.shape, bits);
	event->points = SIM_NEVER;
	run_one(&exploration);
	begun = (uint32_t)pipe_schedule_begun();
	for (int kind = 0; kind < KINDS; kind++) {
		*event = kinds[kind];
		event->points = 0;
		while (run_one(&exploration)) {
			if (second && event->points >= begun)
				each_second(&exploration);
			event->points++;
		}
		alarm(CASE_SECONDS);
	}
	print_message("shape %llx: %llu schedules\n", (unsigned long long)bits,
	              (unsigned long long)exploration.runs);
}

/* One message or two, with a child on either side, an heir, a stream. */
static void test_every_schedule_of_one_event(void **state)
{
	static const uint64_t shapes[] = {
		0,       1,      1 << 14,     1 << 16,         1 << 18,
		5 << 3,  6 << 3, 1 | 1 << 12, 2 << 6 | 1 << 8, 2 << 10 | 1,
		1 << 19,
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		explore(shapes[i], false);
}

static void test_every_schedule_of_two_events(void **state)
{
	explore(0, !SANITIZED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_seeded_schedules),
		sentence(test_every_schedule_of_one_event),
		sentence(test_every_schedule_of_two_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
