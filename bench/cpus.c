/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct place {
	int cpu;
	int package;
	int core;
	int cache;
};

static int read_number(int cpu, const char *what)
{
	char path[128];
	int number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/%s", cpu,
	         what);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

static int list_places(struct place *places)
{
	cpu_set_t allowed;
	int count = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return 0;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		places[count++] = (struct place){
			.cpu = cpu,
			.package = read_number(cpu,
			                       "topology/physical_package_id"),
			.core = read_number(cpu, "topology/core_id"),
			.cache = read_number(cpu, "cache/index3/id"),
		};
	}
	return count;
}

/* A core's number means something only within its package. */
static int score(const struct place *left, const struct place *right)
{
	bool package = left->package == right->package;
	bool core = package && left->core == right->core;
	bool cache = left->cache == right->cache;

	return 4 * package + 2 * !core + cache;
}

int cpus_choose(int cpus[2])
{
	static struct place places[CPU_SETSIZE];
	int count = list_places(places);
	int best = -1;

	cpus[0] = cpus[1] = count > 0 ? places[0].cpu : 0;
	for (int left = 0; left < count; left++) {
		for (int right = left + 1; right < count; right++) {
			int now = score(&places[left], &places[right]);

			if (now <= best)
				continue;
			best = now;
			cpus[0] = places[left].cpu;
			cpus[1] = places[right].cpu;
		}
	}
	return count > 1 ? 2 : 1;
}

void cpus_pin_both(const int cpus[2])
{
	cpu_set_t both;

	CPU_ZERO(&both);
	CPU_SET(cpus[0], &both);
	CPU_SET(cpus[1], &both);
	if (sched_setaffinity(0, sizeof(both), &both) < 0) {
		perror("sched_setaffinity");
		exit(1);
	}
}

void cpus_pin(int cpu)
{
	cpus_pin_both((const int[]){ cpu, cpu });
}
