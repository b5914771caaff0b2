/* SPDX-License-Identifier: MIT */
/* O8: processes of different users, and of different PID namespaces. */
#include "child.h"
#include "names.h"
#include "namespace.h"
#include "pipes.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static void needs_root(void)
{
	if (geteuid() != 0)
		case_skip("needs root, to become another user");
}

static void become_nobody(void)
{
	must_be(setgid(NOBODY), 0);
	must_be(setuid(NOBODY), 0);
	/* The change of user took it away. */
	must_be(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
}

struct visit {
	const char *name;
	mode_t mode;
	int ready;
	int go;
};

static void visit_new(struct visit *visit, const char *label, mode_t mode)
{
	*visit =
		(struct visit){ name_new(label), mode, step_new(), step_new() };
}

static void visit_end(struct visit *visit)
{
	step_free(visit->ready);
	step_free(visit->go);
}

static struct weir_pipe *create(const struct visit *visit)
{
	struct weir_pipe_options options = { .segment.mode = visit->mode };
	struct weir_pipe *end;

	must_be(weir_pipe_create(&end, visit->name, &options), 0);
	return end;
}

static struct weir_pipe *open_other(const struct visit *visit)
{
	struct weir_pipe *end;

	must_be(weir_pipe_open(&end, visit->name), 0);
	return end;
}

/* Both sides of a talk, after which the second waits to be killed. */
static void talk_first(struct weir_pipe *end)
{
	static unsigned char buffer[600000];

	say(end, "hello");
	hear(end, "hello to you");
	send_pattern(end, buffer, sizeof(buffer), 1);
	recv_pattern(end, buffer, sizeof(buffer), 2);
}

static void talk_second(struct weir_pipe *end)
{
	static unsigned char buffer[600000];

	hear(end, "hello");
	say(end, "hello to you");
	recv_pattern(end, buffer, sizeof(buffer), 1);
	send_pattern(end, buffer, sizeof(buffer), 2);
	say(end, "last words");
}

static void hear_the_last(struct weir_pipe *end, pid_t child)
{
	hear(end, "last words");
	until_asleep(child);
	hear_nothing(end);
	child_kill(child);
	hear_the_end(end);
}

static void open_as_nobody(void *argument)
{
	struct visit *visit = argument;
	struct weir_pipe *end;

	become_nobody();
	end = open_other(visit);
	talk_second(end);
	step_await(visit->go);
}

static void test_o8_another_user_opens_what_the_mode_allows(void **state)
{
	struct weir_pipe *end;
	struct visit visit;
	pid_t child;

	needs_root();
	visit_new(&visit, "open", 0666);
	end = create(&visit);
	child = child_start(open_as_nobody, &visit);
	talk_first(end);
	hear_the_last(end, child);
	weir_pipe_close(end);
	visit_end(&visit);
}

static void be_refused(void *argument)
{
	struct visit *visit = argument;
	struct weir_pipe *none = NULL;

	become_nobody();
	must_be(weir_pipe_open(&none, visit->name), -EACCES);
	must_be(weir_pipe_open_or_create(&none, visit->name, NULL), -EACCES);
	must_be(weir_pipe_create(&none, visit->name, NULL), -EEXIST);
	must_be(weir_unlink(visit->name), -EACCES);
	must(none == NULL);
}

static void test_o8_another_user_is_refused_by_default(void **state)
{
	static const mode_t modes[] = { 0, 0600, 0640, 0644, 0622 };
	struct weir_pipe *end, *other;
	struct visit visit;

	needs_root();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		visit_new(&visit, "private", modes[i]);
		end = create(&visit);
		child_join(child_start(be_refused, &visit));
		/* Nothing was taken, nothing changed. */
		other = open_other(&visit);
		say(other, "still works");
		hear(end, "still works");
		weir_pipe_close(other);
		weir_pipe_close(end);
		must_be(weir_unlink(visit.name), 0);
		visit_end(&visit);
	}
}

