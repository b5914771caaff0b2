/* SPDX-License-Identifier: MIT */
/*
 * latency [--quick]
 *
 * How long a message is under way to a receiver that waits for it: half a round
 * trip between two processes, for each peer, next to a bare cache line that
 * bounces between the same CPUs.
 *
 *	latency  PEER  BYTES  median  NANOSECONDS
 *	latency  PEER  BYTES  p50|p90|p99|p99.9  NANOSECONDS
 *
 * The median is of means over batches, with no clock in between.  The
 * percentiles are of single round trips, reading the clock included.
 */
#include <stdio.h>

#include "contest.h"
#include "cpus.h"
#include "duet.h"

enum { BATCH = 50, TRIPS_QUICK = 100, TRIPS_MIN = 500, TRIPS_MAX = 20000 };

static const size_t sizes[] = { 8, 64 };

static const struct {
	const char *name;
	double share;
} percentiles[] = {
	{ "p50", 0.5 },
	{ "p90", 0.9 },
	{ "p99", 0.99 },
	{ "p99.9", 0.999 },
};

/* Times between stamps, each of `every` trips, as half a trip. */
static size_t half_trips(const uint64_t *stamps, size_t count, uint64_t every,
                         double *values)
{
	for (size_t i = 1; i < count; i++)
		values[i - 1] = (double)(stamps[i] - stamps[i - 1]) /
		                (2.0 * (double)every);
	return count - 1;
}

/* How many values; 0 when the peer does not do this size. */
static size_t measure(const int cpus[2], const struct contender *contender,
                      uint64_t every, double *values)
{
	size_t length = TRIPS_MAX * sizeof(uint64_t);
	uint64_t *stamps = duet_memory(length);
	int result = contest_round_trips(cpus, contender, every, stamps);
	size_t count = 0;

	if (result == 0)
		count = half_trips(stamps, contender->count / every, every,
		                   values);
	duet_free(stamps, length);
	return count;
}

static uint64_t trips_min(void)
{
	return driver_quick() ? TRIPS_QUICK : TRIPS_MIN;
}

/* How many round trips take about `wanted` nanoseconds. */
static uint64_t trips_within(double half_trip, uint64_t wanted)
{
	double trips = (double)wanted / (2 * half_trip);

	if (trips > TRIPS_MAX)
		return TRIPS_MAX;
	return trips < (double)trips_min() ? trips_min() : (uint64_t)trips;
}

static void compete(const int cpus[2], const struct peer *peer, size_t size,
                    uint64_t wanted)
{
	static double values[TRIPS_MAX];
	struct contender contender = { peer, size, trips_min() };
	size_t count = measure(cpus, &contender, BATCH, values);

	if (count == 0)
		return;
	contender.count = trips_within(values[0], wanted);
	count = measure(cpus, &contender, BATCH, values);
	driver_record("latency", peer->name, size, "median",
	              driver_percentile(values, count, 0.5));
	count = measure(cpus, &contender, 1, values);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(*percentiles); i++)
		driver_record(
			"latency", peer->name, size, percentiles[i].name,
			driver_percentile(values, count, percentiles[i].share));
}

static void compete_all(const int cpus[2], size_t size, uint64_t wanted)
{
	for (size_t group = 0; group < all_peers_count; group++) {
		const struct peer *peer = all_peers[group];

		for (; peer->name; peer++) {
			if (peer->ping)
				compete(cpus, peer, size, wanted);
		}
	}
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	unsigned rounds = (effort.rounds + 1) / 2;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: latency: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	for (unsigned round = 0; driver_round("latency", round, rounds);
	     round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			compete_all(cpus, sizes[i], effort.run / 2);
	}
	contest_end("latency");
	return 0;
}
