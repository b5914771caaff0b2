/* SPDX-License-Identifier: MIT */
/*
 * The parent of the workers.  It puts tasks as long as there is room for them,
 * gets results, replaces the dead, and waits for nobody without a limit.
 */
#include "compress_tree.h"

#include <errno.h>
#include <string.h>

struct collector {
	struct ledger *ledger;
	struct crew *crew;
	struct queues queues;
	struct tree tree;
	struct chunk next;
	bool fed; /* there is no next */
	double last_result;
};

/* Rooms that are often full, and hold at most 8 MiB of results. */
static void make_queues(struct queues *queues)
{
	struct weir_queue_options tasks = { .capacity = 256 };
	struct weir_queue_options results = { .capacity = 1024,
		                              .block_size = 4096,
		                              .memory = 8 << 20 };

	check("create the tasks",
	      weir_queue_create(&queues->tasks, NULL, &tasks));
	check("create the results",
	      weir_queue_create(&queues->results, NULL, &results));
}

static void feed(struct collector *collector)
{
	struct chunk *next = &collector->next;
	int code;

	while (!collector->fed) {
		code = weir_queue_put(collector->queues.tasks, next,
		                      chunk_message_size(next), WEIR_NOWAIT);
		if (code == -EAGAIN)
			return;
		check("put a task", code);
		collector->ledger->tasks_put++;
		collector->fed = !tree_next(&collector->tree, next);
	}
}

static bool collect(struct collector *collector, int64_t timeout)
{
	static struct result result;
	ssize_t size = weir_queue_get(collector->queues.results, &result,
	                              sizeof(result), timeout);

	if (size == -EAGAIN || size == -ETIMEDOUT)
		return false;
	check("get a result", size);
	if ((size_t)size < offsetof(struct result, bytes))
		die("a result of %zd bytes", size);
	ledger_enter(collector->ledger, collector->crew, &result,
	             (size_t)size - offsetof(struct result, bytes));
	collector->last_result = now();
	return true;
}

static bool stalled(const struct collector *collector)
{
	return now() - collector->last_result > STALL_SECONDS;
}

/* All tasks are done: every result that there will be has been put. */
static bool finished(struct collector *collector)
{
	int code;

	if (!collector->fed)
		return false;
	code = weir_queue_join(collector->queues.tasks, WEIR_NOWAIT);
	if (code == -EAGAIN)
		return false;
	check("join", code);
	return true;
}

static void let_work(struct collector *collector)
{
	struct ledger *ledger = collector->ledger;
	struct crew *crew = collector->crew;

	collector->last_result = now();
	while (!finished(collector) && !stalled(collector)) {
		feed(collector);
		collect(collector, crew_patience(crew));
		crew_kill_if_due(crew, ledger->chunks_got, ledger->count);
		crew_replace(crew);
	}
}

/* The workers see the shutdown; those that do not are killed. */
static bool send_home(struct collector *collector)
{
	double begun = now();
	bool patient = true;

	check("shut down", weir_queue_shutdown(collector->queues.tasks, false));
	while (!crew_ended(collector->crew)) {
		collect(collector, WEIR_MS(1));
		if (patient && now() - begun > STALL_SECONDS) {
			crew_kill_all(collector->crew);
			patient = false;
		}
		if (now() - begun > 2 * STALL_SECONDS)
			die("a worker does not even die of SIGKILL");
	}
	while (collect(collector, WEIR_NOWAIT))
		;
	return patient;
}

bool collect_all(struct ledger *ledger, struct crew *crew, const char *folder,
                 size_t workers, unsigned kills)
{
	static struct collector collector;
	bool patient;

	collector.ledger = ledger;
	collector.crew = crew;
	make_queues(&collector.queues);
	tree_open(&collector.tree, folder);
	collector.fed = !tree_next(&collector.tree, &collector.next);
	crew_start(crew, &collector.queues, workers, kills);
	let_work(&collector);
	patient = !stalled(&collector);
	if (!patient)
		crew_kill_all(crew);
	patient = send_home(&collector) && patient;
	tree_close(&collector.tree);
	weir_queue_close(collector.queues.tasks);
	weir_queue_close(collector.queues.results);
	ledger_close(ledger, crew);
	return patient;
}
