/* SPDX-License-Identifier: MIT */
/*
 * Attacks on a queue's user from within its own process (47): handlers that come
 * back in or jump out, threads that end in the middle.
 */
#include "child.h"
#include "interrupt.h"
#include "queues.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

/* ---- 47: handlers */

static sigjmp_buf way_out;
static struct weir_queue *within;

static void jump_out(int number)
{
	siglongjmp(way_out, 1);
}

/* It finds room, and what it put; that of others, too. */
static void come_back_in(int number)
{
	char buffer[64];

	must_be(weir_queue_put(within, "from a handler", 14, WEIR_NOWAIT), 0);
	must(weir_queue_get(within, buffer, sizeof(buffer), WEIR_NOWAIT) > 0);
}

static void wait_in_a_handler(int number)
{
	char byte;

	weir_queue_get(within, &byte, 1, WEIR_US(50));
}

enum { MEMBERS = 30 };

/* With so many members that a look for deaths takes a while. */
static void join_in(struct weir_queue *queue, struct weir_queue *more[MEMBERS])
{
	for (int i = 0; i < MEMBERS; i++)
		must_be(weir_queue_open_fd(&more[i], weir_queue_fd(queue)), 0);
}

static void leave(struct weir_queue *more[MEMBERS])
{
	for (int i = 0; i < MEMBERS; i++)
		weir_queue_close(more[i]);
}

/* From looking for deaths, above all. */
static void test_47_a_jump_out_of_a_look_leaves_the_queue_whole(void **state)
{
	struct weir_queue *queue = queue_of(4), *more[MEMBERS];
	char byte;

	join_in(queue, more);
	for (volatile int i = 1; i < 200; i++) {
		if (sigsetjmp(way_out, 1) == 0) {
			interrupt_in(jump_out, 100 + i);
			for (;;)
				weir_queue_get(queue, &byte, 1, WEIR_NOWAIT);
		}
		put_text(queue, "after the jump");
		get_text(queue, "after the jump");
		get_nothing(queue);
	}
	interrupt_end();
	leave(more);
	weir_queue_close(queue);
}

/* From spinning, sleeping, and whatever lies between. */
static void test_47_a_jump_out_of_a_wait_leaves_the_queue_whole(void **state)
{
	struct weir_queue *queue = queue_of(4);
	char byte;

	for (volatile int i = 1; i < 200; i++) {
		if (sigsetjmp(way_out, 1) == 0) {
			interrupt_in(jump_out, i * 3);
			weir_queue_get(queue, &byte, 1, WEIR_FOREVER);
			must(!"nothing was put");
		}
		put_text(queue, "after the jump");
		get_text(queue, "after the jump");
		get_nothing(queue);
	}
	interrupt_end();
	weir_queue_close(queue);
}

static void test_47_a_handler_may_put_and_get_in_the_middle(void **state)
{
	char message[60] = "interrupted", buffer[60];
	struct weir_queue *queue;

	if (SANITIZED)
		case_skip("a sanitizer's own stack is not made for this");
	queue = queue_of(64);
	for (int same = 0; same < 2; same++) {
		within = same ? queue : queue_of(64);
		for (int i = 1; i < 200; i++) {
			interrupt_in(come_back_in, i);
			for (int k = 0; k < 50; k++) {
				must_be(weir_queue_put(queue, message, 60, 0),
				        0);
				must(weir_queue_get(queue, buffer, 60, 0) > 0);
			}
		}
		interrupt_end();
		get_nothing(queue);
		if (!same)
			weir_queue_close(within);
	}
	weir_queue_close(queue);
}

static void test_47_a_handler_may_wait_in_the_middle_of_a_wait(void **state)
{
	struct weir_queue *more[MEMBERS];
	int64_t end;

	if (SANITIZED)
		case_skip("a sanitizer's own stack is not made for this");
	within = queue_of(4);
	join_in(within, more);
	for (int i = 1; i < 200; i++) {
		interrupt_in(wait_in_a_handler, i * 3);
		end = now() + WEIR_MS(1);
		while (now() < end)
			get_nothing(within);
	}
	interrupt_end();
	leave(more);
	weir_queue_close(within);
}

/* ---- 47: threads that end in the middle */

