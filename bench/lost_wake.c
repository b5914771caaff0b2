/* SPDX-License-Identifier: MIT */
/*
 * lost_wake [--quick]
 *
 * Does ck_ec's single producer mode wake a sleeper of another process?
 *
 * The producer counts on with a plain `inc`, not a locked one.  A waiter sets a
 * flag in the same word, with an atomic step, and sleeps as long as the word is
 * as it left it.
 *
 *	producer                           waiter
 *	inc: reads n, stores n+1 into
 *	     its store buffer, sees no
 *	     flag, so wakes nobody
 *	                                   cas: n -> n|flag
 *	                                   looks again, n|flag: sleeps
 *	the buffer drains: n+1, no flag
 *
 * The waiter then sleeps until its own deadline, although it was to be woken;
 * ck_ec's answer is that it looks for a while first, and that the first sleeps
 * are short (2 ms, 16 ms, 128 ms).  Here the two meet at random moments, and the
 * producer has stores to some lines before its own that are in nobody's cache,
 * which keep the buffer full.
 *
 *	lost_wake  SPIN  LINES  rounds|slept|overwritten|lost  COUNT
 *
 * rounds: meetings; slept: the waiter called the kernel; overwritten: of these,
 * the producer saw no flag; lost: of these, the waiter slept to its deadline
 * although the count had moved.
 */
#include <ck_ec.h>
#include <errno.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpus.h"
#include "crew.h"
#include "driver.h"
#include "duet.h"

enum { LINES = 16, FLAG_BIT = 31, WAITER_DELAY = 30 };

struct line {
	alignas(128) uint32_t word;
};

/* In shared memory. */
struct encounter {
	alignas(128) ck_ec32_t count;
	struct line round; /* the waiter's: which round it is in */
	struct line done;  /* the producer's: which one it is done with */
	struct line woke;  /* the producer's: whether it saw the flag */
	struct line lines[LINES];
	struct meeting start;
	unsigned missing; /* how many of the lines are used */
	unsigned delay;
	uint64_t end;
	const struct ck_ec_mode *mode;
	uint64_t rounds;
	uint64_t slept;
	uint64_t overwritten;
	uint64_t lost;
};

/* Of this process, in this round. */
static bool called_kernel;
static bool slept_past_change;
static bool woke;

static int read_clock(const struct ck_ec_ops *ops, struct timespec *now)
{
	(void)ops;
	return clock_gettime(CLOCK_MONOTONIC, now);
}

/* Not a private futex: the other process sleeps on it. */
static void wait_for(const struct ck_ec_wait_state *state, const uint32_t *word,
                     uint32_t expected, const struct timespec *deadline)
{
	long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected,
	                      deadline, NULL, FUTEX_BITSET_MATCH_ANY);

	(void)state;
	called_kernel = true;
	if (result < 0 && errno == ETIMEDOUT &&
	    ((ck_pr_load_32(word) ^ expected) & ~(1U << FLAG_BIT)))
		slept_past_change = true;
}

