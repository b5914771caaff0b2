/* SPDX-License-Identifier: MIT */
#include "crash/victim.h"

#include "must.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/ptrace.h> /* behind the other one, which it changes */

enum place { BEFORE, INSIDE, AFTER };

/* Shared with the child. */
struct victim_mark {
	int place;
	int result;
};

/* Which of those there are, differs from test to test. */
void victims_share_one_cpu(void)
{
	cpu_set_t set, one;
	int skip, cpu = -1;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return;
	skip = getpid() % CPU_COUNT(&set);
	do {
		cpu++;
		if (CPU_ISSET(cpu, &set))
			skip--;
	} while (skip >= 0);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void place_set(struct victim *victim, enum place place)
{
	__atomic_store_n(&victim->mark->place, place, __ATOMIC_SEQ_CST);
}

static int place_get(const struct victim *victim)
{
	return __atomic_load_n(&victim->mark->place, __ATOMIC_SEQ_CST);
}

static void nothing(void *argument)
{
}

static void run(struct victim *victim, void (*before)(void *),
                int (*call)(void *), void *argument)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	before(argument);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		_exit(1);
	raise(SIGSTOP);
	place_set(victim, INSIDE);
	victim->mark->result = call(argument);
	place_set(victim, AFTER);
	for (;;)
		getppid(); /* where a hop may end */
}

static int wait_stop(const struct victim *victim)
{
	int status;
	pid_t done;

	do
		done = waitpid(victim->child, &status, 0);
	while (done < 0 && errno == EINTR);
	must_be(done, victim->child);
	must(WIFSTOPPED(status));
	return WSTOPSIG(status);
}

static void step(struct victim *victim)
{
	must_be(ptrace(PTRACE_SINGLESTEP, victim->child, 0, 0), 0);
	must_be(wait_stop(victim), SIGTRAP);
}

void victim_start_after(struct victim *victim, void (*before)(void *),
                        int (*call)(void *), void *argument)
{
	victim->steps = 0;
	victim->mark = mmap(NULL, sizeof(*victim->mark), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(victim->mark != MAP_FAILED);
	victim->child = fork();
	must(victim->child >= 0);
	if (victim->child == 0)
		run(victim, before, call, argument);
	must_be(wait_stop(victim), SIGSTOP);
	must_be(ptrace(PTRACE_SETOPTIONS, victim->child, 0,
	               PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD),
	        0);
	while (place_get(victim) == BEFORE)
		step(victim);
}

void victim_start(struct victim *victim, int (*call)(void *), void *argument)
{
	victim_start_after(victim, nothing, call, argument);
}

bool victim_step(struct victim *victim)
{
	step(victim);
	victim->steps++;
	return place_get(victim) != AFTER;
}

bool victim_hop(struct victim *victim)
{
	struct ptrace_syscall_info info = { .op = 0 };

	while (info.op != PTRACE_SYSCALL_INFO_EXIT &&
	       place_get(victim) != AFTER) {
		if (ptrace(PTRACE_SYSCALL, victim->child, 0, 0) < 0)
			must(!"hop");
		must_be(wait_stop(victim), SIGTRAP | 0x80);
		must(ptrace(PTRACE_GET_SYSCALL_INFO, victim->child,
		            sizeof(info), &info) > 0);
	}
	return info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.is_error;
}

void victim_go(struct victim *victim)
{
	must_be(ptrace(PTRACE_CONT, victim->child, 0, 0), 0);
}

bool victim_returns(const struct victim *victim, int64_t nanoseconds)
{
	struct timespec pause = { .tv_nsec = 100000 };

	while (nanoseconds > 0 && place_get(victim) != AFTER) {
		nanosleep(&pause, NULL);
		nanoseconds -= pause.tv_nsec;
	}
	return place_get(victim) == AFTER;
}

int victim_result(const struct victim *victim)
{
	return victim->mark->result;
}

void victim_kill(struct victim *victim)
{
	int status;
	pid_t done;

	kill(victim->child, SIGKILL);
	do
		done = waitpid(victim->child, &status, 0);
	while ((done < 0 && errno == EINTR) ||
	       (done == victim->child && !WIFSIGNALED(status)));
	munmap(victim->mark, sizeof(*victim->mark));
}