static void *wait_to_be_cancelled(void *argument)
{
	char byte;
	int before;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
	for (;;)
		weir_queue_get(argument, &byte, 1, WEIR_MS(1));
	return NULL;
}

static void test_47_a_cancelled_thread_leaves_the_queue_whole(void **state)
{
	struct weir_queue *queue, *more[MEMBERS];
	pthread_t thread;

	if (SANITIZED)
		case_skip("a sanitizer does not know of such an end");
	queue = queue_of(4);
	join_in(queue, more);
	for (int i = 0; i < 100; i++) {
		must_be(pthread_create(&thread, NULL, wait_to_be_cancelled,
		                       queue),
		        0);
		usleep((useconds_t)i * 7);
		must_be(pthread_cancel(thread), 0);
		/* What it says is not looked at: glibc 2.36 says NULL where the
		   thread changed its type or state in that moment. */
		must_be(pthread_join(thread, NULL), 0);
		put_text(queue, "after the thread");
		get_text(queue, "after the thread");
		get_nothing(queue);
	}
	leave(more);
	weir_queue_close(queue);
}

struct looker {
	struct weir_queue **queues;
	int ready;
};

/* Again and again it has locks of the process, to see who is alive. */
static void *look_to_be_cancelled(void *argument)
{
	struct looker *looker = argument;
	char byte;
	int before;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
	step_post(looker->ready);
	for (int i = 0;; i++)
		weir_queue_get(looker->queues[i % MEMBERS], &byte, 1,
		               WEIR_NOWAIT);
	return NULL;
}

static void
test_47_a_thread_cancelled_while_it_looks_locks_nobody_out(void **state)
{
	struct weir_queue *queue, *more[MEMBERS];
	struct looker looker = { .queues = more };
	pthread_t thread;

	if (SANITIZED)
		case_skip("a sanitizer does not know of such an end");
	looker.ready = step_new();
	queue = queue_of(4);
	join_in(queue, more);
	for (int i = 0; i < 300; i++) {
		must_be(pthread_create(&thread, NULL, look_to_be_cancelled,
		                       &looker),
		        0);
		step_await(looker.ready);
		must_be(pthread_cancel(thread), 0);
		must_be(pthread_join(thread, NULL), 0);
		for (int k = 0; k < MEMBERS; k++)
			get_nothing(more[k]);
	}
	leave(more);
	weir_queue_close(queue);
	step_free(looker.ready);
}

struct holder {
	struct weir_queue *queue;
	struct weir_lease lease;
	struct weir_loan loan;
};

static void *hold_and_end(void *argument)
{
	struct holder *holder = argument;

	lease_text(holder->queue, &holder->lease, "held by a thread", 1);
	must_be(weir_queue_reserve(holder->queue, 20, WEIR_NOWAIT,
	                           &holder->loan),
	        0);
	memcpy(holder->loan.data, "written by a thread.", 20);
	pthread_exit(NULL);
}

/* A lease and a loan are the process's. */
static void test_47_what_a_thread_held_outlives_it(void **state)
{
	struct holder holder = { .queue = queue_of(4) };
	pthread_t thread;

	for (int i = 0; i < 100; i++) {
		put_text(holder.queue, "held by a thread");
		must_be(pthread_create(&thread, NULL, hold_and_end, &holder),
		        0);
		pthread_join(thread, NULL);
		get_nothing(holder.queue);
		must_be(weir_queue_done(holder.queue, &holder.lease), 0);
		must_be(weir_queue_commit(holder.queue, &holder.loan), 0);
		get_text(holder.queue, "written by a thread.");
	}
	weir_queue_close(holder.queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_47_a_jump_out_of_a_look_leaves_the_queue_whole),
		sentence(test_47_a_jump_out_of_a_wait_leaves_the_queue_whole),
		sentence(test_47_a_handler_may_put_and_get_in_the_middle),
		sentence(test_47_a_handler_may_wait_in_the_middle_of_a_wait),
		sentence(test_47_a_cancelled_thread_leaves_the_queue_whole),
		sentence(
			test_47_a_thread_cancelled_while_it_looks_locks_nobody_out),
		sentence(test_47_what_a_thread_held_outlives_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
