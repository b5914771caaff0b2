/* SPDX-License-Identifier: MIT */
/*
 * sync_asleep [--quick]
 *
 * How long it takes until the last of some processes that sleep goes on, which
 * wait for an event, or at a barrier for one more party: that one pauses 2 ms
 * before, longer than anybody spins.  On two CPUs.
 *
 *	asleep  PEER  0  1|4  NANOSECONDS  (of so many sleepers; the median of a
 *	                                   round)
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <weir/barrier.h>
#include <weir/event.h>

#include "cpus.h"
#include "crew.h"
#include "driver.h"
#include "duet.h"

enum { TURNS_MAX = 40, QUICK_TURNS = 3, PAUSE_NS = 2000000, SLEEPERS_MAX = 4 };

static const unsigned crowds[] = { 1, SLEEPERS_MAX };

enum { CROWDS = sizeof(crowds) / sizeof(*crowds) };

/*
 * A way for some to sleep until one more lets them go.  Each turn has one of
 * its own, so nobody has to look whether all have left the one before.
 */
struct gate {
	const char *name;
	int (*make)(void **gate, unsigned sleepers);
	int (*wait)(void *gate);
	int (*open)(void *gate);
	void (*end)(void *gate);
};

static int event_make(void **gate, unsigned sleepers)
{
	(void)sleepers;
	return weir_event_create((struct weir_event **)gate, NULL, NULL);
}

static int event_wait(void *gate)
{
	return weir_event_wait(gate, WEIR_FOREVER);
}

static int event_open(void *gate)
{
	return weir_event_set(gate);
}

static void event_end(void *gate)
{
	weir_event_close(gate);
}

static int barrier_make(void **gate, unsigned sleepers)
{
	return weir_barrier_create((struct weir_barrier **)gate, NULL,
	                           sleepers + 1, NULL);
}

static int barrier_wait(void *gate)
{
	ssize_t index = weir_barrier_wait(gate, WEIR_FOREVER);

	return index < 0 ? (int)index : 0;
}

static void barrier_end(void *gate)
{
	weir_barrier_close(gate);
}

/* An event as one makes it of a mutex and a condition. */
struct pthread_event {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool set;
};

static int pthread_event_make(void **gate, unsigned sleepers)
{
	struct pthread_event *event = duet_memory(sizeof(*event));
	pthread_mutexattr_t of_mutex;
	pthread_condattr_t of_changed;

	(void)sleepers;
	pthread_mutexattr_init(&of_mutex);
	pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED);
	pthread_condattr_init(&of_changed);
	pthread_condattr_setpshared(&of_changed, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&event->mutex, &of_mutex);
	*gate = event;
	return -pthread_cond_init(&event->changed, &of_changed);
}

static int pthread_event_wait(void *gate)
{
	struct pthread_event *event = gate;

	pthread_mutex_lock(&event->mutex);
	while (!event->set)
		pthread_cond_wait(&event->changed, &event->mutex);
	pthread_mutex_unlock(&event->mutex);
	return 0;
}

static int pthread_event_open(void *gate)
{
	struct pthread_event *event = gate;

	pthread_mutex_lock(&event->mutex);
	event->set = true;
	pthread_cond_broadcast(&event->changed);
	pthread_mutex_unlock(&event->mutex);
	return 0;
}

static void pthread_event_end(void *gate)
{
	duet_free(gate, sizeof(struct pthread_event));
}

static int pthread_barrier_make(void **gate, unsigned sleepers)
{
	pthread_barrierattr_t kind;

	*gate = duet_memory(sizeof(pthread_barrier_t));
	pthread_barrierattr_init(&kind);
	pthread_barrierattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
	return -pthread_barrier_init(*gate, &kind, sleepers + 1);
}

static int wait_at_pthread_barrier(void *gate)
{
	int result = pthread_barrier_wait(gate);

	return result == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : -result;
}

static void pthread_barrier_end(void *gate)
{
	duet_free(gate, sizeof(pthread_barrier_t));
}

