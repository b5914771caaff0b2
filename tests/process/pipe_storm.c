/* SPDX-License-Identifier: MIT */
/*
 * Real processes under load that are killed, stopped and replaced at random.
 * WEIR_STORM_ROUNDS=n for more than the usual number of rounds.
 */
#include "storm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 60, STALL_SECONDS = 10 };

/* How a round ends: by itself, or with one side gone for good. */
enum ending { ALL_SENT, SENDER_GONE, RECEIVER_GONE, ENDINGS };

struct sums {
	uint64_t sent, got, missed, half_sent;
	uint64_t kills[2], stops[2], forks;
};

/* One end's processes: a group, so that a kill gets all of them at once. */
struct side {
	pid_t group;
	bool stopped;
};

struct round {
	struct storm storm;
	struct side sides[2]; /* 0 receives, 1 sends */
	struct sums *sums;
	enum ending ending;
	uint64_t random;
};

static void start(struct round *round, int side)
{
	pid_t child;

	round->storm.seed = random_next(&round->random) | 1;
	child = fork();
	must(child >= 0);
	if (child == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(CASE_SECONDS);
		setpgid(0, 0);
		if (side == 1)
			storm_send(&round->storm);
		else
			storm_receive(&round->storm);
		_exit(0);
	}
	setpgid(child, child);
	round->sides[side] = (struct side){ .group = child };
}

/* Nobody of the group is left; children of its dead are ours by now. */
static void reap(struct round *round, int side)
{
	int status;

	while (waitpid(-round->sides[side].group, &status, 0) > 0)
		must((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
		     WIFSIGNALED(status));
	round->sides[side].group = 0;
}

static void kill_side(struct round *round, int side)
{
	struct ledger *ledger = round->storm.ledger;

	kill(-round->sides[side].group, SIGKILL);
	reap(round, side);
	round->sums->kills[side]++;
	/* Recording what it got is the last thing a receiver does. */
	if (side == 0 && ledger->receiving) {
		ledger->may_miss++;
		ledger->receiving = 0;
	}
}

static void nap(struct round *round)
{
	struct timespec time = {
		.tv_nsec = (long)(random_next(&round->random) % 3000000),
	};

	if (random_next(&round->random) % 4 == 0)
		time.tv_nsec /= 100;
	nanosleep(&time, NULL);
}

static void stop_or_go(struct round *round, int side)
{
	struct side *it = &round->sides[side];

	it->stopped = !it->stopped;
	kill(-it->group, it->stopped ? SIGSTOP : SIGCONT);
	round->sums->stops[side] += it->stopped;
}

static bool finished(const struct round *round)
{
	const struct ledger *ledger = round->storm.ledger;
	uint32_t tried = __atomic_load_n(&ledger->tried, __ATOMIC_SEQ_CST);
	uint32_t next = __atomic_load_n(&ledger->next, __ATOMIC_SEQ_CST);

	if (round->ending == ALL_SENT)
		return tried >= round->storm.messages;
	return next >= round->storm.messages / 2;
}

static void fail_on_stall(const struct round *round, uint64_t *seen,
                          int64_t *since)
{
	const struct ledger *ledger = round->storm.ledger;
	uint64_t progress = (uint64_t)ledger->tried << 32 | ledger->taken;

	if (progress != *seen) {
		*seen = progress;
		*since = now();
	}
	must(now() - *since < WEIR_SECONDS(STALL_SECONDS));
}

static void rage(struct round *round)
{
	uint64_t seen = 0;
	int64_t since = now();

	while (!finished(round)) {
		int side = (int)(random_next(&round->random) % 2);

		nap(round);
		fail_on_stall(round, &seen, &since);
		if (random_next(&round->random) % 2) {
			stop_or_go(round, side);
			continue;
		}
		kill_side(round, side);
		start(round, side);
	}
	for (int side = 0; side < 2; side++) {
		if (round->sides[side].stopped)
			stop_or_go(round, side);
	}
}

/* The ends that this process held for successors go as well. */
static void calm_down(struct round *round)
{
	if (round->ending == SENDER_GONE)
		kill_side(round, 1);
	if (round->ending == RECEIVER_GONE)
		kill_side(round, 0);
	weir_pipe_close(round->storm.ends[1]);
	weir_pipe_close(round->storm.ends[0]);
	if (round->sides[1].group)
		reap(round, 1);
	if (round->sides[0].group)
		reap(round, 0);
}

static void balance(struct round *round)
{
	struct ledger *ledger = round->storm.ledger;
	struct sums *sums = round->sums;
	uint32_t lost = 0;

	for (uint32_t i = 0; i < round->storm.messages; i++) {
		sums->sent += ledger->sent[i];
		sums->got += ledger->got[i];
		sums->half_sent += ledger->got[i] && !ledger->sent[i];
		lost += ledger->sent[i] && !ledger->got[i];
	}
	sums->missed += ledger->missed;
	sums->forks += ledger->forks;
	if (round->ending == RECEIVER_GONE) {
		must(ledger->send_code == -EPIPE ||
		     ledger->tried == round->storm.messages);
		return;
	}
	must_be(ledger->receive_done, 1);
	/* The last receiver found nothing, or all the rest. */
	must(lost <= ledger->missed + ledger->may_miss);
}

static void run_round(struct sums *sums, uint64_t number)
{
	struct round round = {
		.sums = sums,
		.ending = (enum ending)(number % ENDINGS),
		.random = number * UINT64_C(0x9e3779b97f4a7c15) + 1,
		.storm = { .messages = STORM_MESSAGES },
	};
	size_t size = (size_t)4096 << (number % 3);

	round.storm.largest = number % 2 ? STORM_LARGEST : 1500;
	round.storm.ledger = shared_new(sizeof(struct ledger));
	pair(round.storm.ends, size, number % 4 != 0);
	start(&round, 0);
	start(&round, 1);
	alarm(CASE_SECONDS);
	rage(&round);
	calm_down(&round);
	balance(&round);
	shared_free(round.storm.ledger, sizeof(struct ledger));
}

static uint64_t rounds_wanted(void)
{
	const char *text = getenv("WEIR_STORM_ROUNDS");

	return text ? strtoull(text, NULL, 10) : ROUNDS;
}

static void test_every_message_of_a_storm_is_accounted_for(void **state)
{
	struct sums sums = { .sent = 0 };
	uint64_t rounds = rounds_wanted();

	for (uint64_t i = 0; i < rounds; i++)
		run_round(&sums, i);
	print_message("%llu rounds: %llu messages sent, %llu received; "
	              "%llu senders and %llu receivers killed, "
	              "%llu and %llu stopped, %llu forked\n"
	              "%llu messages came of a send that was killed, "
	              "%llu went with a receiver that had them in hand\n",
	              (unsigned long long)rounds, (unsigned long long)sums.sent,
	              (unsigned long long)sums.got,
	              (unsigned long long)sums.kills[1],
	              (unsigned long long)sums.kills[0],
	              (unsigned long long)sums.stops[1],
	              (unsigned long long)sums.stops[0],
	              (unsigned long long)sums.forks,
	              (unsigned long long)sums.half_sent,
	              (unsigned long long)sums.missed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_every_message_of_a_storm_is_accounted_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
