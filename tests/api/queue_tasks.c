/* SPDX-License-Identifier: MIT */
/* Unfinished tasks, and who waits for them. */
#include "child.h"
#include "queues.h"

#include <unistd.h>

struct joiner {
	struct weir_queue *queue;
	int *joined; /* shared */
	int ready;
};

static void joiner_begin(struct joiner *joiner, size_t capacity)
{
	joiner->queue = queue_of(capacity);
	joiner->joined = shared_new(sizeof(*joiner->joined));
	joiner->ready = step_new();
}

static void joiner_end(struct joiner *joiner)
{
	step_free(joiner->ready);
	shared_free(joiner->joined, sizeof(*joiner->joined));
	weir_queue_close(joiner->queue);
}

static void work_until_shutdown(void *argument)
{
	struct weir_queue *queue = argument;
	uint64_t number;
	ssize_t size;

	while ((size = weir_queue_get(queue, &number, 8, WEIR_FOREVER)) == 8)
		must_be(weir_queue_task_done(queue), 0);
	must_be(size, -ESHUTDOWN);
}

static void test_j1_join_returns_when_four_workers_did_all(void **state)
{
	enum { WORKERS = 4, TASKS = 10 };
	struct weir_queue *queue = queue_of(TASKS);
	pid_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		workers[i] = child_start(work_until_shutdown, queue);
	for (int round = 0; round < 100; round++) {
		for (uint64_t i = 0; i < TASKS; i++)
			must_be(weir_queue_put(queue, &i, 8, WEIR_FOREVER), 0);
		must_be(weir_queue_join(queue, WEIR_FOREVER), 0);
		must_have(queue, 0, false);
		must_be(weir_queue_task_done(queue), -EOVERFLOW);
	}
	must_be(weir_queue_shutdown(queue, false), 0);
	for (int i = 0; i < WORKERS; i++)
		child_join(workers[i]);
	weir_queue_close(queue);
}

static void test_j2_join_on_an_unused_queue_returns_at_once(void **state)
{
	struct weir_queue *queue = queue_of(10);

	must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	must_be(weir_queue_join(queue, WEIR_MS(1)), 0);
	must_be(weir_queue_join(queue, WEIR_FOREVER), 0);
	weir_queue_close(queue);
}

static void test_j3_one_task_done_too_many_is_an_overflow(void **state)
{
	struct weir_queue *queue = queue_of(10);

	must_be(weir_queue_task_done(queue), -EOVERFLOW);
	for (int i = 0; i < 3; i++) {
		put_text(queue, "one");
		put_text(queue, "two");
		get_text(queue, "one");
		get_text(queue, "two");
		must_be(weir_queue_task_done(queue), 0);
		must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
		must_be(weir_queue_task_done(queue), 0);
		must_be(weir_queue_task_done(queue), -EOVERFLOW);
		must_be(weir_queue_task_done(queue), -EOVERFLOW);
		must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	}
	weir_queue_close(queue);
}

static void test_j4_the_queue_works_on_after_a_join(void **state)
{
	struct weir_queue *queue = queue_of(2);

	for (int i = 0; i < 100; i++) {
		put_text(queue, "one");
		put_text(queue, "two");
		must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
		get_text(queue, "one");
		get_text(queue, "two");
		must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
		must_be(weir_queue_task_done(queue), 0);
		must_be(weir_queue_task_done(queue), 0);
		must_be(weir_queue_join(queue, WEIR_FOREVER), 0);
	}
	weir_queue_close(queue);
}

static void test_j5_what_was_taken_and_is_not_done_holds_join(void **state)
{
	struct weir_queue *queue = queue_of(10);

	put_text(queue, "taken");
	get_text(queue, "taken");
	must_have(queue, 0, false);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_join(queue, WEIR_MS(1)), -ETIMEDOUT);
	must_be(weir_queue_task_done(queue), 0);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	weir_queue_close(queue);
}

