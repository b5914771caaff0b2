/* SPDX-License-Identifier: MIT */
/*
 * When somebody in the middle of an operation loses its CPU, some peers get ten
 * thousand times slower.  So a run has no number of messages, it has a length:
 * one process looks on while the others send and receive, and reads how many
 * they got.
 *
 * Senders send chunks until they are told to stop, and promise each of them while
 * they still send the one before it.  Receivers claim promised chunks, and
 * receive as many messages, whoever sent them.  In the end all that was sent
 * must have been received.  Only those who do not get through what is under way
 * within some time are killed.
 */
#include "crowd.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpus.h"
#include "crew.h"
#include "driver.h"
#include "duet.h"
#include "peer_loops.h"

/* Enough for what is done between two of them not to matter. */
enum { CHUNK = 2048, LARGE_CHUNK = 128 };

/* Each sender numbers its messages apart from all others'. */
enum { SENDER_SHIFT = 48 };

/* How long what is under way may take, at most. */
#define GRACE_NS 500000000U

/* How late the end of a window may be noticed, and how many are tried. */
#define LATE_NS 50000000U
enum { ATTEMPTS = 3 };

/* What one worker leaves; those with even numbers send. */
struct part {
	alignas(128) struct tally tally;
	uint64_t next; /* of a sender, the number to send */
};

