/* SPDX-License-Identifier: MIT */
/*
 * Real processes at one queue that are killed, stopped, continued and replaced
 * at random, and every message accounted for.
 *
 * usage: queue_storm [SECONDS [PROCESSES]]
 *
 * Or WEIR_STORM_SECONDS=n for more than the usual time, and
 * WEIR_STORM_PROCESSES=n for 1 to 64 of them instead of 8.
 */
#include "child.h"
#include "queue_worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 8, ROUNDS_LEAST = 6, PROCESSES = 8, STALL_SECONDS = 30 };

/* How many messages a round has, and how long it lasts at most. */
enum { MESSAGES = 120000 };
#define ROUND WEIR_MS(1500)

/* How a round ends: by a shutdown, or with all killed once nobody begins to put
   any more, or amid everything. */
enum ending { SHUT_DOWN, KILLED, KILLED_AMID, ENDINGS };

static const struct weir_queue_options kinds[] = {
	{ .capacity = 3, .memory = 65536 },
	{ .capacity = 1000, .memory = 8192 },
	{ .capacity = 64, .memory = 250000 },
	{ .capacity = 1, .memory = 16384, .block_size = 1000 },
	{ .capacity = 200, .memory = 16384, .block_size = 32 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* One slot's processes: a group, so that a kill gets all of them at once. */
struct group {
	pid_t leader;
	bool stopped;
	bool doomed; /* it is going to die by itself, unless it has to wait */
};

/* What a failure must not leave behind. */
static struct game {
	struct worker root; /* as whom this process gets what is left */
	struct group groups[SLOTS_MOST];
	struct weir_queue_options options;
	enum ending ending;
	uint64_t random;
} game;

static struct sums {
	uint64_t put, got, kills, stops, forks, doubts;
} sums;

static int64_t seconds_wanted = SECONDS;
static uint32_t processes = PROCESSES;

static uint64_t any(uint64_t below)
{
	return random_next(&game.random) % below;
}

/* Two only put or only get, so that they may wait for ever. */
static void start(uint32_t slot, bool doomed)
{
	struct worker worker = game.root;
	struct page *page = book_page(&game.root.book, slot);
	pid_t child;

	worker.slot = slot;
	worker.doomed = doomed;
	worker.puts = processes == 1 || slot % 4 != 1;
	worker.gets = processes == 1 || slot % 4 != 0;
	worker.random = random_next(&game.random) | 1;
	word_write(&page->armed, 0);
	word_write(&page->ended, 0);
	word_add(&page->life, 1);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		setpgid(0, 0);
		worker_run(&worker);
		_exit(0);
	}
	setpgid(child, child);
	game.groups[slot] = (struct group){ .leader = child, .doomed = doomed };
}

/* Until nobody of the group is left; children of its dead are ours. */
static bool reap(uint32_t slot)
{
	bool well = true;
	int status;

	while (waitpid(-game.groups[slot].leader, &status, 0) > 0)
		well = well &&
		       (WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
		                            : WEXITSTATUS(status) == 0);
	game.groups[slot].leader = 0;
	return well;
}

static void end_slot(uint32_t slot)
{
	if (!word_read(&book_page(&game.root.book, slot)->armed)) {
		book_dying(&game.root.book, slot);
		kill(-game.groups[slot].leader, SIGKILL);
	}
	must(reap(slot));
	book_bury(&game.root.book, slot);
	sums.kills++;
}

static void stop_or_go(uint32_t slot)
{
	struct group *group = &game.groups[slot];

	group->stopped = !group->stopped;
	kill(-group->leader, group->stopped ? SIGSTOP : SIGCONT);
	sums.stops += group->stopped;
}

/* How many messages were put and taken by now. */
static uint64_t progress(uint32_t *put)
{
	uint64_t taken = 0;

	*put = 0;
	for (uint32_t i = 0; i < processes; i++) {
		const struct page *page = book_page(&game.root.book, i);

		*put += word_read(&page->next);
		taken += word_read(&page->taken);
	}
	return taken << 32 | *put;
}

/* For how long nothing was put or taken. */
static int64_t stalled(uint64_t *seen, int64_t *since)
{
	uint32_t put;
	uint64_t is = progress(&put);

	if (is != *seen) {
		*seen = is;
		*since = now();
	}
	return now() - *since;
}

/* After a while without progress there is more time for it. */
static void nap(int64_t stalled)
{
	uint64_t span = 2000000 + (uint64_t)stalled / 8;
	struct timespec time = { .tv_nsec = (long)any(span) };

	if (any(4) == 0)
		time.tv_nsec /= 100;
	nanosleep(&time, NULL);
}

/* Some rounds have no deaths of those who get, so that nothing is in doubt. */
static void strike(uint32_t slot, bool spare_getters)
{
	if (any(3) == 0 && !game.groups[slot].doomed) {
		stop_or_go(slot);
	} else if (!spare_getters || slot % 4 == 0) {
		end_slot(slot);
		start(slot, any(2));
	}
}

static void rage(bool spare_getters)
{
	int64_t since = now(), end = now() + ROUND;
	uint64_t seen = 0;
	uint32_t put = 0;

	if (game.ending == KILLED_AMID)
		end = now() + (int64_t)any(ROUND);
	while (put < game.root.book.each * processes / 2 && now() < end) {
		int64_t time = stalled(&seen, &since);

		must(time < WEIR_SECONDS(STALL_SECONDS));
		nap(time);
		strike((uint32_t)any(processes), spare_getters);
		progress(&put);
	}
}

static void all_go(void)
{
	for (uint32_t i = 0; i < processes; i++) {
		if (game.groups[i].stopped)
			stop_or_go(i);
		if (!game.groups[i].doomed)
			continue;
		end_slot(i);
		start(i, false);
	}
}

static bool all_ended(void)
{
	bool all = true;

	for (uint32_t i = 0; i < processes; i++)
		all = all && word_read(&book_page(&game.root.book, i)->ended);
	return all;
}

/* Each must see the end by itself. */
static void await_ends(void)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	int64_t since = now();
	uint64_t seen = 0;

	while (!all_ended() &&
	       stalled(&seen, &since) < WEIR_SECONDS(STALL_SECONDS))
		nanosleep(&pause, NULL);
	must(all_ended());
}

