/* SPDX-License-Identifier: MIT */
/*
 * Members of a queue that are killed with something in hand: it comes back to
 * the others, whoever of their kin lives on.
 */
#include "queue_load.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 40, ROUNDS = 20 };

static void work_until_death(void *argument)
{
	struct timespec work = { .tv_nsec = 1000 };
	struct load *load = argument;
	struct weir_lease lease;

	for (int tasks = 0;; tasks++) {
		uint64_t number;
		int code;

		if (tasks == 1)
			die_after(load->lifetime);
		code = weir_queue_lease(load->queue, WEIR_MS(2), &lease);
		if (code == -ETIMEDOUT)
			return;
		must_be(code, 0);
		number = read_message(lease.data, lease.size);
		atomic_fetch_add(&load->worked[number], 1);
		if (number % 2)
			nanosleep(&work, NULL);
		must_be(weir_queue_done(load->queue, &lease), 0);
	}
}

/* Worker after worker dies, after a task or some, until all is done. */
static void test_j6_join_returns_although_workers_die(void **state)
{
	uint64_t random = 60;
	unsigned worked = 0;
	struct load load;

	load_begin(&load, COPY);
	for (int round = 0; round < ROUNDS; round++) {
		for (uint64_t i = 0; i < TASKS; i++) {
			atomic_store(&load.worked[i], 0);
			put_number(load.queue, i);
		}
		while (weir_queue_join(load.queue, WEIR_NOWAIT) == -EAGAIN) {
			pid_t workers[2];

			for (int i = 0; i < 2; i++) {
				load.lifetime =
					1 + (int64_t)(random_next(&random) %
				                      WEIR_US(150));
				workers[i] =
					child_start(work_until_death, &load);
			}
			for (int i = 0; i < 2; i++)
				child_wait(workers[i]);
		}
		for (uint64_t i = 0; i < TASKS; i++) {
			must(atomic_load(&load.worked[i]) > 0);
			worked += atomic_load(&load.worked[i]);
		}
		must_be(weir_queue_task_done(load.queue), -EOVERFLOW);
		get_nothing(load.queue);
	}
	print_message("of %d tasks, %u were had in hand once more\n",
	              ROUNDS * TASKS, worked - ROUNDS * TASKS);
	load_end(&load);
}

static void take_one_and_stay(void *argument)
{
	struct load *load = argument;
	struct weir_lease lease;
	struct weir_loan loan;

	must_be(weir_queue_lease(load->queue, WEIR_FOREVER, &lease), 0);
	must_be(weir_queue_reserve(load->queue, 100, WEIR_FOREVER, &loan), 0);
	put_number(load->queue, MANY + read_message(lease.data, lease.size));
	step_post(load->ready);
	for (;;)
		pause();
}

/* So many that each number of a member is had by many, one after another. */
static void test_g4_forty_members_die_again_and_again(void **state)
{
	pid_t children[MANY];
	struct load load;

	load_begin(&load, COPY);
	for (int round = 0; round < 30; round++) {
		uint64_t came = 0, again = 0;
		int64_t number;

		for (uint64_t i = 0; i < MANY; i++)
			put_number(load.queue, i);
		for (int i = 0; i < MANY; i++)
			children[i] = child_start(take_one_and_stay, &load);
		for (int i = 0; i < MANY; i++)
			step_await(load.ready);
		for (int i = 0; i < MANY; i++)
			must_be(kill(children[i], SIGKILL), 0);
		for (int i = 0; i < MANY; i++)
			child_wait(children[i]);
		/* What each had, and what each put. */
		while ((number = get_number(load.queue)) >= 0) {
			uint64_t *where = number < MANY ? &again : &came;
			uint64_t bit = UINT64_C(1) << number % MANY;

			must(!(*where & bit));
			*where |= bit;
		}
		must_be(again, (UINT64_C(1) << MANY) - 1);
		must_be(came, (UINT64_C(1) << MANY) - 1);
	}
	while (weir_queue_task_done(load.queue) == 0)
		;
	load_end(&load);
}

/* Has a lease and a child; the child does nothing, or goes on. */
static void lease_and_fork(void *argument)
{
	struct load *load = argument;
	struct weir_lease lease;

	lease_text(load->queue, &lease, "in hand", 1);
	if (fork() != 0) {
		step_post(load->ready);
		for (;;)
			pause();
	}
	/* An orphan of the test, which kills it if it hangs. */
	if (load->way == COPY)
		put_text(load->queue, "from the child");
	step_post(load->ready);
	step_await(load->go);
	if (load->way == COPY)
		get_text(load->queue, "for the child");
}

static void test_l2_a_lease_comes_back_while_a_child_goes_on(void **state)
{
	struct weir_lease lease;
	struct load load;

	load_begin(&load, COPY);
	for (int i = 0; i < 60; i++) {
		pid_t parent, child;
		int status;

		load.way = i % 2 ? COPY : IN_PLACE;
		put_text(load.queue, "in hand");
		parent = child_start(lease_and_fork, &load);
		step_await(load.ready);
		step_await(load.ready);
		child_kill(parent);
		if (load.way == COPY)
			get_text(load.queue, "from the child");
		lease_text(load.queue, &lease, "in hand", 2);
		must_be(weir_queue_done(load.queue, &lease), 0);
		if (load.way == COPY)
			put_text(load.queue, "for the child");
		step_post(load.go);
		child = waitpid(-1, &status, 0);
		must(child > 0 && WIFEXITED(status));
		must_be(WEXITSTATUS(status), 0);
	}
	load_end(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_j6_join_returns_although_workers_die),
		sentence(test_g4_forty_members_die_again_and_again),
		sentence(test_l2_a_lease_comes_back_while_a_child_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
