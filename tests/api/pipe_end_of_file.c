/* SPDX-License-Identifier: MIT */
/* When an end is gone, and what its peer is told. */
#include "child.h"
#include "pipes.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_p8_what_was_sent_before_the_close_comes_first(void **state)
{
	struct weir_pipe *ends[2];
	char buffer[8];

	pair(ends, 0, true);
	say(ends[1], "one");
	say(ends[1], "");
	say(ends[1], "two");
	weir_pipe_close(ends[1]);
	hear(ends[0], "one");
	hear(ends[0], "");
	must_be(weir_pipe_recv(ends[0], buffer, 1, WEIR_FOREVER), -EMSGSIZE);
	hear(ends[0], "two");
	for (int i = 0; i < 3; i++) {
		hear_the_end(ends[0]);
		must_be(weir_pipe_recv(ends[0], buffer, 8, WEIR_NOWAIT),
		        -EPIPE);
		must_be(weir_pipe_next_size(ends[0], WEIR_NOWAIT), -EPIPE);
	}
	weir_pipe_close(ends[0]);
}

static void test_p8_a_close_is_seen_at_once(void **state)
{
	char byte;

	for (int i = 0; i < 1000; i++) {
		struct weir_pipe *ends[2];

		pair(ends, 4096, false);
		hear_nothing(ends[0]);
		say(ends[0], "x");
		weir_pipe_close(ends[1]);
		must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_NOWAIT), -EPIPE);
		must_be(weir_pipe_send(ends[0], "x", 1, WEIR_NOWAIT), -EPIPE);
		weir_pipe_close(ends[0]);
	}
}

struct family {
	struct weir_pipe *ends[2];
	int go;
	int did;
};

static void family_new(struct family *family, bool simplex)
{
	pair(family->ends, 4096, simplex);
	family->go = step_new();
	family->did = step_new();
}

static void family_end(struct family *family)
{
	weir_pipe_close(family->ends[0]);
	step_free(family->go);
	step_free(family->did);
}

static void send_three_and_stay(void *argument)
{
	struct family *family = argument;

	weir_pipe_close(family->ends[0]);
	say(family->ends[1], "one");
	say(family->ends[1], "two");
	say(family->ends[1], "three");
	step_post(family->did);
	step_await(family->go);
}

static void test_p8_what_was_sent_before_death_comes_first(void **state)
{
	struct family family;
	pid_t child;

	family_new(&family, true);
	child = child_start(send_three_and_stay, &family);
	weir_pipe_close(family.ends[1]);
	step_await(family.did);
	child_kill(child);
	hear(family.ends[0], "one");
	hear(family.ends[0], "two");
	hear(family.ends[0], "three");
	hear_the_end(family.ends[0]);
	hear_the_end(family.ends[0]);
	family_end(&family);
}

static void test_p8_a_normal_exit_without_close_is_an_end_too(void **state)
{
	struct family family;
	pid_t child;

	family_new(&family, true);
	step_post(family.go);
	child = child_start(send_three_and_stay, &family);
	weir_pipe_close(family.ends[1]);
	hear(family.ends[0], "one");
	hear(family.ends[0], "two");
	hear(family.ends[0], "three");
	hear_the_end(family.ends[0]);
	child_join(child);
	family_end(&family);
}

static void hear_the_end_in_time(void *argument)
{
	struct family *family = argument;
	int64_t began;
	char byte;

	weir_pipe_close(family->ends[0]);
	step_post(family->did);
	began = now();
	must_be(weir_pipe_recv(family->ends[1], &byte, 1, WEIR_FOREVER),
	        -EPIPE);
	must(now() - began < SOON);
}

static void test_p8_a_sleeping_receiver_hears_of_a_close(void **state)
{
	struct family family;
	pid_t child;

	family_new(&family, false);
	child = child_start(hear_the_end_in_time, &family);
	weir_pipe_close(family.ends[1]);
	step_await(family.did);
	until_asleep(child);
	family_end(&family);
	child_join(child);
}

static void fill_and_wait_for_room(void *argument)
{
	struct family *family = argument;

	weir_pipe_close(family->ends[0]);
	fill(family->ends[1], 1000);
	fill(family->ends[1], 0);
	step_post(family->did);
	must_be(weir_pipe_send(family->ends[1], "x", 1, WEIR_FOREVER), -EPIPE);
}

static void test_p9_a_sender_that_waits_for_room_hears_of_a_close(void **state)
{
	struct family family;
	pid_t child;

	family_new(&family, true);
	child = child_start(fill_and_wait_for_room, &family);
	weir_pipe_close(family.ends[1]);
	step_await(family.did);
	until_asleep(child);
	family_end(&family);
	child_join(child);
}

static void just_stay(void *argument)
{
	struct family *family = argument;

	weir_pipe_close(family->ends[0]);
	step_post(family->did);
	step_await(family->go);
}

static sig_atomic_t broken_pipes;

static void count_broken_pipe(int signal)
{
	broken_pipes++;
}