static void kill_all(void)
{
	for (uint32_t i = 0; i < processes; i++)
		book_dying(&game.root.book, i);
	for (uint32_t i = 0; i < processes; i++)
		kill(-game.groups[i].leader, SIGKILL);
	for (uint32_t i = 0; i < processes; i++) {
		must(reap(i));
		book_bury(&game.root.book, i);
	}
}

static void calm_down(void)
{
	struct timespec time = { .tv_nsec = (long)any(5000000) };

	if (game.ending != KILLED_AMID) {
		all_go();
		word_write(&game.root.book.ledger->quiet, 1);
		nanosleep(&time, NULL);
	}
	if (game.ending == SHUT_DOWN) {
		must_be(weir_queue_shutdown(game.root.queue, false), 0);
		await_ends();
	}
	kill_all();
}

/* The first call that waits finds out who is dead. */
static void get_the_rest(void)
{
	bool shut = game.ending == SHUT_DOWN;
	int code;

	do
		code = worker_get(&game.root,
		                  shut ? WEIR_FOREVER : WEIR_MS(100));
	while (code == 0);
	must_be(code, shut ? -ESHUTDOWN : -ETIMEDOUT);
	must_be(weir_queue_size(game.root.queue), 0);
	must(weir_queue_empty(game.root.queue));
}

static uint32_t count_unfinished(void)
{
	uint32_t count = 0;
	int code;

	while ((code = weir_queue_task_done(game.root.queue)) == 0)
		count++;
	must_be(code, -EOVERFLOW);
	must_be(weir_queue_join(game.root.queue, WEIR_NOWAIT), 0);
	return count;
}

static void make_queue(uint64_t number)
{
	struct weir_queue_options *options = &game.options;
	struct weir_region *region = NULL;

	*options = kinds[number % KINDS];
	if (number % 4 == 3) {
		must_be(weir_region_create(&region, NULL, 2 << 20, NULL), 0);
		options->segment.region = game.root.region = region;
	}
	must_be(weir_queue_create(&game.root.queue, region ? STORM_NAME : NULL,
	                          options),
	        0);
}

static void forget_queue(void)
{
	weir_queue_close(game.root.queue);
	weir_region_close(game.root.region);
	game.root.queue = NULL;
	game.root.region = NULL;
}

static void add_up(void)
{
	const struct ledger *ledger = game.root.book.ledger;

	for (uint32_t i = 0; i <= SLOTS_MOST; i++) {
		sums.put += ledger->pages[i].next;
		sums.got += ledger->pages[i].taken;
		sums.forks += ledger->pages[i].forks;
	}
	sums.doubts += ledger->get_doubts;
}

static void run_round(uint64_t number)
{
	game = (struct game){
		.root = { .root = getpid(), .slot = ROOT_SLOT },
		.ending = (enum ending)(number % ENDINGS),
		.random = number * UINT64_C(0x9e3779b97f4a7c15) + 1,
	};
	alarm(CASE_SECONDS);
	book_new(&game.root.book, processes, MESSAGES / processes);
	make_queue(number);
	for (uint32_t i = 0; i < processes; i++)
		start(i, false);
	rage(number % 5 == 4);
	calm_down();
	get_the_rest();
	book_balance(&game.root.book, count_unfinished());
	if (game.ending != SHUT_DOWN)
		must_be_nominal(game.root.queue, &game.options);
	add_up();
	forget_queue();
	book_end(&game.root.book);
}

static void test_every_message_of_a_storm_is_accounted_for(void **state)
{
	int64_t end = now() + WEIR_SECONDS(seconds_wanted);
	uint64_t rounds = 0;

	while (rounds < ROUNDS_LEAST || now() < end)
		run_round(rounds++);
	print_message(
		"%llu rounds of %u processes: %llu messages put, %llu "
		"taken; %llu killed, %llu stopped, %llu forked; %llu "
		"messages may have gone with a getter\n",
		(unsigned long long)rounds, processes,
		(unsigned long long)sums.put, (unsigned long long)sums.got,
		(unsigned long long)sums.kills, (unsigned long long)sums.stops,
		(unsigned long long)sums.forks,
		(unsigned long long)sums.doubts);
}

/* After a failure: nobody of the round stays. */
static int storm_end(void **state)
{
	for (uint32_t i = 0; i < SLOTS_MOST; i++) {
		if (game.groups[i].leader == 0)
			continue;
		kill(-game.groups[i].leader, SIGKILL);
		reap(i);
	}
	forget_queue();
	book_end(&game.root.book);
	return case_end(state);
}

/* From the command line, or else the environment. */
static int64_t wanted(int count, char **words, int which, const char *variable,
                      int64_t usual)
{
	const char *text = count > which ? words[which] : getenv(variable);

	return text ? strtoll(text, NULL, 10) : usual;
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_every_message_of_a_storm_is_accounted_for,
			case_begin, storm_end),
	};

	seconds_wanted = wanted(count, words, 1, "WEIR_STORM_SECONDS", SECONDS);
	processes = (uint32_t)wanted(count, words, 2, "WEIR_STORM_PROCESSES",
	                             PROCESSES);
	if (processes < 1 || processes > SLOTS_MOST)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
