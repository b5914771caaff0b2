/* SPDX-License-Identifier: MIT */
/*
 * A fact about the kernel that tests which stop process groups have to know.  A
 * SIGCONT that nobody catches is dropped before it takes back the SIGSTOP that a
 * fork under way keeps for its child (Linux 6.18): the child is born stopped,
 * and stays so, while its group goes on.
 */
#include "case.h"
#include "child.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <weir/common.h>

static void nothing(int signal)
{
}

/* A fork that takes some milliseconds, for there is much to copy. */
struct birth {
	bool caught; /* SIGCONT */
	_Atomic int begun;
	_Atomic pid_t child;
};

static void give_birth(void *argument)
{
	struct birth *birth = argument;
	size_t size = (size_t)128 << 20;
	void *much = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	must(much != MAP_FAILED);
	madvise(much, size, MADV_NOHUGEPAGE);
	memset(much, 1, size);
	setpgid(0, 0);
	if (birth->caught)
		signal(SIGCONT, nothing);
	birth->begun = 1;
	child = fork();
	if (child == 0)
		_exit(0);
	birth->child = child;
	waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT);
	birth->begun = 2;
	for (;;)
		pause();
}

/* True if the child ran when its group was stopped and continued meanwhile. */
static bool child_runs(struct birth *birth, int64_t delay)
{
	struct timespec pause = { .tv_nsec = delay };
	int64_t end;
	pid_t parent;
	bool runs;

	birth->begun = 0;
	parent = child_start(give_birth, birth);
	while (birth->begun == 0)
		;
	nanosleep(&pause, NULL);
	must_be(kill(-parent, SIGSTOP), 0);
	must_be(kill(-parent, SIGCONT), 0);
	end = now() + SOON / (birth->caught ? 1 : 20);
	while (birth->begun != 2 && now() < end)
		sched_yield();
	runs = birth->begun == 2;
	must_be(kill(-parent, SIGKILL), 0);
	child_wait(parent);
	waitpid(-parent, NULL, 0);
	return runs;
}

static void test_a_child_goes_on_with_its_group_if_that_catches(void **state)
{
	struct birth *birth = shared_new(sizeof(*birth));
	int stay = 0;

	for (int i = 1; i <= 10; i++) {
		birth->caught = false;
		stay += !child_runs(birth, WEIR_US(100) * i);
		birth->caught = true;
		must(child_runs(birth, WEIR_US(100) * i));
	}
	print_message("of 10 children whose group catches no SIGCONT, %d stay "
	              "stopped\n",
	              stay);
	shared_free(birth, sizeof(*birth));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_child_goes_on_with_its_group_if_that_catches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
