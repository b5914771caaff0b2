/* SPDX-License-Identifier: MIT */
/*
 * A process that holds an end forks, and is killed at each instruction around
 * that: the end lives on in the child if there is one, and is gone if not.
 */
#include "child.h"
#include "crash/victim.h"
#include "pipes.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Kills spread over the whole call, and one at each step around the birth. */
enum { SPREAD = 150, AROUND = 20 };

struct family {
	struct weir_pipe *ends[2];
	int go;
	struct victim victim;
};

/* Sends, forks, sends; the child sends when it is told to. */
static int have_a_child(void *argument)
{
	struct family *family = argument;
	pid_t child;

	weir_pipe_send(family->ends[1], "a", 1, WEIR_FOREVER);
	child = fork();
	if (child == 0) {
		alarm(CASE_SECONDS);
		step_await(family->go);
		say(family->ends[1], "child");
		_exit(0);
	}
	weir_pipe_send(family->ends[1], "b", 1, WEIR_FOREVER);
	return child > 0;
}

/* The first child of a process, or 0. */
static pid_t first_child(pid_t parent)
{
	char path[64];
	FILE *file;
	int child = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent,
	         (int)parent);
	file = fopen(path, "re");
	must(file);
	if (fscanf(file, "%d", &child) != 1)
		child = 0;
	fclose(file);
	return child;
}

/* Everything comes in order, then end of file; returns how many came. */
static int hear_all(struct weir_pipe *end, bool child)
{
	static const char *const texts[] = { "a", "b", "child" };
	char buffer[8];
	int next = 0, count = 0;
	ssize_t length;

	for (;;) {
		length = weir_pipe_recv(end, buffer, sizeof(buffer), SOON);
		if (length == -EPIPE)
			break;
		must(length > 0);
		while (next < 3 &&
		       strncmp(texts[next], buffer, (size_t)length) != 0)
			next++;
		must(next < 3 && (size_t)length == strlen(texts[next]));
		count++;
		next++;
	}
	must((next == 3 && count > 0) == child);
	return count;
}

struct tally {
	uint64_t steps;
	int kills, forked;
};

static void kill_after(uint64_t steps, struct tally *tally)
{
	struct family family;
	bool inside = true;
	pid_t child;

	pair(family.ends, 4096, true);
	family.go = step_new();
	victim_start(&family.victim, have_a_child, &family);
	weir_pipe_close(family.ends[1]);
	while (inside && family.victim.steps < steps)
		inside = victim_step(&family.victim);
	victim_kill(&family.victim);
	child = first_child(getpid());
	if (child > 0)
		step_post(family.go);
	hear_all(family.ends[0], child > 0);
	if (child > 0)
		must_be(waitpid(child, NULL, 0), child);
	tally->steps += family.victim.steps;
	tally->kills++;
	tally->forked += child > 0;
	step_free(family.go);
	weir_pipe_close(family.ends[0]);
}

/* The steps of the whole call, and how many of them come before the birth. */
static uint64_t survey(uint64_t *birth)
{
	struct family family;
	uint64_t all;

	pair(family.ends, 4096, true);
	family.go = step_new();
	victim_start(&family.victim, have_a_child, &family);
	*birth = 0;
	while (victim_step(&family.victim)) {
		if (*birth == 0 && first_child(family.victim.child) > 0)
			*birth = family.victim.steps;
	}
	all = family.victim.steps;
	victim_kill(&family.victim);
	must_be(kill(first_child(getpid()), SIGKILL), 0);
	must(waitpid(-1, NULL, 0) > 0);
	step_free(family.go);
	unpair(family.ends);
	return all;
}

static void test_fork_killed_around_every_instruction(void **state)
{
	struct tally tally = { .steps = 0 };
	uint64_t all, birth;

	victims_share_one_cpu();
	all = survey(&birth);
	for (uint64_t i = 0; i < SPREAD; i++)
		kill_after(all * i / SPREAD, &tally);
	for (uint64_t i = birth - AROUND; i <= birth + AROUND; i++)
		kill_after(i, &tally);
	print_message("fork: %llu steps, the child is there after %llu; "
	              "%d kills, %d of them with a child, %llu steps in all\n",
	              (unsigned long long)all, (unsigned long long)birth,
	              tally.kills, tally.forked,
	              (unsigned long long)tally.steps);
	must(tally.forked > AROUND && tally.kills - tally.forked > AROUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_fork_killed_around_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
