/* SPDX-License-Identifier: MIT */
/* S5: shutdown wakes everybody who waits, whatever for. */
#include "child.h"
#include "queues.h"

enum { WAITERS = 3 };

/* Who waits, and in which call. */
struct waiter {
	struct weir_queue *queue;
	int ready;
};

static void wait_to_get(void *argument)
{
	struct waiter *waiter = argument;

	step_post(waiter->ready);
	get_the_end(waiter->queue);
}

static void wait_to_lease(void *argument)
{
	struct waiter *waiter = argument;
	struct weir_lease lease;

	step_post(waiter->ready);
	must_be(weir_queue_lease(waiter->queue, WEIR_FOREVER, &lease),
	        -ESHUTDOWN);
}

static void wait_to_put(void *argument)
{
	struct waiter *waiter = argument;

	step_post(waiter->ready);
	must_be(weir_queue_put(waiter->queue, "x", 1, WEIR_FOREVER),
	        -ESHUTDOWN);
}

static void wait_to_join(void *argument)
{
	struct waiter *waiter = argument;

	step_post(waiter->ready);
	must_be(weir_queue_join(waiter->queue, WEIR_FOREVER), 0);
}

/* Children in these bodies wait; shutdown ends that. */
static void wakes(struct weir_queue *queue, void (*const bodies[])(void *),
                  int count, bool immediate)
{
	struct waiter waiter = { queue, step_new() };
	pid_t children[2 * WAITERS];

	for (int i = 0; i < count * WAITERS; i++)
		children[i] = child_start(bodies[i / WAITERS], &waiter);
	for (int i = 0; i < count * WAITERS; i++)
		step_await(waiter.ready);
	for (int i = 0; i < count * WAITERS; i++)
		until_asleep(children[i]);
	must_be(weir_queue_shutdown(queue, immediate), 0);
	for (int i = 0; i < count * WAITERS; i++)
		child_join(children[i]);
	step_free(waiter.ready);
}

static void test_s5_every_pending_get_wakes(void **state)
{
	static void (*const gets[])(void *) = { wait_to_get, wait_to_lease };

	for (int round = 0; round < 10; round++) {
		struct weir_queue *queue = queue_of(2);

		wakes(queue, gets, 2, round % 2);
		get_the_end(queue);
		weir_queue_close(queue);
	}
}

static void test_s5_every_pending_put_wakes(void **state)
{
	static void (*const puts[])(void *) = { wait_to_put };

	for (int round = 0; round < 10; round++) {
		struct weir_queue *queue = queue_of(2);

		fill_up(queue, 8);
		wakes(queue, puts, 1, round % 2);
		must_be(weir_queue_size(queue), round % 2 ? 0 : 2);
		must_be(weir_queue_put(queue, NULL, 0, WEIR_FOREVER),
		        -ESHUTDOWN);
		weir_queue_close(queue);
	}
}

/* Immediate: with what is dropped, nothing is unfinished any more. */
static void test_s3_every_pending_join_and_put_wakes(void **state)
{
	static void (*const both[])(void *) = { wait_to_join, wait_to_put };

	for (int round = 0; round < 10; round++) {
		struct weir_queue *queue = queue_of(2);

		fill_up(queue, 8);
		wakes(queue, both, 2, true);
		get_the_end(queue);
		weir_queue_close(queue);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_s5_every_pending_get_wakes),
		sentence(test_s5_every_pending_put_wakes),
		sentence(test_s3_every_pending_join_and_put_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
