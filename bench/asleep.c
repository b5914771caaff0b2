/* SPDX-License-Identifier: MIT */
/*
 * asleep [--quick]
 *
 * How long a message takes to a receiver that sleeps in the kernel: the sender
 * pauses 2 ms before each, longer than anybody spins, and stamps it; the
 * receiver takes the time when its call returns.  On two CPUs, and on one.
 *
 *	asleep  PEER  8  two_cpus|one_cpu  NANOSECONDS  (the median of a round)
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <weir/pipe.h>

#include "cpus.h"
#include "crew.h"
#include "driver.h"
#include "duet.h"

enum { HANDOVERS_MAX = 100, PAUSE_NS = 2000000 };

/* A way to wake a sleeper that reads the time of sending. */
struct waker {
	const char *name;
	int (*open)(struct waker *waker);
	int (*send)(struct waker *waker, uint64_t stamp);
	int (*receive)(struct waker *waker, uint64_t *stamp);
	void (*close)(struct waker *waker);
	struct weir_pipe *ends[2];
	int fds[2];
	uint64_t *stamps; /* shared; what an eventfd cannot carry */
	unsigned next;    /* of these, on either side */
};

/* Both sides of one round, in shared memory. */
struct round {
	struct waker *waker;
	struct meeting start;
	unsigned handovers;
	double latency[HANDOVERS_MAX];
};

static int pipe_open(struct waker *waker)
{
	return weir_pipe_pair(waker->ends, NULL);
}

static int pipe_send(struct waker *waker, uint64_t stamp)
{
	return weir_pipe_send(waker->ends[1], &stamp, sizeof(stamp),
	                      WEIR_FOREVER);
}

static int pipe_receive(struct waker *waker, uint64_t *stamp)
{
	ssize_t length = weir_pipe_recv(waker->ends[0], stamp, sizeof(*stamp),
	                                WEIR_FOREVER);

	return length == sizeof(*stamp) ? 0 : -EIO;
}

static void pipe_close(struct waker *waker)
{
	weir_pipe_close(waker->ends[0]);
	weir_pipe_close(waker->ends[1]);
}

/* As a semaphore, lest two become one when the receiver is late. */
static int eventfd_open(struct waker *waker)
{
	waker->stamps = duet_memory(HANDOVERS_MAX * sizeof(*waker->stamps));
	waker->next = 0;
	waker->fds[0] = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	return waker->fds[0] < 0 ? -errno : 0;
}

static int eventfd_send(struct waker *waker, uint64_t stamp)
{
	uint64_t one = 1;

	waker->stamps[waker->next++] = stamp;
	return write(waker->fds[0], &one, sizeof(one)) < 0 ? -errno : 0;
}

static int eventfd_receive(struct waker *waker, uint64_t *stamp)
{
	uint64_t count;

	if (read(waker->fds[0], &count, sizeof(count)) < 0)
		return -errno;
	*stamp = waker->stamps[waker->next++];
	return 0;
}

static void eventfd_close(struct waker *waker)
{
	close(waker->fds[0]);
	duet_free(waker->stamps, HANDOVERS_MAX * sizeof(*waker->stamps));
}

static int kernel_pipe_open(struct waker *waker)
{
	return pipe(waker->fds) < 0 ? -errno : 0;
}

static int kernel_pipe_send(struct waker *waker, uint64_t stamp)
{
	return write(waker->fds[1], &stamp, sizeof(stamp)) < 0 ? -errno : 0;
}

static int kernel_pipe_receive(struct waker *waker, uint64_t *stamp)
{
	return read(waker->fds[0], stamp, sizeof(*stamp)) < 0 ? -errno : 0;
}

static void kernel_pipe_close(struct waker *waker)
{
	close(waker->fds[0]);
	close(waker->fds[1]);
}

static struct waker wakers[] = {
	{ .name = "weir",
	  .open = pipe_open,
	  .send = pipe_send,
	  .receive = pipe_receive,
	  .close = pipe_close },
	{ .name = "eventfd",
	  .open = eventfd_open,
	  .send = eventfd_send,
	  .receive = eventfd_receive,
	  .close = eventfd_close },
	{ .name = "pipe(2)",
	  .open = kernel_pipe_open,
	  .send = kernel_pipe_send,
	  .receive = kernel_pipe_receive,
	  .close = kernel_pipe_close },
};

enum { WAKERS = sizeof(wakers) / sizeof(*wakers) };

static int send_stamps(void *context)
{
	struct round *round = context;
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	int result = 0;

	duet_meet(&round->start);
	for (unsigned i = 0; i < round->handovers && result == 0; i++) {
		nanosleep(&pause, NULL);
		result = round->waker->send(round->waker, driver_now());
	}
	return result;
}

static int receive_stamps(void *context)
{
	struct round *round = context;
	uint64_t stamp;

	duet_meet(&round->start);
	for (unsigned i = 0; i < round->handovers; i++) {
		int result = round->waker->receive(round->waker, &stamp);

		if (result < 0)
			return result;
		round->latency[i] = (double)(driver_now() - stamp);
	}
	return 0;
}

static void play(struct round *round, struct waker *waker, const int cpus[2])
{
	int result = waker->open(waker);

	round->waker = waker;
	if (result == 0)
		result = duet_run(cpus, send_stamps, receive_stamps, round);
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", waker->name, strerror(-result));
		exit(1);
	}
	waker->close(waker);
}

static void measure_handover(struct round *round, const int cpus[2],
                             const char *measure)
{
	for (size_t i = 0; i < WAKERS; i++) {
		play(round, &wakers[i], cpus);
		driver_record("asleep", wakers[i].name, sizeof(uint64_t),
		              measure,
		              driver_percentile(round->latency,
		                                round->handovers, 0.5));
	}
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	struct round *round = duet_memory(sizeof(*round));
	unsigned rounds = (effort.rounds + 1) / 2;
	bool two;
	int cpus[2];
	int one[2];

	two = cpus_choose(cpus) == 2;
	one[0] = one[1] = cpus[0];
	round->handovers = effort.quick ? 5 : HANDOVERS_MAX;
	for (unsigned i = 0; driver_round("asleep", i, rounds); i++) {
		if (two)
			measure_handover(round, cpus, "two_cpus");
		measure_handover(round, one, "one_cpu");
	}
	if (!two)
		printf("# left out: asleep on two CPUs: there is only one\n");
	duet_free(round, sizeof(*round));
	return 0;
}
