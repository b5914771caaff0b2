/* SPDX-License-Identifier: MIT */
/*
 * queue_stopped [--quick]
 *
 * What happens to the others when one of two producers and two consumers is
 * stopped, at whatever instruction: how often nothing more goes through the
 * queue, for as long as one looks, until it goes on.
 *
 *	stopped  QUEUE  8  stops|stalls  COUNT
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cpus.h"
#include "crew.h"
#include "crowd.h"
#include "driver.h"

enum { PAIRS = 2, STOPS = 100, QUICK_STOPS = 2 };

/*
 * A receiver that is stopped may leave the rest of its chunk to nobody.  That
 * must not fill the queue, of which POSIX mq has at least 10.
 */
enum { CHUNK = 8 };

/* What is in the queue may still be taken out, meanwhile. */
enum { SETTLE_US = 5000 };
enum { LOOK_US = 2000, LOOKS = 50 };
enum { SECONDS = 120 };

static unsigned stops;

static void sleep_us(unsigned length)
{
	struct timespec time = { .tv_nsec = length * 1000L };

	nanosleep(&time, NULL);
}

static bool stalled(const struct stage *stage)
{
	uint64_t before = crowd_received(stage);

	for (unsigned i = 0; i < LOOKS; i++) {
		sleep_us(LOOK_US);
		if (crowd_received(stage) != before)
			return false;
	}
	return true;
}

/* How many of the stops stalled the others. */
static double stop_some(const struct stage *stage, const struct crew *crew)
{
	unsigned stalls = 0;
	unsigned seed = 1;

	for (unsigned i = 0; i < stops; i++) {
		unsigned number = (unsigned)rand_r(&seed) % crew->count;
		pid_t process = crew->workers[number].process;

		sleep_us(1000 + (unsigned)rand_r(&seed) % 2000);
		kill(process, SIGSTOP);
		sleep_us(SETTLE_US);
		stalls += stalled(stage);
		kill(process, SIGCONT);
	}
	return stalls;
}

static void watch(const int cpus[2], const struct peer *peer)
{
	struct crowd crowd = {
		.peer = peer, .size = 8, .pairs = PAIRS, .chunk = CHUNK
	};
	double stalls;

	if (peer->threads)
		return;
	stalls = crowd_watch(cpus, &crowd, stop_some);
	if (stalls < 0)
		return;
	driver_record("stopped", peer->name, 8, "stops", stops);
	driver_record("stopped", peer->name, 8, "stalls", stalls);
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	int cpus[2];

	driver_allow(SECONDS);
	stops = effort.quick ? QUICK_STOPS : STOPS;
	if (cpus_choose(cpus) < 2) {
		printf("# left out: stopped: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	for (size_t group = 0; group < all_peers_count; group++) {
		const struct peer *peer = all_peers[group];

		driver_round("stopped", (unsigned)group,
		             (unsigned)all_peers_count);
		for (; peer->name; peer++)
			watch(cpus, peer);
	}
	return 0;
}