static void wake_all(const struct ck_ec_ops *ops, const uint32_t *word)
{
	(void)ops;
	woke = true;
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static const struct ck_ec_ops default_ops = {
	.gettime = read_clock,
	.wait32 = wait_for,
	.wake32 = wake_all,
};

static const struct ck_ec_ops eager_ops = {
	.gettime = read_clock,
	.wait32 = wait_for,
	.wake32 = wake_all,
	.busy_loop_iter = 1,
};

static const struct {
	const char *name;
	struct ck_ec_mode mode;
	unsigned delay; /* in pauses, more than the waiter looks on */
} spins[] = {
	{ "ck_ec single, default spin", { &default_ops, true }, 300 },
	{ "ck_ec single, no spin", { &eager_ops, true }, 30 },
	{ "ck_ec multiple, no spin", { &eager_ops, false }, 30 },
};

static void pause_at_random(unsigned most)
{
	static unsigned seed = 1;

	for (unsigned i = (unsigned)rand_r(&seed) % most; i > 0; i--)
		ck_pr_stall();
}

static void store_into_missing_lines(struct encounter *encounter)
{
#if defined(__x86_64__) || defined(__i386__)
	for (unsigned i = 0; i < encounter->missing; i++)
		__builtin_ia32_clflush(&encounter->lines[i]);
#endif
	for (unsigned i = 0; i < encounter->missing; i++)
		ck_pr_store_32(&encounter->lines[i].word, i);
}

/* Follows the rounds of the waiter until it says 0. */
static int produce(void *context)
{
	struct encounter *encounter = context;
	uint32_t round;

	duet_meet(&encounter->start);
	for (uint32_t last = 0;; last = round) {
		do {
			round = ck_pr_load_32(&encounter->round.word);
		} while (round == last);
		if (round == 0)
			return 0;
		pause_at_random(encounter->delay);
		woke = false;
		store_into_missing_lines(encounter);
		ck_ec32_inc(&encounter->count, encounter->mode);
		ck_pr_store_32(&encounter->woke.word, woke);
		ck_pr_fence_store();
		ck_pr_store_32(&encounter->done.word, round);
	}
}

static void meet_once(struct encounter *encounter, uint32_t round)
{
	uint32_t before = ck_ec32_value(&encounter->count);

	called_kernel = false;
	slept_past_change = false;
	ck_pr_store_32(&encounter->round.word, round);
	pause_at_random(WAITER_DELAY + 8 * encounter->missing);
	ck_ec32_wait(&encounter->count, encounter->mode, before, NULL);
	while (ck_pr_load_32(&encounter->done.word) != round)
		ck_pr_stall();
	woke = ck_pr_load_32(&encounter->woke.word);
	encounter->rounds++;
	encounter->slept += called_kernel;
	encounter->overwritten += called_kernel && !woke;
	encounter->lost += slept_past_change && !woke;
}

static int await(void *context)
{
	struct encounter *encounter = context;

	duet_meet(&encounter->start);
	for (uint32_t round = 1; driver_now() < encounter->end; round++)
		meet_once(encounter, round);
	ck_pr_store_32(&encounter->round.word, 0);
	return 0;
}

static void watch(const int cpus[2], size_t spin, unsigned missing,
                  uint64_t length)
{
	struct encounter *encounter = duet_memory(sizeof(*encounter));
	const char *name = spins[spin].name;
	int result;

	ck_ec32_init(&encounter->count, 0);
	encounter->mode = &spins[spin].mode;
	encounter->delay = spins[spin].delay;
	encounter->missing = missing;
	encounter->end = driver_now() + length;
	result = duet_run(cpus, produce, await, encounter);
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", name, strerror(-result));
		exit(1);
	}
	driver_record("lost_wake", name, missing, "rounds",
	              (double)encounter->rounds);
	driver_record("lost_wake", name, missing, "slept",
	              (double)encounter->slept);
	driver_record("lost_wake", name, missing, "overwritten",
	              (double)encounter->overwritten);
	driver_record("lost_wake", name, missing, "lost",
	              (double)encounter->lost);
	duet_free(encounter, sizeof(*encounter));
}

int main(int argc, char **argv)
{
	static const unsigned missing[] = { 0, 4, 16 };
	struct effort effort = driver_start(argc, argv);
	uint64_t length = effort.quick ? 20000000 : 1500000000;
	int cpus[2];

	if (cpus_choose(cpus) < 2) {
		printf("# left out: lost_wake: there is only one CPU\n");
		return EXIT_SKIPPED;
	}
	for (size_t spin = 0; spin < sizeof(spins) / sizeof(*spins); spin++) {
		driver_round("lost_wake", (unsigned)spin, 3);
		for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++)
			watch(cpus, spin, missing[i], length);
	}
	return 0;
}