static const struct gate gates[] = {
	{ "weir event", event_make, event_wait, event_open, event_end },
	{ "pthread event", pthread_event_make, pthread_event_wait,
	  pthread_event_open, pthread_event_end },
	{ "weir barrier", barrier_make, barrier_wait, barrier_wait,
	  barrier_end },
	{ "pthread barrier", pthread_barrier_make, wait_at_pthread_barrier,
	  wait_at_pthread_barrier, pthread_barrier_end },
};

enum { GATES = sizeof(gates) / sizeof(*gates) };

/* One round, in memory that all see. */
struct round {
	const struct gate *gate;
	const int *cpus;
	unsigned sleepers;
	unsigned turns;
	void *objects[TURNS_MAX];
	struct meeting meeting;
	uint64_t opened[TURNS_MAX];
	uint64_t passed[SLEEPERS_MAX][TURNS_MAX];
};

static int open_gates(struct round *round)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	int result = 0;

	cpus_pin(round->cpus[0]);
	for (unsigned i = 0; i < round->turns && result == 0; i++) {
		crew_meet_idly(&round->meeting, round->sleepers + 1);
		nanosleep(&pause, NULL);
		round->opened[i] = driver_now();
		result = round->gate->open(round->objects[i]);
	}
	return result;
}

/* The first sleepers have a CPU that whoever wakes them does not need. */
static int pass_gates(struct round *round, uint64_t *passed)
{
	int result = 0;

	if (round->sleepers == 1)
		cpus_pin(round->cpus[1]);
	else
		cpus_pin_both(round->cpus);
	for (unsigned i = 0; i < round->turns && result == 0; i++) {
		crew_meet_idly(&round->meeting, round->sleepers + 1);
		result = round->gate->wait(round->objects[i]);
		passed[i] = driver_now();
	}
	return result;
}

static int work(void *context, unsigned number)
{
	struct round *round = context;

	return number == 0 ? open_gates(round)
	                   : pass_gates(round, round->passed[number - 1]);
}

/* The median of the turns, until the last one is through. */
static double until_last(const struct round *round)
{
	double values[TURNS_MAX];

	for (unsigned i = 0; i < round->turns; i++) {
		uint64_t last = 0;

		for (unsigned j = 0; j < round->sleepers; j++) {
			if (round->passed[j][i] > last)
				last = round->passed[j][i];
		}
		values[i] = (double)last - (double)round->opened[i];
	}
	return driver_percentile(values, round->turns, 0.5);
}

static int run(struct round *round)
{
	struct crew crew = { .count = round->sleepers + 1,
		             .work = work,
		             .context = round };
	int result = crew_start(&crew, 0);
	int ended = crew_end(&crew, result < 0 ? 0 : UINT64_MAX / 2);

	return result < 0 ? result : ended;
}

static void play(struct round *round, const struct gate *gate)
{
	char measure[16];
	int result = 0;

	round->gate = gate;
	round->meeting.arrivals = 0;
	for (unsigned i = 0; i < round->turns && result == 0; i++)
		result = gate->make(&round->objects[i], round->sleepers);
	if (result == 0)
		result = run(round);
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", gate->name, strerror(-result));
		exit(1);
	}
	for (unsigned i = 0; i < round->turns; i++)
		gate->end(round->objects[i]);
	snprintf(measure, sizeof(measure), "%u", round->sleepers);
	driver_record("asleep", gate->name, 0, measure, until_last(round));
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	struct round *round = duet_memory(sizeof(*round));
	unsigned rounds = (effort.rounds + 1) / 2;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: asleep: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	round->cpus = cpus;
	round->turns = effort.quick ? QUICK_TURNS : TURNS_MAX;
	for (unsigned i = 0; driver_round("asleep", i, rounds); i++) {
		for (size_t crowd = 0; crowd < CROWDS; crowd++) {
			round->sleepers = crowds[crowd];
			for (size_t gate = 0; gate < GATES; gate++)
				play(round, &gates[gate]);
		}
	}
	duet_free(round, sizeof(*round));
	return 0;
}
