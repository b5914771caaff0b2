/* SPDX-License-Identifier: MIT */
/*
 * The workers' births and deaths.  A pid is signalled only before it is waited
 * for, so that it cannot be anybody else's.
 */
#include "compress_tree.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static uint32_t dice(void)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void start_worker(struct crew *crew, struct worker *worker)
{
	pid_t parent = getpid();
	uint32_t number = crew->born++;

	if (number == crew->born_most)
		die("%u workers died; does something kill them all?", number);
	worker->killed = false;
	worker->pid = fork();
	if (worker->pid < 0)
		die("fork: %s; try fewer --workers", strerror(errno));
	if (worker->pid > 0)
		return;
	/* No worker outlives the parent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	worker_run(crew->queues, number, &crew->accounts[number]);
}

void crew_start(struct crew *crew, const struct queues *queues, size_t size,
                unsigned kills)
{
	memset(crew, 0, sizeof(*crew));
	crew->queues = queues;
	crew->size = size;
	crew->kills = kills;
	/* Twice as many as needed: others may kill some, too. */
	crew->born_most = 2 * ((uint32_t)size + kills);
	crew->accounts =
		mmap(NULL, crew->born_most * sizeof(struct account),
	             PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (crew->accounts == MAP_FAILED)
		die("mmap: %s; try fewer --kills", strerror(errno));
	for (size_t i = 0; i < size; i++)
		start_worker(crew, &crew->workers[i]);
}

/* A random moment in the next 4 ms, a random worker. */
void crew_kill_if_due(struct crew *crew, uint64_t got, uint64_t of)
{
	struct worker *victim = &crew->workers[dice() % crew->size];

	if (crew->killed == crew->kills ||
	    got * (crew->kills + 1) < of * (crew->killed + 1))
		return;
	if (!crew->armed)
		crew->next_kill = now() + dice() % 4000 * 1e-6;
	crew->armed = true;
	if (now() < crew->next_kill || victim->pid == 0 || victim->killed)
		return;
	crew->armed = false;
	if (kill(victim->pid, SIGKILL) < 0)
		die("kill a worker: %s", strerror(errno));
	victim->killed = true;
	crew->killed++;
}

int64_t crew_patience(const struct crew *crew)
{
	double left = crew->next_kill - now();

	if (!crew->armed || left > 0.01)
		return WEIR_MS(10);
	return left > 0 ? (int64_t)(left * 1e9) : 0;
}

/* The place of a worker that has ended, or NULL.  Killed is fine, a failure is
   not. */
static struct worker *ended(struct crew *crew, bool *killed)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	if (pid <= 0)
		return NULL;
	*killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	if (!*killed && status != 0)
		die("a worker failed: %s %d",
		    WIFEXITED(status) ? "exit" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	crew->died += *killed;
	for (size_t i = 0; i < crew->size; i++) {
		if (crew->workers[i].pid == pid) {
			crew->workers[i].pid = 0;
			return &crew->workers[i];
		}
	}
	die("child %d is not a worker", (int)pid);
}

void crew_replace(struct crew *crew)
{
	struct worker *worker;
	bool killed;

	while ((worker = ended(crew, &killed))) {
		if (!killed)
			die("a worker ended before the work did");
		start_worker(crew, worker);
	}
}

bool crew_ended(struct crew *crew)
{
	bool killed;

	while (ended(crew, &killed))
		;
	for (size_t i = 0; i < crew->size; i++) {
		if (crew->workers[i].pid != 0)
			return false;
	}
	return true;
}

void crew_kill_all(struct crew *crew)
{
	for (size_t i = 0; i < crew->size; i++) {
		if (crew->workers[i].pid != 0)
			kill(crew->workers[i].pid, SIGKILL);
	}
}
