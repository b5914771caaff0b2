/* SPDX-License-Identifier: MIT */
/*
 * sync_pairs [--quick]
 *
 * How long it takes to acquire and release what nobody else wants, or to change
 * a number once.  All peers in turn.
 *
 *	pair  PEER  0  ns  VALUE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "driver.h"
#include "sync_peer.h"

enum { PEERS_MAX = 32 };

struct contender {
	const struct sync_peer *peer;
	void *object;
	uint64_t count; /* in a run */
};

static double run(const struct contender *contender)
{
	const struct sync_peer *peer = contender->peer;
	uint64_t begin = driver_now();
	int result = peer->repeat(contender->object, contender->count);

	if (result < 0) {
		fprintf(stderr, "%s: %s\n", peer->name, strerror(-result));
		exit(1);
	}
	return (double)(driver_now() - begin) / (double)contender->count;
}

/* So many that a run takes about `wanted` nanoseconds. */
static void calibrate(struct contender *contender, uint64_t wanted)
{
	double each;

	contender->count = 1; /* which starts what takes long to start */
	run(contender);
	for (contender->count = 100;; contender->count *= 10) {
		each = run(contender);
		if (each * (double)contender->count * 20 > (double)wanted)
			break;
	}
	contender->count = (uint64_t)((double)wanted / each) + 1;
}

static void begin(struct contender *contender, const struct sync_peer *peer,
                  uint64_t wanted)
{
	contender->peer = peer;
	contender->object = peer->open();
	if (!contender->object) {
		fprintf(stderr, "%s: cannot be made\n", peer->name);
		exit(1);
	}
	calibrate(contender, wanted);
}

static size_t begin_all(struct contender *contenders, uint64_t wanted)
{
	size_t count = 0;

	for (size_t group = 0; group < all_sync_peers_count; group++) {
		const struct sync_peer *peer = all_sync_peers[group];

		for (; peer->name && count < PEERS_MAX; peer++)
			begin(&contenders[count++], peer, wanted);
	}
	return count;
}

int main(int argc, char **argv)
{
	static struct contender contenders[PEERS_MAX];
	struct effort effort = driver_start(argc, argv);
	size_t count;
	int cpus[2];

	cpus_choose(cpus);
	cpus_pin(cpus[0]);
	count = begin_all(contenders, effort.run);
	for (unsigned round = 0; driver_round("pair", round, effort.rounds);
	     round++) {
		for (size_t i = 0; i < count; i++)
			driver_record("pair", contenders[i].peer->name, 0, "ns",
			              run(&contenders[i]));
	}
	for (size_t i = 0; i < count; i++)
		contenders[i].peer->close(contenders[i].object);
	return 0;
}
