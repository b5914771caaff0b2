/* SPDX-License-Identifier: MIT */
/* Who comes to a queue's cells with a position of an earlier lap. */
#include "case.h"
#include "must.h"
#include "queue/handle.h"

#include <errno.h>

enum { CAPACITY = 2 };

static struct weir_queue *make(void)
{
	struct weir_queue_options options = { .capacity = CAPACITY };
	struct weir_queue *queue;

	must_be(weir_queue_create(&queue, NULL, &options), 0);
	return queue;
}

static void put(struct weir_queue *queue, int times)
{
	for (int i = 0; i < times; i++)
		must_be(weir_queue_put(queue, "", 0, WEIR_NOWAIT), 0);
}

static void get(struct weir_queue *queue, int times)
{
	for (int i = 0; i < times; i++)
		must_be(weir_queue_get(queue, NULL, 0, WEIR_NOWAIT), 0);
}

static void pass(struct weir_queue *queue, uint64_t messages)
{
	for (uint64_t i = 0; i < messages; i++) {
		put(queue, 1);
		get(queue, 1);
	}
}

/* A whole lap later, the queue is full. */
static uint64_t go_round(struct weir_queue *queue)
{
	uint64_t count = queue->view.index.count;

	pass(queue, count);
	put(queue, CAPACITY);
	return 2 * count;
}

static void test_an_old_head_finds_the_first_message(void **state)
{
	struct weir_queue *queue = make();
	uint64_t first = go_round(queue);

	for (uint64_t old = first - queue->view.index.count; old <= first;
	     old++) {
		struct arrival arrival = { .position = 0 };

		must_be(index_first(&queue->view.index, old, &arrival), 1);
		must(arrival.position == first);
	}
	weir_queue_close(queue);
}

/* The end stands one capacity behind a message that is still there. */
static void test_an_old_head_passes_over_nothing_before_the_end(void **state)
{
	struct weir_queue *queue = make();
	uint64_t first = go_round(queue);

	must_be(weir_queue_shutdown(queue, false), 0);
	for (uint64_t old = first - queue->view.index.count; old <= first;
	     old++) {
		struct arrival arrival = { .position = 0 };

		must_be(index_first(&queue->view.index, old, &arrival), 1);
		must(arrival.position == first);
	}
	get(queue, CAPACITY);
	must_be(weir_queue_get(queue, NULL, 0, WEIR_NOWAIT), -ESHUTDOWN);
	weir_queue_close(queue);
}

static void test_an_old_tail_finds_the_end(void **state)
{
	struct weir_queue *queue = make();
	uint64_t end = go_round(queue) + CAPACITY;

	must_be(weir_queue_shutdown(queue, false), 0);
	for (uint64_t old = end - queue->view.index.count; old <= end; old++) {
		struct vacancy vacancy = { .position = 0 };

		must_be(index_vacancy(&queue->view.index, old, &vacancy),
		        -ESHUTDOWN);
	}
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_an_old_head_finds_the_first_message),
		sentence(test_an_old_head_passes_over_nothing_before_the_end),
		sentence(test_an_old_tail_finds_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
