/* SPDX-License-Identifier: MIT */
#include "contest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "crew.h"
#include "duet.h"

/* A loop of a peer. */
typedef int loop_function(void *port, const struct run *run);

/* One run, in memory that both sides see. */
struct contest {
	struct meeting start;
	uint64_t begin;
	uint64_t end;
	uint64_t switches[2]; /* while each side was at it */
	const struct peer *peer;
	struct link link;
	uint64_t warm_at_least;
	struct run warm;
	struct run run;
};

/* So long may runs be repeated, from the first one on, and so often. */
#define REPEATS_NS 40000000000U
enum { ATTEMPTS = 5 };

static uint64_t first_run;
static unsigned runs;
static unsigned disturbed_runs;

/* How often something else took this thread's CPU away. */
static uint64_t switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nivcsw;
}

static int one_side(struct contest *contest, enum side side,
                    loop_function *loop, uint64_t *stamp_after_start)
{
	void *port = contest->link.port[side];
	uint64_t before;
	int result;

	contest->peer->drop(contest->link.port[!side]);
	result = loop(port, &contest->warm);
	if (result < 0)
		return result;
	duet_meet(&contest->start);
	before = switches();
	*stamp_after_start = driver_now();
	result = loop(port, &contest->run);
	if (side == RECEIVER)
		contest->end = driver_now();
	contest->switches[side] = switches() - before;
	if (result < 0)
		return result;
	/* Nobody hangs up before the other one has all. */
	duet_meet(&contest->start);
	if (side == RECEIVER)
		contest->peer->drop(port);
	return 0;
}

static int produce(void *context)
{
	struct contest *contest = context;

	return one_side(contest, SENDER, contest->peer->produce,
	                &contest->begin);
}

static int consume(void *context)
{
	struct contest *contest = context;
	uint64_t unused;

	return one_side(contest, RECEIVER, contest->peer->consume, &unused);
}

static int ping(void *context)
{
	struct contest *contest = context;

	return one_side(contest, SENDER, contest->peer->ping, &contest->begin);
}

static int pong(void *context)
{
	struct contest *contest = context;
	uint64_t unused;

	return one_side(contest, RECEIVER, contest->peer->pong, &unused);
}

/* Opens the connection and runs both sides, the second in a child. */
static int play_once(const int cpus[2], struct contest *contest,
                     int (*first)(void *), int (*second)(void *))
{
	const struct peer *peer = contest->peer;
	int result = peer->open(peer, &contest->link, contest->run.size);

	if (result < 0)
		return result;
	/* Twice through all its memory. */
	contest->warm.count = contest->warm_at_least + 2 * contest->link.depth;
	contest->run.first = contest->warm.first + contest->warm.count;
	memset(&contest->start, 0, sizeof(contest->start));
	result = peer->threads ? duet_run_threads(cpus, first, second, contest)
	                       : duet_run(cpus, first, second, contest);
	peer->drop(contest->link.port[SENDER]);
	peer->close(&contest->link);
	return result;
}

static int play(const int cpus[2], struct contest *contest,
                int (*first)(void *), int (*second)(void *))
{
	bool disturbed;
	int attempts = 0;
	int result;

	if (!first_run)
		first_run = driver_now();
	do {
		result = play_once(cpus, contest, first, second);
		disturbed = contest->switches[SENDER] ||
		            contest->switches[RECEIVER];
	} while (disturbed && result == 0 && !driver_quick() &&
	         ++attempts < ATTEMPTS &&
	         driver_now() - first_run < REPEATS_NS);
	runs++;
	disturbed_runs += disturbed;
	return result;
}

static void failed(const struct contender *contender, int result)
{
	fprintf(stderr, "%s, %zu bytes: %s\n", contender->peer->name,
	        contender->size, strerror(-result));
	exit(1);
}

static struct contest *contest_new(const struct contender *contender)
{
	struct contest *contest = duet_memory(sizeof(*contest));

	contest->peer = contender->peer;
	contest->warm = (struct run){
		.size = contender->size,
		.first = 1,
		.every = UINT64_MAX,
	};
	contest->run = (struct run){
		.size = contender->size,
		.count = contender->count,
	};
	return contest;
}

double contest_one_way(const int cpus[2], const struct contender *contender)
{
	struct contest *contest = contest_new(contender);
	int result = play(cpus, contest, produce, consume);
	double each = result;

	if (result == 0)
		each = (double)(contest->end - contest->begin) /
		       (double)contender->count;
	else if (result != -EMSGSIZE && result != -EDQUOT)
		failed(contender, result);
	duet_free(contest, sizeof(*contest));
	return each;
}

uint64_t contest_calibrate(const int cpus[2], struct contender *contender,
                           uint64_t wanted)
{
	double each;

	for (contender->count = 200;; contender->count *= 10) {
		each = contest_one_way(cpus, contender);
		if (each < 0)
			break;
		if (each * (double)contender->count * 20 > (double)wanted)
			return (uint64_t)((double)wanted / each) + 1;
	}
	if (each == -EDQUOT)
		driver_left_out(contender->peer->name, contender->size,
		                "over this system's limits");
	return 0;
}

int contest_round_trips(const int cpus[2], const struct contender *contender,
                        uint64_t every, uint64_t *stamps)
{
	struct contest *contest = contest_new(contender);
	int result;

	contest->warm_at_least = contender->count;
	contest->run.every = every;
	contest->run.stamps = stamps;
	result = play(cpus, contest, ping, pong);
	if (result < 0 && result != -EMSGSIZE && result != -EDQUOT)
		failed(contender, result);
	duet_free(contest, sizeof(*contest));
	return result;
}

void contest_end(const char *question)
{
	if (disturbed_runs)
		printf("# %s: %u of %u runs were disturbed by other "
		       "processes\n",
		       question, disturbed_runs, runs);
}