static void create_as_nobody(void *argument)
{
	struct visit *visit = argument;
	struct weir_pipe *end;

	become_nobody();
	end = create(visit);
	step_post(visit->ready);
	talk_second(end);
	step_await(visit->go);
}

static void test_o8_root_opens_what_another_user_offers(void **state)
{
	struct weir_pipe *end;
	struct visit visit;
	pid_t child;

	needs_root();
	visit_new(&visit, "offered", 0666);
	child = child_start(create_as_nobody, &visit);
	step_await(visit.ready);
	end = open_other(&visit);
	talk_first(end);
	hear_the_last(end, child);
	weir_pipe_close(end);
	visit_end(&visit);
}

static void inherit_as_nobody(void *argument)
{
	struct weir_pipe **ends = argument;
	pid_t child;

	weir_pipe_close(ends[0]);
	become_nobody();
	/* Also its children can use what it inherited. */
	child = fork();
	must(child >= 0);
	if (child == 0) {
		say(ends[1], "from a child of nobody");
		_exit(0);
	}
	must_be(waitpid(child, NULL, 0), child);
	talk_second(ends[1]);
}

static void test_o8_handles_survive_a_change_of_user(void **state)
{
	struct weir_pipe *ends[2];
	pid_t child;

	needs_root();
	pair(ends, 0, false);
	child = child_start(inherit_as_nobody, ends);
	weir_pipe_close(ends[1]);
	hear(ends[0], "from a child of nobody");
	talk_first(ends[0]);
	hear(ends[0], "last words");
	hear_the_end(ends[0]);
	child_join(child);
	weir_pipe_close(ends[0]);
}

/* The first process of a PID namespace. */
static void talk_and_stay(void *argument)
{
	struct visit *visit = argument;
	struct weir_pipe *end = open_other(visit);

	talk_second(end);
	step_await(visit->go);
}

static void test_o8_a_process_of_another_pid_namespace_talks(void **state)
{
	struct weir_pipe *end;
	struct visit visit;
	struct pioneer pioneer = { talk_and_stay, &visit, NULL };
	pid_t child;

	needs_namespaces();
	visit_new(&visit, "namespace", 0);
	end = create(&visit);
	child = child_start(found_a_namespace, &pioneer);
	talk_first(end);
	hear(end, "last words");
	hear_nothing(end);
	/* With its founder dies the process in the namespace. */
	child_kill(child);
	hear_the_end(end);
	must(waitpid(-1, NULL, 0) > 0);
	weir_pipe_close(end);
	visit_end(&visit);
}

/* Two processes that are both number 1; neither is taken for the other. */
static void test_o8_equal_pids_are_not_the_same_process(void **state)
{
	struct weir_pipe *ends[2];
	struct visit visits[2];
	struct pioneer pioneer;
	pid_t children[2];

	needs_namespaces();
	for (int i = 0; i < 2; i++) {
		visit_new(&visits[i], i ? "second" : "first", 0);
		ends[i] = create(&visits[i]);
		pioneer = (struct pioneer){ talk_and_stay, &visits[i], NULL };
		children[i] = child_start(found_a_namespace, &pioneer);
		talk_first(ends[i]);
		hear(ends[i], "last words");
	}
	child_kill(children[0]);
	hear_the_end(ends[0]);
	hear_nothing(ends[1]);
	child_kill(children[1]);
	hear_the_end(ends[1]);
	for (int i = 0; i < 2; i++) {
		must(waitpid(-1, NULL, 0) > 0);
		weir_pipe_close(ends[i]);
		visit_end(&visits[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_o8_another_user_opens_what_the_mode_allows),
		sentence(test_o8_another_user_is_refused_by_default),
		sentence(test_o8_root_opens_what_another_user_offers),
		sentence(test_o8_handles_survive_a_change_of_user),
		sentence(test_o8_a_process_of_another_pid_namespace_talks),
		sentence(test_o8_equal_pids_are_not_the_same_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
