/* SPDX-License-Identifier: MIT */
/*
 * Attacks on who holds what (32, 35, 36, 39, 40, 52): bytes that an attacker
 * locks, words that say otherwise, processes that are not quite dead, and
 * children of all kinds.
 */
#include "attacks.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- 35, 36: the attacker locks every byte, and stops */

struct locker {
	const char *name;
	int locked;
};

static void lock_all_and_stop(void *argument)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct locker *locker = argument;
	char path[NAME_PATH];
	int fd;

	name_path(path, locker->name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	must_be(fcntl(fd, F_OFD_SETLK, &all), 0);
	step_post(locker->locked);
	raise(SIGSTOP);
}

static void must_end(int64_t begun)
{
	must(now() - begun < SOON);
}

static void test_35_36_all_bytes_locked_for_ever_make_nobody_wait(void **state)
{
	struct locker locker = { name_new("locked"), step_new() };
	struct weir_pipe *end, *none = NULL;
	int64_t begun;
	pid_t child;

	/* The first end is used up, so that its byte may be locked. */
	must_be(weir_pipe_create(&end, locker.name, NULL), 0);
	weir_pipe_close(end);
	child = child_start(lock_all_and_stop, &locker);
	step_await(locker.locked);
	until_stopped(child);
	begun = now();
	must_be(weir_pipe_open(&none, locker.name), -EBUSY);
	must_be(weir_pipe_open_or_create(&none, locker.name, NULL), -EBUSY);
	must_be(weir_pipe_create(&none, locker.name, NULL), -EEXIST);
	must(none == NULL);
	must_end(begun);
	/* The name can be taken away, and then all is well. */
	must_be(weir_unlink(locker.name), 0);
	must_be(weir_pipe_open_or_create(&end, locker.name, NULL), 0);
	weir_pipe_close(end);
	child_kill(child);
	step_free(locker.locked);
}

