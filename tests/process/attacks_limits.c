/* SPDX-License-Identifier: MIT */
/*
 * A process that may not do all that others may (17, 38, 48, 49, 53): the
 * library does without, or says what it was refused.
 */
#include "attacks.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* ---- 49: system calls that are denied */

enum { ANY = -1 };

/* From now on `number` fails with EPERM in this process; fcntl only with this
   command. */
static void deny(uint32_t number, int command)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		         offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		         offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)command,
		         command == ANY, !(command == ANY)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	must_be(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	must_be(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void try_to_deny(void *argument)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 1, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	_exit(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0
	                                                                : 77);
}

static void needs_filters(void)
{
	if (child_wait(child_start(try_to_deny, NULL)) != 0)
		case_skip("may not filter its system calls");
}

static void talk_and_wait(void)
{
	struct weir_pipe *ends[2];
	pid_t child;
	char byte;

	pair(ends, ATTACKED_RING, false);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		alarm(CASE_SECONDS);
		weir_pipe_close(ends[0]);
		for (int i = 0; i < 100; i++) {
			hear(ends[1], "question");
			say(ends[1], "answer");
		}
		_exit(0);
	}
	weir_pipe_close(ends[1]);
	for (int i = 0; i < 100; i++) {
		must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_US(200)),
		        -ETIMEDOUT);
		say(ends[0], "question");
		hear(ends[0], "answer");
	}
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
	must_be(waitpid(child, NULL, 0), child);
}

static void without_membarrier(void *argument)
{
	deny(SYS_membarrier, ANY);
	talk_and_wait();
}

static void test_49_without_membarrier_all_works(void **state)
{
	needs_filters();
	child_join(child_start(without_membarrier, NULL));
}

/* One side has it, the other has not. */
struct unequal {
	const char *name;
	int there;
};

static void one_without_membarrier(void *argument)
{
	struct unequal *unequal = argument;
	struct weir_pipe *end;

	deny(SYS_membarrier, ANY);
	step_await(unequal->there);
	must_be(weir_pipe_open(&end, unequal->name), 0);
	for (int i = 0; i < 200; i++) {
		hear(end, "question");
		say(end, "answer");
	}
	weir_pipe_close(end);
}

static void test_49_one_side_without_membarrier_is_heard(void **state)
{
	struct unequal unequal = { name_new("unequal"), step_new() };
	struct weir_pipe *end;
	pid_t child;

	needs_filters();
	/* Before this process has joined, which its children inherit. */
	child = child_start(one_without_membarrier, &unequal);
	must_be(weir_pipe_create(&end, unequal.name, NULL), 0);
	step_post(unequal.there);
	for (int i = 0; i < 200; i++) {
		if (i % 20 == 0)
			until_asleep(child);
		say(end, "question");
		hear(end, "answer");
	}
	hear_the_end(end);
	child_join(child);
	weir_pipe_close(end);
	step_free(unequal.there);
}

static void without_futex(void *argument)
{
	struct weir_pipe *ends[2];

	/* Once before, for what the C library does only once. */
	pair(ends, 0, false);
	unpair(ends);
	deny(SYS_futex, ANY);
#ifdef SYS_futex_time64
	deny(SYS_futex_time64, ANY);
#endif
	talk_and_wait();
}

static void test_49_without_futexes_all_works(void **state)
{
	needs_filters();
	if (SANITIZED)
		case_skip("a sanitizer needs futexes itself");
	child_join(child_start(without_futex, NULL));
}

/* Without locks nobody could know who lives: then there are no pipes. */
static void without_locks(void *argument)
{
	const char *name = argument;
	struct weir_pipe *ends[2] = { NULL, NULL };
	int descriptors = count_descriptors();
	int mappings = count_shared_mappings();

	deny(SYS_fcntl, F_OFD_SETLK);
	must_be(weir_pipe_pair(ends, NULL), -EPERM);
	must_be(weir_pipe_create(ends, NULL, NULL), -EPERM);
	must_be(weir_pipe_create(ends, name, NULL), -EPERM);
	must(!ends[0] && !ends[1]);
	must(!name_exists(name));
	must_be(count_descriptors(), descriptors);
	must_be(count_shared_mappings(), mappings);
}

static void test_49_without_locks_a_pipe_is_refused(void **state)
{
	needs_filters();
	child_join(child_start(without_locks, (void *)name_new("nolocks")));
}

/* An end that was had before goes on; the other's death is not proved. */
static void locks_taken_away(void *argument)
{
	struct weir_pipe **ends = argument;
	char byte;

	deny(SYS_fcntl, F_OFD_SETLK);
	say(ends[0], "still here");
	hear(ends[1], "still here");
	hear_nothing(ends[1]);
	weir_pipe_close(ends[0]);
	must_be(weir_pipe_recv(ends[1], &byte, 1, WEIR_MS(150)), -ETIMEDOUT);
	weir_pipe_close(ends[1]);
}

