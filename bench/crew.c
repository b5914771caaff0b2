/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"

/* How many have to be here before the caller may go on. */
static uint32_t arrive(struct meeting *meeting, unsigned count)
{
	uint32_t mine =
		__atomic_add_fetch(&meeting->arrivals, 1, __ATOMIC_SEQ_CST);

	return (mine + count - 1) / count * count;
}

static bool lacking(struct meeting *meeting, uint32_t wanted)
{
	uint32_t here = __atomic_load_n(&meeting->arrivals, __ATOMIC_SEQ_CST);

	return (int32_t)(here - wanted) < 0;
}

static void doze(void)
{
	const struct timespec length = { .tv_nsec = 500000 };

	nanosleep(&length, NULL);
}

void crew_meet(struct meeting *meeting, unsigned count)
{
	uint32_t wanted = arrive(meeting, count);

	while (lacking(meeting, wanted))
		sched_yield();
}

void crew_meet_idly(struct meeting *meeting, unsigned count)
{
	uint32_t wanted = arrive(meeting, count);

	while (lacking(meeting, wanted))
		doze();
}

static int work(const struct worker *worker)
{
	const struct crew *crew = worker->crew;
	int result = crew->work(crew->context, worker->number);

	if (result < 0)
		fprintf(stderr, "worker %u: %s\n", worker->number,
		        strerror(-result));
	return result;
}

/* Never returns. */
static void be_child(const struct worker *worker)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (work(worker) == 0)
		_exit(0);
	kill(getppid(), SIGTERM);
	_exit(1);
}

static void *be_thread(void *worker)
{
	if (work(worker) < 0)
		_exit(1);
	return NULL;
}

static int start(struct worker *worker)
{
	if (worker->crew->threads)
		return -pthread_create(&worker->thread, NULL, be_thread,
		                       worker);
	worker->process = fork();
	if (worker->process < 0)
		return -errno;
	if (worker->process == 0)
		be_child(worker);
	return 0;
}

int crew_start(struct crew *crew, unsigned first)
{
	int result = 0;

	memset(crew->workers, 0, sizeof(crew->workers));
	for (unsigned i = first; i < crew->count && result == 0; i++) {
		crew->workers[i].crew = crew;
		crew->workers[i].number = i;
		result = start(&crew->workers[i]);
	}
	return result;
}

/* 0, -EPROTO, or -EAGAIN while it works. */
static int bury(struct worker *worker, int flags)
{
	int status;
	pid_t buried = waitpid(worker->process, &status, flags);

	if (buried == 0)
		return -EAGAIN;
	worker->process = 0;
	return buried < 0 || status != 0 ? -EPROTO : 0;
}

static int wait_until(struct worker *worker, uint64_t deadline)
{
	int result;

	while ((result = bury(worker, WNOHANG)) == -EAGAIN) {
		if (driver_now() >= deadline)
			return -ETIMEDOUT;
		doze();
	}
	return result;
}

static void kill_rest(struct crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++) {
		if (crew->workers[i].process > 0)
			kill(crew->workers[i].process, SIGKILL);
	}
	for (unsigned i = 0; i < crew->count; i++) {
		if (crew->workers[i].process > 0)
			bury(&crew->workers[i], 0);
	}
}

int crew_end(struct crew *crew, uint64_t grace)
{
	uint64_t deadline = driver_now() + grace;
	int result = 0;

	for (unsigned i = 0; i < crew->count && result == 0; i++) {
		struct worker *worker = &crew->workers[i];

		if (worker->process > 0)
			result = wait_until(worker, deadline);
		else if (worker->crew && crew->threads)
			pthread_join(worker->thread, NULL);
	}
	kill_rest(crew);
	return result;
}
