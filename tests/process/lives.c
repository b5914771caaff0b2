/* SPDX-License-Identifier: MIT */
#include "lives.h"

#include "case.h"

#include <sys/prctl.h>
#include <unistd.h>

static void nothing(int signal)
{
}

/* Stopped or not, nobody outlives the root; returns false until that is so. */
static bool bound_to(pid_t root)
{
	return getppid() == root && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	       getppid() == root;
}

/*
 * Linux 6.18: a group that is stopped and continued while a member forks leaves
 * the child stopped, unless its members catch SIGCONT (process/births.c).
 */
void life_begin(struct life *life, pid_t root)
{
	signal(SIGALRM, SIG_DFL);
	signal(SIGCONT, nothing);
	alarm(CASE_SECONDS);
	*life = (struct life){ root, bound_to(root) };
	if (!life->bound)
		_exit(1);
}

void life_hand_over(struct life *life)
{
	pid_t child = fork();

	must(child >= 0);
	if (child > 0)
		_exit(0);
	alarm(CASE_SECONDS);
	life->bound = false;
}

void life_bind(struct life *life)
{
	life->bound = life->bound || bound_to(life->root);
}
