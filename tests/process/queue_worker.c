/* SPDX-License-Identifier: MIT */
#include "queue_worker.h"

#include "child.h"

#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bool worker_chance(struct worker *worker, uint64_t often)
{
	return random_next(&worker->random) % often == 0;
}

enum { DOOMED_AFTER = 40 };

/* Only who does nothing else may wait for ever. */
int64_t worker_time(struct worker *worker)
{
	static const int64_t times[] = { WEIR_NOWAIT, WEIR_NOWAIT, WEIR_US(100),
		                         WEIR_MS(2) };

	if (!(worker->puts && worker->gets) && !worker_chance(worker, 4))
		return WEIR_FOREVER;
	return times[random_next(&worker->random) % 4];
}

/* The child of a process that has something in hand has nothing. */
static void must_have_no_part_in(struct worker *worker,
                                 const struct weir_loan *loan,
                                 const struct weir_lease *lease)
{
	struct weir_loan no_loan = loan ? *loan : (struct weir_loan){ 0 };
	struct weir_lease no_lease = lease ? *lease : (struct weir_lease){ 0 };

	must_be(weir_queue_commit(worker->queue, &no_loan), -EPERM);
	weir_queue_abandon(worker->queue, &no_loan);
	must_be(weir_queue_done(worker->queue, &no_lease), -EPERM);
	must_be(weir_queue_giveback(worker->queue, &no_lease), -EPERM);
}

static void have_child(struct worker *worker, const struct weir_loan *loan,
                       const struct weir_lease *lease)
{
	int status;
	pid_t child = fork();

	must(child >= 0);
	if (child == 0) {
		must_have_no_part_in(worker, loan, lease);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0)
		must_be(errno, EINTR);
	must(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A child goes on; what this process has in hand goes with this process. */
static void hand_over(struct worker *worker, const struct weir_loan *loan,
                      const struct weir_lease *lease)
{
	struct page *page = book_page(&worker->book, worker->slot);

	book_may_go(&worker->book, worker->slot);
	life_hand_over(&worker->life);
	word_add(&page->life, 1);
	word_add(&page->forks, 1);
	book_write(&worker->book, worker->slot, RESTING, 0, EMPTY);
	must_have_no_part_in(worker, loan, lease);
}

bool worker_keep(struct worker *worker, const struct weir_loan *loan,
                 const struct weir_lease *lease)
{
	struct timespec time = { .tv_nsec = 50000 };

	if (worker_chance(worker, 4))
		sched_yield();
	if (worker_chance(worker, 50))
		nanosleep(&time, NULL);
	if (!worker->doomed && worker_chance(worker, 500))
		have_child(worker, loan, lease);
	if (worker->doomed || !worker_chance(worker, 300))
		return true;
	hand_over(worker, loan, lease);
	return false;
}

/* A handle of one's own in place of the inherited one. */
static void open_again(struct worker *worker)
{
	struct weir_queue *queue;
	struct weir_region *region = NULL;

	if (worker->region) {
		must_be(weir_region_open_fd(&region,
		                            weir_region_fd(worker->region)),
		        0);
		must_be(weir_queue_open_in(&queue, region, STORM_NAME), 0);
	} else {
		must_be(weir_queue_open_fd(&queue,
		                           weir_queue_fd(worker->queue)),
		        0);
	}
	weir_queue_close(worker->queue);
	weir_region_close(worker->region);
	worker->queue = queue;
	worker->region = region;
}

static void must_be_a_wait(ssize_t code)
{
	must(code == -EAGAIN || code == -ETIMEDOUT || code == -ESHUTDOWN);
}

static void stop_putting(struct worker *worker, int code)
{
	const struct page *page = book_page(&worker->book, worker->slot);

	if (code < 0)
		must_be_a_wait(code);
	worker->puts = code != -ESHUTDOWN &&
	               word_read(&page->next) < worker->book.each &&
	               !word_read(&worker->book.ledger->quiet);
}

/*
 * Soon after `turns` turns of its work, in which it pays for its first touch of
 * everything, which takes longer than all that follows.
 */
static void die_soon(struct worker *worker, uint64_t turns)
{
	uint64_t span = UINT64_C(1000) << random_next(&worker->random) % 9;

	if (!worker->doomed || turns != DOOMED_AFTER)
		return;
	book_may_go(&worker->book, worker->slot);
	word_write(&book_page(&worker->book, worker->slot)->armed, 1);
	die_after(1 + (int64_t)(random_next(&worker->random) % span));
}

void worker_run(struct worker *worker)
{
	struct page *page = book_page(&worker->book, worker->slot);
	int code;

	life_begin(&worker->life, worker->root);
	if (worker_chance(worker, 3))
		open_again(worker);
	if (worker->puts)
		stop_putting(worker, 0);
	for (uint64_t i = 0; worker->puts || worker->gets; i++) {
		die_soon(worker, i);
		if (worker->puts && (!worker->gets || worker_chance(worker, 2)))
			stop_putting(worker, worker_put(worker));
		if (worker->gets &&
		    (!worker->puts || worker_chance(worker, 2))) {
			code = worker_get_somehow(worker);
			if (code < 0)
				must_be_a_wait(code);
			worker->gets = code != -ESHUTDOWN;
		}
		if (!worker->doomed && worker_chance(worker, 1000))
			hand_over(worker, NULL, NULL);
		life_bind(&worker->life);
	}
	word_write(&page->ended, 1);
}
