/* SPDX-License-Identifier: MIT */
#include "duet.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "cpus.h"
#include "crew.h"

struct duet {
	const int *cpus;
	int (*first)(void *);
	int (*second)(void *);
	void *context;
};

/* More than any program takes. */
#define FOREVER (UINT64_MAX / 2)

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
	crew_meet(meeting, 2);
}

static int play(void *context, unsigned number)
{
	const struct duet *duet = context;

	cpus_pin(duet->cpus[number]);
	return number == 0 ? duet->first(duet->context)
	                   : duet->second(duet->context);
}

static int run(struct crew *crew)
{
	int result = crew_start(crew, 1);
	int ended;

	if (result == 0)
		result = play(crew->context, 0);
	ended = crew_end(crew, result < 0 ? 0 : FOREVER);
	return result < 0 ? result : ended;
}

int duet_run(const int cpus[2], int (*first)(void *), int (*second)(void *),
             void *context)
{
	struct duet duet = { cpus, first, second, context };
	struct crew crew = { .count = 2, .work = play, .context = &duet };

	return run(&crew);
}

int duet_run_threads(const int cpus[2], int (*first)(void *),
                     int (*second)(void *), void *context)
{
	struct duet duet = { cpus, first, second, context };
	struct crew crew = {
		.count = 2, .threads = true, .work = play, .context = &duet
	};

	return run(&crew);
}