/* In memory that all see; the words are atomic. */
struct stage {
	struct crowd crowd;
	const int *cpus;
	struct link link;
	struct meeting meeting;
	alignas(128) uint64_t promised;
	alignas(128) uint64_t claimed;
	alignas(128) uint32_t sending; /* how many still are */
	uint32_t stop;
	struct part parts[CREW_MAX];
};

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static uint32_t load_32(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static int send_chunk(struct stage *stage, struct part *part)
{
	const struct peer *peer = stage->crowd.peer;
	struct run run = {
		.size = stage->crowd.size,
		.first = part->next,
		.count = stage->crowd.chunk,
	};

	part->next += run.count;
	part->tally.sum +=
		run.count * run.first + run.count * (run.count - 1) / 2;
	return peer->produce(stage->link.port[SENDER], &run);
}

static void promise_chunk(struct stage *stage)
{
	__atomic_fetch_add(&stage->promised, 1, __ATOMIC_RELEASE);
}

static int send_all(struct stage *stage, struct part *part)
{
	bool last = false;
	int result = 0;

	promise_chunk(stage);
	while (!last && result == 0) {
		last = load_32(&stage->stop) != 0;
		if (!last)
			promise_chunk(stage);
		result = send_chunk(stage, part);
	}
	__atomic_fetch_sub(&stage->sending, 1, __ATOMIC_RELEASE);
	return result;
}

/* Waits for a chunk to receive; false: there will be none. */
static bool claim_chunk(struct stage *stage)
{
	uint64_t claimed = load(&stage->claimed);
	unsigned pauses = 0;

	for (;;) {
		bool sending = load_32(&stage->sending) != 0;

		if (claimed == load(&stage->promised)) {
			if (!sending)
				return false;
			wait_again(&pauses);
			claimed = load(&stage->claimed);
		} else if (__atomic_compare_exchange_n(
				   &stage->claimed, &claimed, claimed + 1,
				   false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			return true;
		}
	}
}

static int receive_all(struct stage *stage, struct part *part)
{
	const struct peer *peer = stage->crowd.peer;
	struct run run = {
		.size = stage->crowd.size,
		.count = stage->crowd.chunk,
		.tally = &part->tally,
	};
	int result = 0;

	while (result == 0 && claim_chunk(stage))
		result = peer->consume(stage->link.port[RECEIVER], &run);
	return result;
}

static int work(void *context, unsigned number)
{
	struct stage *stage = context;
	const struct peer *peer = stage->crowd.peer;
	struct part *part = &stage->parts[number];
	enum side side = number % 2;
	unsigned all = 2 * stage->crowd.pairs;
	int result;

	if (stage->crowd.pairs == 1)
		cpus_pin(stage->cpus[side]);
	else
		cpus_pin_both(stage->cpus);
	peer->drop(stage->link.port[!side]);
	part->next = (uint64_t)(number / 2) << SENDER_SHIFT;
	crew_meet(&stage->meeting, all);
	result = side == SENDER ? send_all(stage, part)
	                        : receive_all(stage, part);
	if (result < 0)
		return result;
	/* Nobody hangs up before all have all. */
	crew_meet_idly(&stage->meeting, all);
	peer->drop(stage->link.port[side]);
	return 0;
}

uint64_t crowd_received(const struct stage *stage)
{
	uint64_t count = 0;

	for (unsigned pair = 0; pair < stage->crowd.pairs; pair++)
		count += load(&stage->parts[2 * pair + RECEIVER].tally.count);
	return count;
}

static void sleep_for(uint64_t length)
{
	struct timespec time = { .tv_sec = (time_t)(length / 1000000000U),
		                 .tv_nsec = (long)(length % 1000000000U) };

	nanosleep(&time, NULL);
}

/* Until what went through is twice all the peer's memory, or for so long. */
static void let_warm_up(const struct stage *stage)
{
	uint64_t step = stage->crowd.length / 20;

	for (unsigned i = 0; i < 20; i++) {
		sleep_for(step);
		if (i >= 3 && crowd_received(stage) > 2 * stage->link.depth)
			break;
	}
}

/* Messages a second, in a window that lasts `*lasted`. */
static double look_once(const struct stage *stage, uint64_t *lasted)
{
	uint64_t before = crowd_received(stage);
	uint64_t begin = driver_now();
	uint64_t count;

	sleep_for(stage->crowd.length);
	count = crowd_received(stage) - before;
	*lasted = driver_now() - begin;
	return 1e9 * (double)count / (double)*lasted;
}

/* When the onlooker himself could not run in time, nobody could. */
static double measure(const struct stage *stage, const struct crew *crew)
{
	uint64_t most = stage->crowd.length + LATE_NS;
	uint64_t lasted;
	double per_second;

	(void)crew;
	let_warm_up(stage);
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		per_second = look_once(stage, &lasted);
		if (lasted <= most)
			break;
	}
	return per_second;
}

/* Whether all that was sent, and only that, was received. */
static bool sums_fit(const struct stage *stage)
{
	uint64_t sum = 0;

	for (unsigned pair = 0; pair < stage->crowd.pairs; pair++) {
		sum += stage->parts[2 * pair + SENDER].tally.sum;
		sum -= stage->parts[2 * pair + RECEIVER].tally.sum;
	}
	return sum == 0 &&
	       crowd_received(stage) == stage->promised * stage->crowd.chunk;
}

static int run(struct stage *stage, crowd_onlooker *look, double *seen)
{
	struct crew crew = {
		.count = 2 * stage->crowd.pairs,
		.threads = stage->crowd.peer->threads,
		.work = work,
		.context = stage,
	};
	int result = crew_start(&crew, 0);

	if (result < 0)
		return result;
	*seen = look(stage, &crew);
	__atomic_store_n(&stage->stop, 1, __ATOMIC_RELEASE);
	result = crew_end(&crew, GRACE_NS);
	if (result == -ETIMEDOUT)
		return 0;
	return result == 0 && !sums_fit(stage) ? -EBADMSG : result;
}

static int run_anew(const int cpus[2], const struct crowd *crowd,
                    crowd_onlooker *look, double *seen)
{
	const struct peer *peer = crowd->peer;
	struct stage *stage = duet_memory(sizeof(*stage));
	int result;

	stage->crowd = *crowd;
	stage->cpus = cpus;
	if (!crowd->chunk)
		stage->crowd.chunk =
			crowd->size < MESSAGE_MAX ? CHUNK : LARGE_CHUNK;
	stage->sending = crowd->pairs;
	result = peer->open(peer, &stage->link, crowd->size);
	if (result == 0) {
		result = run(stage, look, seen);
		peer->close(&stage->link);
	}
	duet_free(stage, sizeof(*stage));
	return result;
}

/* What is left is a result. */
static double result_or_end(const struct crowd *crowd, int result, double seen)
{
	if (result == 0)
		return seen;
	if (result == -EMSGSIZE || result == -EDQUOT)
		return result;
	fprintf(stderr, "%s, %zu bytes, %u pairs: %s\n", crowd->peer->name,
	        crowd->size, crowd->pairs, strerror(-result));
	exit(1);
}

double crowd_watch(const int cpus[2], const struct crowd *crowd,
                   crowd_onlooker *look)
{
	const struct peer *peer = crowd->peer;
	int result = -EMSGSIZE;
	double seen = 0;

	if (peer->produce && !(peer->single && crowd->pairs > 1))
		result = run_anew(cpus, crowd, look, &seen);
	return result_or_end(crowd, result, seen);
}

double crowd_play(const int cpus[2], const struct crowd *crowd)
{
	double per_second = 0;
	int result;

	if (!crowd->peer->one_way)
		return crowd_watch(cpus, crowd, measure);
	result = crowd->peer->one_way(crowd->size, crowd->pairs, crowd->length,
	                              &per_second);
	return result_or_end(crowd, result, per_second);
}
