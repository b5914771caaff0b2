/* SPDX-License-Identifier: MIT */
#include "sync_rage.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t rage_seconds;

void pause_for(int64_t nanoseconds)
{
	struct timespec time = { 0, nanoseconds };

	nanosleep(&time, NULL);
}

static void live(void *argument)
{
	struct storm *storm = argument;
	int number = storm->number;

	for (;;)
		storm->work(storm, number);
}

static pid_t start(struct storm *storm, int number)
{
	atomic_store(&storm->ledger->doing[number], NOTHING);
	storm->number = number;
	return child_start(live, storm);
}

static void count_death(struct storm *storm, int number)
{
	int doing = atomic_load(&storm->ledger->doing[number]);
	int inside = number + 1;

	storm->sure += doing == HAVING;
	storm->unsure += doing == TAKING || doing == GIVING;
	atomic_compare_exchange_strong(&storm->ledger->inside, &inside, 0);
}

/* It stands still where the ledger says whether it has the lock. */
static bool stands_clear(struct storm *storm, pid_t worker, int number)
{
	int status, doing;

	must_be(kill(worker, SIGSTOP), 0);
	must_be(waitpid(worker, &status, WUNTRACED), worker);
	must(WIFSTOPPED(status));
	doing = atomic_load(&storm->ledger->doing[number]);
	return doing == HAVING || doing == NOTHING;
}

static void strike(struct storm *storm, pid_t worker, int number)
{
	int status;

	while (storm->exact && !stands_clear(storm, worker, number)) {
		must_be(kill(worker, SIGCONT), 0);
		sched_yield();
	}
	must_be(kill(worker, SIGKILL), 0);
	status = child_wait(worker);
	/* Not by itself, because something was not as it must be. */
	must(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	count_death(storm, number);
	storm->kills++;
}

void rage(struct storm *storm, void (*after)(struct storm *storm))
{
	int64_t end = now() + WEIR_SECONDS(rage_seconds) / RAGE_CASES;
	pid_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		workers[i] = start(storm, i);
	while (storm->kills < storm->least || now() < end) {
		uint64_t chance = random_next(&storm->seed);
		int number = (int)(chance % WORKERS);

		alarm(CASE_SECONDS);
		pause_for((int64_t)(chance >> 32) % 4000000);
		strike(storm, workers[number], number);
		workers[number] = start(storm, number);
		if (after)
			after(storm);
	}
	for (int i = 0; i < WORKERS; i++)
		strike(storm, workers[i], i);
	print_message("%d were killed\n", storm->kills);
}

void storm_begin(struct storm *storm,
                 void (*work)(struct storm *storm, int number))
{
	*storm = (struct storm){ .work = work,
		                 .seed = 88172645463325252u,
		                 .least = KILLS };
	storm->ledger = shared_new(sizeof(*storm->ledger));
}

void storm_end(struct storm *storm)
{
	shared_free(storm->ledger, sizeof(*storm->ledger));
}
