/* SPDX-License-Identifier: MIT */
#include "duet.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpus.h"

void *duet_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return memory;
}

void duet_free(void *memory, size_t size)
{
	munmap(memory, size);
}

void duet_meet(struct meeting *meeting)
{
	uint32_t mine =
		__atomic_add_fetch(&meeting->arrivals, 1, __ATOMIC_SEQ_CST);
	uint32_t both = (mine + 1) & ~1U;

	while ((int32_t)(__atomic_load_n(&meeting->arrivals, __ATOMIC_SEQ_CST) -
	                 both) < 0)
		sched_yield();
}

/* Never returns.  If it fails, the other side may wait for ever: both end. */
static void be_second(int cpu, int (*second)(void *), void *context)
{
	int result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	cpus_pin(cpu);
	result = second(context);
	if (result == 0)
		_exit(0);
	fprintf(stderr, "second process: %s\n", strerror(-result));
	kill(getppid(), SIGTERM);
	_exit(1);
}

int duet_run(const int cpus[2], int (*first)(void *), int (*second)(void *),
             void *context)
{
	int status;
	int result;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0)
		be_second(cpus[1], second, context);
	cpus_pin(cpus[0]);
	result = first(context);
	if (result < 0)
		kill(child, SIGKILL);
	if (waitpid(child, &status, 0) < 0)
		return -errno;
	if (result == 0 && status != 0)
		return -EPROTO;
	return result;
}
