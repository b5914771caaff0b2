/* SPDX-License-Identifier: MIT */
/* Members of a region that fork. */
#include "child.h"
#include "unit/plant.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer_without_descriptors(struct weir_region *region,
                                       struct weir_pipe *end)
{
	struct weir_pipe *none = NULL;

	must_be(create(&none, region, NULL), -EMFILE);
	hear(end, "to the child");
	say(end, "from the child");
}

static void talk_without_descriptors(void *argument)
{
	struct weir_region *region = plant();
	struct rlimit limit = { 0, 0 };
	struct weir_pipe *ends[2];
	int status;
	pid_t child;

	ends[0] = created(region, "talk");
	must_be(weir_pipe_open_in(&ends[1], region, "talk"), 0);
	must_be(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 3;
	must_be(setrlimit(RLIMIT_NOFILE, &limit), 0);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		answer_without_descriptors(region, ends[1]);
		_exit(0);
	}
	/* This lets nothing go that the child has as well. */
	weir_pipe_close(ends[1]);
	for (int i = 0; i < 100; i++)
		hear_nothing(ends[0]);
	say(ends[0], "to the child");
	hear(ends[0], "from the child");
	must_be(waitpid(child, &status, 0), child);
	must_be(status, 0);
}

static void test_a48_a_fork_without_descriptors_kills_no_end(void **state)
{
	child_join(child_start(talk_without_descriptors, NULL));
}

struct family {
	struct weir_region *region;
	struct weir_pipe *ends[2];
	bool killed; /* the parent, right after the fork; else it closes */
};

static void echo_once(struct weir_pipe *end)
{
	char buffer[8];

	must_be(weir_pipe_recv(end, buffer, 4, WEIR_FOREVER), 4);
	must_be(weir_pipe_send(end, buffer, 4, WEIR_FOREVER), 0);
}

static void leave_it_to_the_child(void *argument)
{
	struct family *family = argument;
	pid_t child;

	weir_pipe_close(family->ends[0]);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		echo_once(family->ends[1]);
		_exit(0);
	}
	if (family->killed)
		raise(SIGKILL);
	weir_pipe_close(family->ends[1]);
	weir_region_close(family->region);
}

/* The end never looks dead while it passes from parent to child. */
static void an_end_passes(bool killed)
{
	struct family family = { .region = plant(), .killed = killed };
	struct weir_pipe **ends = family.ends;
	char buffer[8];

	for (int i = 0; i < 150; i++) {
		pid_t child;

		ends[0] = created(family.region, "family");
		must_be(weir_pipe_open_in(&ends[1], family.region, "family"),
		        0);
		child = child_start(leave_it_to_the_child, &family);
		weir_pipe_close(ends[1]);
		say(ends[0], "ping");
		must_be(weir_pipe_recv(ends[0], buffer, 8, WEIR_FOREVER), 4);
		hear_the_end(ends[0]);
		weir_pipe_close(ends[0]);
		must_be(weir_region_remove(family.region, "family"), 0);
		child_wait(child);
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	recover(family.region);
	must_be(members_attached(family.region), 1);
	weir_region_close(family.region);
}

static void test_an_end_outlives_a_parent_that_closes_it(void **state)
{
	an_end_passes(false);
}

static void test_an_end_outlives_a_parent_that_is_killed(void **state)
{
	an_end_passes(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a48_a_fork_without_descriptors_kills_no_end),
		sentence(test_an_end_outlives_a_parent_that_closes_it),
		sentence(test_an_end_outlives_a_parent_that_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