static void test_49_locks_taken_away_hang_nobody(void **state)
{
	struct weir_pipe *ends[2];

	needs_filters();
	pair(ends, 0, false);
	child_join(child_start(locks_taken_away, ends));
	unpair(ends);
}

/* ---- 48: a limit on the size of files */

static void limit_files(void *argument)
{
	struct rlimit limit = { 4096, 4096 };
	struct weir_pipe *ends[2] = { NULL, NULL };
	int descriptors = count_descriptors();
	const char *name = argument;

	signal(SIGXFSZ, SIG_IGN);
	must_be(setrlimit(RLIMIT_FSIZE, &limit), 0);
	must_be(weir_pipe_pair(ends, NULL), -ENOSPC);
	must_be(weir_pipe_create(ends, name, NULL), -ENOSPC);
	must(!ends[0] && !name_exists(name));
	must_be(count_descriptors(), descriptors);
}

static void test_48_a_limit_on_files_is_enospc(void **state)
{
	child_join(child_start(limit_files, (void *)name_new("fsize")));
}

/* ---- 38: clocks that differ */

static bool shift_the_clock(int64_t seconds)
{
	FILE *offsets;
	bool shifted;

	if (unshare(CLONE_NEWTIME) < 0)
		return false;
	offsets = fopen("/proc/self/timens_offsets", "we");
	if (!offsets)
		return false;
	shifted =
		fprintf(offsets, "monotonic %lld 0\n", (long long)seconds) > 0;
	return fclose(offsets) == 0 && shifted;
}

struct elsewhere {
	struct weir_pipe *ends[2];
};

/* Its own child is the one whose clock is another. */
static void wait_elsewhere(void *argument)
{
	struct elsewhere *elsewhere = argument;
	int status;
	char byte;

	if (!shift_the_clock(1000000))
		_exit(77);
	if (fork() == 0) {
		alarm(CASE_SECONDS);
		weir_pipe_close(elsewhere->ends[0]);
		must_be(weir_pipe_recv(elsewhere->ends[1], &byte, 1,
		                       WEIR_MS(10)),
		        -ETIMEDOUT);
		say(elsewhere->ends[1], "go");
		hear(elsewhere->ends[1], "from another time");
		say(elsewhere->ends[1], "heard");
		_exit(0);
	}
	unpair(elsewhere->ends);
	must(wait(&status) > 0);
	must_be(status, 0);
}

static void test_38_a_process_with_another_clock_talks(void **state)
{
	struct elsewhere elsewhere;
	char byte;
	pid_t child;
	int status;

	pair(elsewhere.ends, 0, false);
	child = child_start(wait_elsewhere, &elsewhere);
	weir_pipe_close(elsewhere.ends[1]);
	if (weir_pipe_poll(elsewhere.ends[0], WEIR_FOREVER) == 1 &&
	    weir_pipe_next_size(elsewhere.ends[0], WEIR_NOWAIT) == 2) {
		hear(elsewhere.ends[0], "go");
		must_be(weir_pipe_recv(elsewhere.ends[0], &byte, 1,
		                       WEIR_MS(10)),
		        -ETIMEDOUT);
		say(elsewhere.ends[0], "from another time");
		hear(elsewhere.ends[0], "heard");
	}
	weir_pipe_close(elsewhere.ends[0]);
	status = child_wait(child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		case_skip("may not make a time namespace");
	must_be(status, 0);
}

/* ---- 53: the library is taken out while it is in use */

static struct weir_pipe *kept[2];

static void speak_at_exit(void)
{
	must_be(weir_pipe_send(kept[1], "at exit", 7, WEIR_NOWAIT), 0);
	hear(kept[0], "at exit");
	unpair(kept);
}

static void exit_in_use(void *argument)
{
	must_be(atexit(speak_at_exit), 0);
	pair(kept, 0, false);
	exit(0);
}

static void test_53_handles_work_in_exit_handlers(void **state)
{
	child_join(child_start(exit_in_use, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: what a process joined, it stays in. */
		sentence(test_49_without_membarrier_all_works),
		sentence(test_49_one_side_without_membarrier_is_heard),
		sentence(test_38_a_process_with_another_clock_talks),
		sentence(test_48_a_limit_on_files_is_enospc),
		sentence(test_49_without_futexes_all_works),
		sentence(test_49_without_locks_a_pipe_is_refused),
		sentence(test_49_locks_taken_away_hang_nobody),
		sentence(test_53_handles_work_in_exit_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
