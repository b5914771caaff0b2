/* SPDX-License-Identifier: MIT */
/* O9: hundreds of cycles leave no descriptor, mapping or thread behind. */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <stdlib.h>
#include <unistd.h>

enum { CYCLES = 300, WARM_UP = 30 };

struct holdings {
	int descriptors;
	int shared;
	int mappings;
	int threads;
};

static struct holdings holdings(void)
{
	return (struct holdings){ count_descriptors(), count_shared_mappings(),
		                  count_mappings(), count_threads() };
}

/* Private mappings may come and go, as malloc likes; not by a cycle each. */
static void must_hold_no_more(const struct holdings *before)
{
	struct holdings after = holdings();

	must_be(after.descriptors, before->descriptors);
	must_be(after.shared, before->shared);
	if (SANITIZED)
		return;
	must_be(after.threads, before->threads);
	must(after.mappings < before->mappings + CYCLES / 10);
}

static void repeat(void (*cycle)(void *), void *argument)
{
	struct holdings before;

	for (int i = 0; i < WARM_UP; i++)
		cycle(argument);
	before = holdings();
	for (int i = 0; i < CYCLES; i++)
		cycle(argument);
	must_hold_no_more(&before);
}

static void pair_once(void *argument)
{
	struct weir_pipe *ends[2];

	pair(ends, 4096, false);
	say(ends[0], "x");
	hear(ends[1], "x");
	weir_pipe_close(ends[0]);
	hear_the_end(ends[1]);
	weir_pipe_close(ends[1]);
}

static void test_o9_pairs_leave_nothing_behind(void **state)
{
	repeat(pair_once, NULL);
}

static void open_once(void *argument)
{
	const char *name = argument;
	struct weir_pipe *ends[2], *more;

	must_be(weir_pipe_create(&ends[0], name, NULL), 0);
	must_be(weir_pipe_open(&ends[1], name), 0);
	must_be(weir_pipe_open(&more, name), -EBUSY);
	must_be(weir_pipe_create(&more, name, NULL), -EEXIST);
	say(ends[0], "x");
	hear(ends[1], "x");
	weir_pipe_close(ends[0]);
	must_be(weir_pipe_open(&more, name), -EPIPE);
	weir_pipe_close(ends[1]);
	must_be(weir_unlink(name), 0);
	must_be(weir_pipe_open(&more, name), -ENOENT);
}

static void test_o9_named_pipes_leave_nothing_behind(void **state)
{
	const char *name = name_new("cycle");

	repeat(open_once, (void *)(uintptr_t)name);
	must(!name_exists(name));
}

static void describe_once(void *argument)
{
	struct weir_pipe *ends[2], *same, *none;
	int no_object = step_new();

	pair(ends, 4096, true);
	must_be(weir_pipe_open_fd(&same, weir_pipe_fd(ends[1])), 0);
	must_be(weir_pipe_open_fd(&none, no_object), -EPROTO);
	say(same, "x");
	hear(ends[0], "x");
	weir_pipe_close(same);
	unpair(ends);
	step_free(no_object);
}

static void test_o9_descriptors_leave_nothing_behind(void **state)
{
	repeat(describe_once, NULL);
}

static void answer(void *argument)
{
	struct weir_pipe **ends = argument;

	weir_pipe_close(ends[0]);
	say(ends[1], "x");
}

static void fork_once(void *argument)
{
	struct weir_pipe *ends[2];
	pid_t child;

	pair(ends, 4096, false);
	child = child_start(answer, ends);
	weir_pipe_close(ends[1]);
	hear(ends[0], "x");
	hear_the_end(ends[0]);
	child_join(child);
	weir_pipe_close(ends[0]);
}

static void test_o9_forks_leave_nothing_behind(void **state)
{
	repeat(fork_once, NULL);
}

struct line {
	struct weir_pipe *ends[2];
	struct holdings before;
	int left;
};

/* A child of a child of a child; each holds what the first held. */
static void descend(void *argument)
{
	struct line *line = argument;

	say(line->ends[1], "x");
	hear(line->ends[0], "x");
	must_hold_no_more(&line->before);
	if (line->left-- > 0)
		child_join(child_start(descend, line));
}

static void test_o9_the_fortieth_child_of_a_child_holds_no_more(void **state)
{
	struct line line = { .left = 40 };

	pair(line.ends, 4096, true);
	say(line.ends[1], "x");
	hear(line.ends[0], "x");
	line.before = holdings();
	child_join(child_start(descend, &line));
	unpair(line.ends);
}

/* One pipe, through which hundreds of children go. */
static void test_o9_a_long_lived_pipe_does_not_wear_out(void **state)
{
	struct weir_pipe *ends[2];
	struct holdings before;

	pair(ends, 4096, false);
	before = holdings();
	for (int i = 0; i < CYCLES; i++) {
		pid_t child = child_start(answer, ends);

		hear(ends[0], "x");
		if (i % 3)
			child_join(child);
		else
			child_kill(child);
		hear_nothing(ends[0]);
	}
	must_hold_no_more(&before);
	unpair(ends);
}

static void hold_many(void *argument)
{
	enum { MANY = 200 };
	static struct weir_pipe *ends[MANY][2];
	struct holdings before;

	pair_once(NULL);
	before = holdings();
	for (int i = 0; i < MANY; i++) {
		pair(ends[i], 4096, true);
		say(ends[i][1], "x");
	}
	for (int i = 0; i < MANY; i++)
		hear(ends[i][0], "x");
	for (int i = 0; i < MANY; i++)
		unpair(ends[i]);
	must_hold_no_more(&before);
}

static void test_o9_hundreds_at_the_same_time_go_too(void **state)
{
	child_join(child_start(hold_many, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_o9_pairs_leave_nothing_behind),
		sentence(test_o9_named_pipes_leave_nothing_behind),
		sentence(test_o9_descriptors_leave_nothing_behind),
		sentence(test_o9_forks_leave_nothing_behind),
		sentence(test_o9_the_fortieth_child_of_a_child_holds_no_more),
		sentence(test_o9_a_long_lived_pipe_does_not_wear_out),
		sentence(test_o9_hundreds_at_the_same_time_go_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