static void test_every_way_to_put_adds_a_task(void **state)
{
	struct weir_queue *queue = queue_of(10);
	struct iovec parts[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	struct weir_loan loan;

	must_be(weir_queue_put(queue, NULL, 0, WEIR_NOWAIT), 0);
	must_be(weir_queue_put_many(queue, parts, 3, WEIR_NOWAIT), 3);
	must_be(weir_queue_reserve(queue, 4, WEIR_NOWAIT, &loan), 0);
	memset(loan.data, 0, 4);
	must_be(weir_queue_commit(queue, &loan), 0);
	must_be(weir_queue_reserve(queue, 4, WEIR_NOWAIT, &loan), 0);
	weir_queue_abandon(queue, &loan);
	must_be(drain(queue), 5);
	for (int i = 0; i < 5; i++) {
		must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
		must_be(weir_queue_task_done(queue), 0);
	}
	must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	must_be(weir_queue_task_done(queue), -EOVERFLOW);
	weir_queue_close(queue);
}

static void test_done_says_so_of_the_leased_task(void **state)
{
	struct weir_queue *queue = queue_of(10);
	struct weir_lease lease;

	put_text(queue, "task");
	lease_text(queue, &lease, "task", 1);
	must_be(weir_queue_giveback(queue, &lease), 0);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
	lease_text(queue, &lease, "task", 2);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_done(queue, &lease), 0);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	must_be(weir_queue_task_done(queue), -EOVERFLOW);
	/* One that was given back and then got is finished by task_done. */
	put_text(queue, "task");
	lease_text(queue, &lease, "task", 1);
	must_be(weir_queue_giveback(queue, &lease), 0);
	get_text(queue, "task");
	must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_task_done(queue), 0);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	weir_queue_close(queue);
}

static void join_and_tell(void *argument)
{
	struct joiner *joiner = argument;

	step_post(joiner->ready);
	must_be(weir_queue_join(joiner->queue, WEIR_FOREVER), 0);
	__atomic_store_n(joiner->joined, 1, __ATOMIC_SEQ_CST);
}

static void test_the_last_task_wakes_all_who_join(void **state)
{
	enum { JOINERS = 5 };
	struct joiner joiner;
	pid_t children[JOINERS];

	joiner_begin(&joiner, 2);
	for (int round = 0; round < 20; round++) {
		*joiner.joined = 0;
		put_text(joiner.queue, "one");
		put_text(joiner.queue, "two");
		for (int i = 0; i < JOINERS; i++)
			children[i] = child_start(join_and_tell, &joiner);
		for (int i = 0; i < JOINERS; i++)
			step_await(joiner.ready);
		for (int i = 0; round % 2 && i < JOINERS; i++)
			until_asleep(children[i]);
		drain(joiner.queue);
		must_be(weir_queue_task_done(joiner.queue), 0);
		must_be(__atomic_load_n(joiner.joined, __ATOMIC_SEQ_CST), 0);
		must_be(weir_queue_task_done(joiner.queue), 0);
		for (int i = 0; i < JOINERS; i++)
			child_join(children[i]);
	}
	joiner_end(&joiner);
}

static void lease_and_wait(void *argument)
{
	struct joiner *joiner = argument;
	struct weir_lease lease;

	must_be(weir_queue_lease(joiner->queue, WEIR_FOREVER, &lease), 0);
	step_post(joiner->ready);
	for (;;)
		pause();
}

static void test_j6_a_worker_that_dies_does_not_hang_join(void **state)
{
	struct weir_lease lease;
	struct joiner joiner;
	pid_t worker, waiter;

	joiner_begin(&joiner, 2);
	for (int i = 0; i < 20; i++) {
		put_text(joiner.queue, "task");
		worker = child_start(lease_and_wait, &joiner);
		step_await(joiner.ready);
		waiter = child_start(join_and_tell, &joiner);
		step_await(joiner.ready);
		child_kill(worker);
		must_be(weir_queue_join(joiner.queue, WEIR_NOWAIT), -EAGAIN);
		lease_text(joiner.queue, &lease, "task", 2);
		must_be(weir_queue_done(joiner.queue, &lease), 0);
		child_join(waiter);
	}
	joiner_end(&joiner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_j1_join_returns_when_four_workers_did_all),
		sentence(test_j2_join_on_an_unused_queue_returns_at_once),
		sentence(test_j3_one_task_done_too_many_is_an_overflow),
		sentence(test_j4_the_queue_works_on_after_a_join),
		sentence(test_j5_what_was_taken_and_is_not_done_holds_join),
		sentence(test_every_way_to_put_adds_a_task),
		sentence(test_done_says_so_of_the_leased_task),
		sentence(test_the_last_task_wakes_all_who_join),
		sentence(test_j6_a_worker_that_dies_does_not_hang_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
