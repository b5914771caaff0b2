/* SPDX-License-Identifier: MIT */
#include "namespace.h"

#include "case.h"
#include "child.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void try_a_namespace(void *argument)
{
	_exit(unshare(CLONE_NEWPID) == 0 ? 0 : errno);
}

void needs_namespaces(void)
{
	pid_t child = child_start(try_a_namespace, NULL);
	int code = WEXITSTATUS(child_wait(child));
	static char reason[128];

	if (code == 0)
		return;
	snprintf(reason, sizeof(reason), "may not make a PID namespace: %s",
	         strerror(code));
	case_skip(reason);
}

static _Noreturn void settle(const struct pioneer *pioneer)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(CASE_SECONDS);
	must_be(getpid(), 1);
	pioneer->body(pioneer->argument);
	_exit(0);
}

void found_a_namespace(void *argument)
{
	const struct pioneer *pioneer = argument;
	pid_t first;
	int status;

	must_be(unshare(CLONE_NEWPID), 0);
	first = fork();
	must(first >= 0);
	if (first == 0)
		settle(pioneer);
	if (pioneer->number)
		__atomic_store_n(pioneer->number, first, __ATOMIC_SEQ_CST);
	must_be(waitpid(first, &status, 0), first);
	/* It ended well, or was killed by the test. */
	must(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}