/* An attacker that holds the byte of the other end keeps it looking alive. */
static void test_35_a_locked_byte_ends_no_pipe_and_hangs_none(void **state)
{
	struct flock second = { .l_type = F_WRLCK,
		                .l_whence = SEEK_SET,
		                .l_start =
		                        (INT64_C(1) << 60) + (INT64_C(1) << 32),
		                .l_len = 1 };
	const char *name = name_new("held");
	struct weir_pipe *first, *other;
	char path[NAME_PATH], byte;
	int fd;

	must_be(weir_pipe_create(&first, name, NULL), 0);
	name_path(path, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must_be(fcntl(fd, F_OFD_SETLK, &second), 0);
	must_be(weir_pipe_open(&other, name), -EBUSY);
	must_be(weir_pipe_recv(first, &byte, 1, WEIR_MS(150)), -ETIMEDOUT);
	say(first, "into the void");
	close(fd);
	must_be(weir_pipe_open(&other, name), 0);
	hear(other, "into the void");
	weir_pipe_close(first);
	weir_pipe_close(other);
}

/* ---- 32: words that lie about who is there */

static void lie_about_ends(void *argument)
{
	struct target *target = argument;
	uint32_t *words;

	for (uint32_t lie = 0; lie < 32; lie++) {
		for (int side = 0; side < 2; side++) {
			struct weir_pipe *late = NULL;

			target_new(target);
			words = (void *)target_word(target, AT_END);
			words[side] = lie;
			for (int i = 0; i < 2; i++) {
				call_everything(target->ends[i]);
				call_everything(target->ends[!i]);
			}
			/* Both ends are held, whatever is said. */
			must(weir_pipe_open(&late, target->name) < 0);
			must(late == NULL);
			target_end(target);
		}
	}
}

static void test_32_words_that_lie_about_ends_give_no_end_away(void **state)
{
	attack_in_child(lie_about_ends);
}

/* ---- 39: a zombie that nobody reaps */

static void take_end_and_exit(void *argument)
{
	weir_pipe_close(*(struct weir_pipe **)argument);
}

static void test_39_a_zombie_is_gone(void **state)
{
	struct weir_pipe *ends[2];
	siginfo_t info;
	pid_t child;

	pair(ends, 0, false);
	child = child_start(take_end_and_exit, &ends[0]);
	weir_pipe_close(ends[1]);
	must_be(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	hear_the_end(ends[0]);
	must_be(weir_pipe_send(ends[0], "x", 1, WEIR_FOREVER), -EPIPE);
	child_join(child);
	weir_pipe_close(ends[0]);
}

/* ---- 40: children of all kinds */

struct family {
	struct weir_pipe *ends[2];
	int step;
};

static void leave_a_child_behind(void *argument)
{
	struct family *family = argument;

	weir_pipe_close(family->ends[0]);
	if (fork() == 0) {
		alarm(CASE_SECONDS);
		step_await(family->step);
		say(family->ends[1], "the parent is dead");
		_exit(0);
	}
	raise(SIGKILL);
}

static void test_40_a_child_holds_the_end_of_its_killed_parent(void **state)
{
	struct family family = { .step = step_new() };
	pid_t child;

	pair(family.ends, 0, false);
	child = child_start(leave_a_child_behind, &family);
	weir_pipe_close(family.ends[1]);
	must(WIFSIGNALED(child_wait(child)));
	hear_nothing(family.ends[0]);
	step_post(family.step);
	hear(family.ends[0], "the parent is dead");
	hear_the_end(family.ends[0]);
	must(waitpid(-1, NULL, 0) > 0);
	weir_pipe_close(family.ends[0]);
	step_free(family.step);
}

/* vfork by hand: the child runs in the parent's memory, with copies of its
   descriptors, and goes by exec or _exit. */
static int child_in_my_memory(void *argument)
{
	struct family *family = argument;

	must_be(weir_pipe_send(family->ends[1], "from within", 11, 0), 0);
	_exit(0);
}

static void test_40_a_vforked_child_ends_nothing(void **state)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct family family;
	pid_t child;

	if (SANITIZED)
		case_skip("a sanitizer does not know of such children");
	pair(family.ends, 0, false);
	child = clone(child_in_my_memory, stack + sizeof(stack),
	              CLONE_VM | CLONE_VFORK | SIGCHLD, &family);
	must(child > 0);
	must_be(waitpid(child, NULL, 0), child);
	hear(family.ends[0], "from within");
	say(family.ends[1], "still here");
	hear(family.ends[0], "still here");
	weir_pipe_close(family.ends[1]);
	hear_the_end(family.ends[0]);
	weir_pipe_close(family.ends[0]);
}

/* daemon(3) forks, and its parent leaves with _exit. */
static void become_a_daemon(void *argument)
{
	struct family *family = argument;

	weir_pipe_close(family->ends[0]);
	alarm(CASE_SECONDS);
	must_be(daemon(0, 0), 0);
	step_await(family->step);
	say(family->ends[1], "from the daemon");
}

static void test_40_a_daemon_keeps_its_ends(void **state)
{
	struct family family = { .step = step_new() };
	pid_t child;

	pair(family.ends, 0, false);
	child = child_start(become_a_daemon, &family);
	weir_pipe_close(family.ends[1]);
	child_join(child);
	hear_nothing(family.ends[0]);
	step_post(family.step);
	hear(family.ends[0], "from the daemon");
	hear_the_end(family.ends[0]);
	must(waitpid(-1, NULL, 0) > 0);
	weir_pipe_close(family.ends[0]);
	step_free(family.step);
}

/* ---- 51, 52: descriptors of the same file come and go */

static void test_52_closing_other_descriptors_releases_nothing(void **state)
{
	const char *name = name_new("others");
	struct weir_pipe *ends[2];
	char path[NAME_PATH];

	must_be(weir_pipe_create(&ends[0], name, NULL), 0);
	must_be(weir_pipe_open(&ends[1], name), 0);
	name_path(path, name);
	for (int i = 0; i < 20; i++) {
		int fd = open(path, O_RDWR | O_CLOEXEC);

		must(fd >= 0);
		close(fd);
		close(dup(weir_pipe_fd(ends[i & 1])));
		hear_nothing(ends[0]);
		hear_nothing(ends[1]);
	}
	unpair(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_35_36_all_bytes_locked_for_ever_make_nobody_wait),
		sentence(test_35_a_locked_byte_ends_no_pipe_and_hangs_none),
		sentence(test_32_words_that_lie_about_ends_give_no_end_away),
		sentence(test_39_a_zombie_is_gone),
		sentence(test_40_a_child_holds_the_end_of_its_killed_parent),
		sentence(test_40_a_vforked_child_ends_nothing),
		sentence(test_40_a_daemon_keeps_its_ends),
		sentence(test_52_closing_other_descriptors_releases_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
