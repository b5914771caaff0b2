/* SPDX-License-Identifier: MIT */
#include "tracer.h"

#include "child.h"
#include "must.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int *inside; /* shared with the child */

void trace_begin(void)
{
	__atomic_store_n(inside, 1, __ATOMIC_SEQ_CST);
}

void trace_end(void)
{
	__atomic_store_n(inside, 0, __ATOMIC_SEQ_CST);
}

#ifdef __x86_64__

static long call_number(pid_t child)
{
	return ptrace(PTRACE_PEEKUSER, child,
	              offsetof(struct user, regs.orig_rax), NULL);
}

/* There is no call of this number, so nothing happens. */
static void call_skip(pid_t child)
{
	must_be(ptrace(PTRACE_POKEUSER, child,
	               offsetof(struct user, regs.orig_rax), -1L),
	        0);
}

static void call_answer(pid_t child, int code)
{
	must_be(ptrace(PTRACE_POKEUSER, child, offsetof(struct user, regs.rax),
	               -(long)code),
	        0);
}

#else

static long call_number(pid_t child)
{
	return -1;
}

static void call_skip(pid_t child)
{
}

static void call_answer(pid_t child, int code)
{
}

#endif

static void try_it(void *argument)
{
	_exit(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : errno);
}

const char *trace_refused(void)
{
	static char reason[128];
	int code;

#ifndef __x86_64__
	return "changes the system calls of x86-64 only";
#endif
	code = WEXITSTATUS(child_wait(child_start(try_it, NULL)));
	if (code == 0)
		return NULL;
	snprintf(reason, sizeof(reason), "may not trace: %s", strerror(code));
	return reason;
}

static void child_run(void (*body)(void *), void *argument)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		_exit(1);
	raise(SIGSTOP);
	body(argument);
	_exit(0);
}

/* Lets it run to the next stop; false: it has ended, as it should. */
static int next_stop(pid_t child, int *signal)
{
	int status;

	must_be(ptrace(PTRACE_SYSCALL, child, NULL, (long)*signal), 0);
	must_be(waitpid(child, &status, 0), child);
	*signal = 0;
	if (WIFSTOPPED(status)) {
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			*signal = WSTOPSIG(status);
		return 1;
	}
	must(WIFEXITED(status));
	must_be(WEXITSTATUS(status), 0);
	return 0;
}

/* From the entry of each call to its exit. */
static int follow(pid_t child, trace_intrude intrude, void *intruder)
{
	int ordinal = 0, signal = 0, entered = 0, code = 0;

	while (next_stop(child, &signal)) {
		if (signal)
			continue;
		entered = !entered;
		if (entered && __atomic_load_n(inside, __ATOMIC_SEQ_CST)) {
			code = intrude(intruder, ordinal++, call_number(child));
			if (code)
				call_skip(child);
		} else if (!entered && code) {
			call_answer(child, code);
			code = 0;
		}
	}
	return ordinal;
}

int trace(void (*body)(void *), void *argument, trace_intrude intrude,
          void *intruder)
{
	int calls, status;
	pid_t child;

	inside = shared_new(sizeof(*inside));
	child = fork();
	must(child >= 0);
	if (child == 0)
		child_run(body, argument);
	must_be(waitpid(child, &status, 0), child);
	must(WIFSTOPPED(status));
	must_be(ptrace(PTRACE_SETOPTIONS, child, NULL,
	               PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL),
	        0);
	calls = follow(child, intrude, intruder);
	shared_free(inside, sizeof(*inside));
	return calls;
}
