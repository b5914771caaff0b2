/* SPDX-License-Identifier: MIT */
/*
 * idle [--quick]
 *
 * What it costs to wait: CPU time of a reader that is sent nothing for ten
 * seconds, and how often it woke.
 *
 *	idle  weir  8  cpu_ms|seconds|wakes  VALUE
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <weir/pipe.h>

#include "cpus.h"
#include "crew.h"
#include "driver.h"
#include "duet.h"

/* In memory that both processes share. */
struct rest {
	struct meeting start;
	struct weir_pipe *ends[2];
	struct timespec length;
	double cpu_ms;
	double wakes;
};

static double cpu_milliseconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

static double waits(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_nvcsw;
}

static int send_late(void *context)
{
	struct rest *rest = context;

	duet_meet(&rest->start);
	nanosleep(&rest->length, NULL);
	return weir_pipe_send(rest->ends[1], "", 1, WEIR_FOREVER);
}

static int receive_late(void *context)
{
	struct rest *rest = context;
	double waits_before;
	double cpu_before;
	char message[8];
	ssize_t length;

	duet_meet(&rest->start);
	waits_before = waits();
	cpu_before = cpu_milliseconds();
	length = weir_pipe_recv(rest->ends[0], message, sizeof(message),
	                        WEIR_FOREVER);
	rest->cpu_ms = cpu_milliseconds() - cpu_before;
	rest->wakes = waits() - waits_before;
	return length == 1 ? 0 : -EIO;
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	struct rest *rest = duet_memory(sizeof(*rest));
	int cpus[2];
	int result;

	cpus_choose(cpus);
	rest->length.tv_sec = effort.quick ? 0 : 10;
	rest->length.tv_nsec = effort.quick ? 100000000 : 0;
	driver_round("idle", 0, 1);
	result = weir_pipe_pair(rest->ends, NULL);
	if (result == 0)
		result = duet_run(cpus, send_late, receive_late, rest);
	if (result < 0) {
		fprintf(stderr, "idle: %s\n", strerror(-result));
		return 1;
	}
	driver_record("idle", "weir", 8, "cpu_ms", rest->cpu_ms);
	driver_record("idle", "weir", 8, "wakes", rest->wakes);
	driver_record("idle", "weir", 8, "seconds",
	              (double)rest->length.tv_sec +
	                      (double)rest->length.tv_nsec / 1e9);
	weir_pipe_close(rest->ends[0]);
	weir_pipe_close(rest->ends[1]);
	duet_free(rest, sizeof(*rest));
	return 0;
}