static void test_p9_send_to_a_gone_end_fails_without_a_signal(void **state)
{
	struct sigaction action = { .sa_handler = count_broken_pipe }, before;
	struct family family;
	void *space;
	pid_t child;
	int code;

	broken_pipes = 0;
	sigaction(SIGPIPE, &action, &before);
	family_new(&family, false);
	child = child_start(just_stay, &family);
	weir_pipe_close(family.ends[1]);
	step_await(family.did);
	child_kill(child);
	/* A call that need not wait may take death for life for a moment. */
	do
		code = weir_pipe_send(family.ends[0], "x", 1, WEIR_NOWAIT);
	while (code == 0 || code == -EAGAIN);
	must_be(code, -EPIPE);
	must_be(weir_pipe_send(family.ends[0], "x", 1, WEIR_FOREVER), -EPIPE);
	must_be(weir_pipe_sendv(family.ends[0], NULL, 0, WEIR_FOREVER), -EPIPE);
	must_be(weir_pipe_reserve(family.ends[0], 1, WEIR_FOREVER, &space),
	        -EPIPE);
	must_be(broken_pipes, 0);
	family_end(&family);
	sigaction(SIGPIPE, &before, NULL);
}

static void test_p9_a_large_message_to_a_gone_end_fails(void **state)
{
	static char message[65536];
	struct weir_pipe *ends[2];

	pair(ends, 4096, false);
	weir_pipe_close(ends[1]);
	must_be(weir_pipe_send(ends[0], message, sizeof(message), WEIR_NOWAIT),
	        -EPIPE);
	must_be(weir_pipe_send(ends[0], message, sizeof(message), WEIR_FOREVER),
	        -EPIPE);
	weir_pipe_close(ends[0]);
}

static void send_when_told(void *argument)
{
	struct family *family = argument;

	weir_pipe_close(family->ends[0]);
	step_await(family->go);
	say(family->ends[1], "late");
}

static void test_p10_a_parent_may_close_its_copy_right_after_fork(void **state)
{
	struct family family;
	pid_t child;

	for (int i = 0; i < 100; i++) {
		family_new(&family, true);
		child = child_start(send_when_told, &family);
		weir_pipe_close(family.ends[1]);
		hear_nothing(family.ends[0]);
		step_post(family.go);
		hear(family.ends[0], "late");
		hear_the_end(family.ends[0]);
		child_join(child);
		family_end(&family);
	}
}

static void test_p10_the_last_copy_of_an_end_counts(void **state)
{
	struct family family;
	pid_t first, second;

	family_new(&family, true);
	first = child_start(just_stay, &family);
	second = child_start(just_stay, &family);
	step_await(family.did);
	step_await(family.did);
	hear_nothing(family.ends[0]);
	child_kill(first);
	hear_nothing(family.ends[0]);
	child_kill(second);
	hear_nothing(family.ends[0]);
	say(family.ends[1], "mine");
	weir_pipe_close(family.ends[1]);
	hear(family.ends[0], "mine");
	hear_the_end(family.ends[0]);
	family_end(&family);
}

static void have_a_child_that_stays(void *argument)
{
	struct family *family = argument;

	/* Left to itself, so that only it holds the end. */
	if (fork() == 0) {
		alarm(CASE_SECONDS);
		just_stay(family);
		say(family->ends[1], "grandchild");
		_exit(0);
	}
	_exit(0);
}

static void test_p10_a_grandchild_holds_the_end_like_anyone(void **state)
{
	struct family family;

	family_new(&family, true);
	child_join(child_start(have_a_child_that_stays, &family));
	weir_pipe_close(family.ends[1]);
	step_await(family.did);
	hear_nothing(family.ends[0]);
	step_post(family.go);
	hear(family.ends[0], "grandchild");
	hear_the_end(family.ends[0]);
	must(waitpid(-1, NULL, 0) > 0);
	family_end(&family);
}

static void become_another_program(void *argument)
{
	int *input = argument;

	must_be(dup2(input[0], STDIN_FILENO), STDIN_FILENO);
	execl("/bin/cat", "cat", (char *)NULL);
	must(!"exec of cat");
}

static void test_p10_exec_lets_go_of_the_ends(void **state)
{
	struct weir_pipe *ends[2];
	int input[2];
	pid_t child;

	must_be(pipe(input), 0);
	pair(ends, 0, true);
	child = child_start(become_another_program, input);
	weir_pipe_close(ends[1]);
	/* The child lives, and waits for its input. */
	hear_the_end(ends[0]);
	must_be(kill(child, 0), 0);
	weir_pipe_close(ends[0]);
	child_kill(child);
	close(input[0]);
	close(input[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p8_what_was_sent_before_the_close_comes_first),
		sentence(test_p8_a_close_is_seen_at_once),
		sentence(test_p8_what_was_sent_before_death_comes_first),
		sentence(test_p8_a_normal_exit_without_close_is_an_end_too),
		sentence(test_p8_a_sleeping_receiver_hears_of_a_close),
		sentence(test_p9_a_sender_that_waits_for_room_hears_of_a_close),
		sentence(test_p9_send_to_a_gone_end_fails_without_a_signal),
		sentence(test_p9_a_large_message_to_a_gone_end_fails),
		sentence(test_p10_a_parent_may_close_its_copy_right_after_fork),
		sentence(test_p10_the_last_copy_of_an_end_counts),
		sentence(test_p10_a_grandchild_holds_the_end_like_anyone),
		sentence(test_p10_exec_lets_go_of_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
