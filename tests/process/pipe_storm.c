/* SPDX-License-Identifier: MIT */
/*
 * Real processes under load that are killed, stopped and replaced at random.
 * WEIR_STORM_SECONDS=n for more than the usual time.
 */
#include "storm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 20, ROUNDS_LEAST = 12, STALL_SECONDS = 30 };

/* How a round ends: by itself, or with one side or both gone for good. */
enum ending { ALL_SENT, SENDER_GONE, RECEIVER_GONE, BOTH_GONE, ENDINGS };

struct sums {
	uint64_t sent, got, lost, half_sent;
	uint64_t kills[2], stops[2], forks[2];
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

/* What a failure must not leave behind. */
static struct round game;

static void start(int side)
{
	pid_t child;

	game.storm.seed = random_next(&game.random) | 1;
	child = fork();
	must(child >= 0);
	if (child == 0) {
		setpgid(0, 0);
		if (side == 1)
			storm_send(&game.storm);
		else
			storm_receive(&game.storm);
		_exit(0);
	}
	setpgid(child, child);
	game.sides[side] = (struct side){ .group = child };
}

/* Ends when nobody of the group is left; children of its dead are ours. */
static bool reap(int side, bool killed)
{
	int status;
	bool well = true;

	while (waitpid(-game.sides[side].group, &status, 0) > 0)
		well = well && (WIFSIGNALED(status)
		                        ? killed && WTERMSIG(status) == SIGKILL
		                        : WEXITSTATUS(status) == 0);
	game.sides[side].group = 0;
	return well;
}

static void kill_side(int side)
{
	kill(-game.sides[side].group, SIGKILL);
	must(reap(side, true));
	game.sums->kills[side]++;
	if (side == 0)
		storm_bury(game.storm.ledger);
	if (side == 0 && random_next(&game.random) % 2)
		child_join(child_start(storm_look, &game.storm));
}

/* After a while without progress there is more time for it. */
static void nap(int64_t stalled)
{
	uint64_t span = 3000000 + (uint64_t)stalled / 8;
	struct timespec time = {
		.tv_nsec = (long)(random_next(&game.random) % span),
	};

	if (random_next(&game.random) % 4 == 0)
		time.tv_nsec /= 100;
	nanosleep(&time, NULL);
}

static void stop_or_go(int side)
{
	struct side *it = &game.sides[side];

	it->stopped = !it->stopped;
	kill(-it->group, it->stopped ? SIGSTOP : SIGCONT);
	game.sums->stops[side] += it->stopped;
}

static bool finished(void)
{
	const struct ledger *ledger = game.storm.ledger;
	uint32_t tried = __atomic_load_n(&ledger->tried, __ATOMIC_SEQ_CST);

	if (game.ending == ALL_SENT)
		return tried >= game.storm.messages;
	return storm_next(ledger) >= game.storm.messages / 2;
}

/* For how long nothing was sent or received. */
static int64_t stalled(uint64_t *seen, int64_t *since)
{
	const struct ledger *ledger = game.storm.ledger;
	uint32_t tried = __atomic_load_n(&ledger->tried, __ATOMIC_SEQ_CST);
	uint64_t progress = (uint64_t)tried << 32 | storm_next(ledger);

	if (progress != *seen) {
		*seen = progress;
		*since = now();
	}
	return now() - *since;
}

static void rage(void)
{
	uint64_t seen = 0;
	int64_t since = now();

	while (!finished()) {
		int side = (int)(random_next(&game.random) % 2);
		int64_t time = stalled(&seen, &since);

		must(time < WEIR_SECONDS(STALL_SECONDS));
		nap(time);
		if (random_next(&game.random) % 2) {
			stop_or_go(side);
			continue;
		}
		kill_side(side);
		start(side);
	}
	for (int side = 0; side < 2; side++) {
		if (game.sides[side].stopped)
			stop_or_go(side);
	}
}

/* All who received are dead; what they left is for us. */
static void receive_the_rest(void)
{
	int64_t number;

	do
		number = storm_receive_one(&game.storm);
	while (number >= 0);
	must_be(number, -EPIPE);
	game.storm.ledger->receive_done = 1;
}

/* The ends that this process held for successors go as well. */
static void calm_down(void)
{
	struct weir_pipe **ends = game.storm.ends;

	if (game.ending == SENDER_GONE || game.ending == BOTH_GONE)
		kill_side(1);
	if (game.ending == RECEIVER_GONE || game.ending == BOTH_GONE)
		kill_side(0);
	weir_pipe_close(ends[1]);
	ends[1] = NULL;
	if (game.ending == BOTH_GONE)
		receive_the_rest();
	weir_pipe_close(ends[0]);
	ends[0] = NULL;
	for (int side = 1; side >= 0; side--) {
		if (game.sides[side].group)
			must(reap(side, false));
	}
}

/* Each message came, or was lost with a receiver, or was never sent. */
static void balance(size_t size)
{
	struct ledger *ledger = game.storm.ledger;
	struct sums *sums = game.sums;
	uint32_t left = 0;

	if (game.ending != RECEIVER_GONE) {
		must_be(ledger->receive_done, 1);
		storm_account(ledger, game.storm.messages);
	}
	for (uint32_t i = 0; i < game.storm.messages; i++) {
		sums->sent += ledger->sent[i];
		sums->got += ledger->got[i];
		sums->lost += ledger->lost[i];
		sums->half_sent += ledger->got[i] && !ledger->sent[i];
		must(!ledger->got[i] || !ledger->lost[i]);
		left += ledger->sent[i] && !ledger->got[i] && !ledger->lost[i];
	}
	sums->forks[0] += ledger->receive_forks;
	sums->forks[1] += ledger->send_forks;
	if (game.ending == RECEIVER_GONE) {
		/* No more than the ring holds, and one in hand. */
		must(left <= size / STORM_RECORD + 1);
		must(ledger->send_code == -EPIPE ||
		     ledger->tried == game.storm.messages);
	} else {
		must_be(left, 0);
	}
}

static void run_round(struct sums *sums, uint64_t number)
{
	size_t size = (size_t)4096 << (number % 3);

	game = (struct round){
		.sums = sums,
		.ending = (enum ending)(number % ENDINGS),
		.random = number * UINT64_C(0x9e3779b97f4a7c15) + 1,
		.storm = { .root = getpid(), .messages = STORM_MESSAGES },
	};
	game.storm.seed = number + 1;
	game.storm.largest = number / 3 % 2 ? STORM_LARGEST : 1500;
	game.storm.ledger = shared_new(sizeof(struct ledger));
	pair(game.storm.ends, size, number % 5 != 0);
	alarm(CASE_SECONDS);
	start(0);
	start(1);
	rage();
	calm_down();
	balance(size);
	shared_free(game.storm.ledger, sizeof(struct ledger));
	game.storm.ledger = NULL;
}

static int64_t time_wanted(void)
{
	const char *text = getenv("WEIR_STORM_SECONDS");

	return WEIR_SECONDS(text ? strtoll(text, NULL, 10) : SECONDS);
}

static void print_sums(uint64_t rounds, const struct sums *sums)
{
	print_message("%llu rounds: %llu messages sent, %llu received; "
	              "%llu senders and %llu receivers killed, "
	              "%llu and %llu stopped, %llu and %llu forked\n"
	              "%llu messages came of a send that was killed, "
	              "%llu went with a receiver that had them in hand\n",
	              (unsigned long long)rounds,
	              (unsigned long long)sums->sent,
	              (unsigned long long)sums->got,
	              (unsigned long long)sums->kills[1],
	              (unsigned long long)sums->kills[0],
	              (unsigned long long)sums->stops[1],
	              (unsigned long long)sums->stops[0],
	              (unsigned long long)sums->forks[1],
	              (unsigned long long)sums->forks[0],
	              (unsigned long long)sums->half_sent,
	              (unsigned long long)sums->lost);
}

static void test_every_message_of_a_storm_is_accounted_for(void **state)
{
	struct sums sums = { .sent = 0 };
	int64_t end = now() + time_wanted();
	uint64_t rounds = 0;

	while (rounds < ROUNDS_LEAST || now() < end)
		run_round(&sums, rounds++);
	print_sums(rounds, &sums);
}

/* After a failure: nobody of the round stays. */
static int storm_end(void **state)
{
	for (int side = 0; side < 2; side++) {
		if (game.sides[side].group == 0)
			continue;
		kill(-game.sides[side].group, SIGKILL);
		reap(side, true);
	}
	weir_pipe_close(game.storm.ends[0]);
	weir_pipe_close(game.storm.ends[1]);
	game.storm.ends[0] = game.storm.ends[1] = NULL;
	return case_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_every_message_of_a_storm_is_accounted_for,
			case_begin, storm_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
