/* SPDX-License-Identifier: MIT */
#include "doors/clock.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint32_t clock_only_cpu(void)
{
	cpu_set_t set;
	int saved = errno;
	int failed = sched_getaffinity(0, sizeof(set), &set);

	errno = saved;
	/* More CPUs than the set can hold: certainly more than one. */
	if (failed || CPU_COUNT(&set) != 1)
		return 0;
	for (uint32_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &set))
			return cpu + 1;
	}
	return 0;
}
