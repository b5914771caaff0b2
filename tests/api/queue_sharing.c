/* SPDX-License-Identifier: MIT */
/* One queue in several processes, whatever their kinship. */
#include "child.h"
#include "queues.h"

#include <pthread.h>

/* Who put a message, and which of theirs it is. */
struct stamp {
	uint32_t producer;
	uint32_t number;
};

enum { LARGEST = 400 };

/* A producer's share of the work. */
struct share {
	struct weir_queue *queue;
	struct stamp next;
	uint32_t count;
	int ready;
};

static size_t size_of(struct stamp stamp)
{
	return sizeof(stamp) +
	       (stamp.producer * 31 + stamp.number * 61) % LARGEST;
}

static void put_stamp(struct weir_queue *queue, struct stamp stamp)
{
	unsigned char buffer[sizeof(stamp) + LARGEST];
	size_t size = size_of(stamp);

	memcpy(buffer, &stamp, sizeof(stamp));
	pattern_fill(buffer + sizeof(stamp), size - sizeof(stamp),
	             stamp.producer * 1000003 + stamp.number);
	must_be(weir_queue_put(queue, buffer, size, WEIR_FOREVER), 0);
}

static struct stamp get_stamp(struct weir_queue *queue)
{
	unsigned char buffer[sizeof(struct stamp) + LARGEST];
	ssize_t size =
		weir_queue_get(queue, buffer, sizeof(buffer), WEIR_FOREVER);
	struct stamp stamp;

	must(size >= (ssize_t)sizeof(stamp));
	memcpy(&stamp, buffer, sizeof(stamp));
	must_be(size, size_of(stamp));
	must(pattern_holds(buffer + sizeof(stamp), (size_t)size - sizeof(stamp),
	                   stamp.producer * 1000003 + stamp.number));
	return stamp;
}

static void put_share(void *argument)
{
	struct share *share = argument;

	for (uint32_t i = 0; i < share->count; i++, share->next.number++)
		put_stamp(share->queue, share->next);
}

static void drain_all(void *argument)
{
	must_be(drain(argument), 3);
}

static void test_q3_what_another_process_drained_is_empty(void **state)
{
	struct weir_queue *queue = queue_of(3);

	for (int i = 0; i < 30; i++) {
		must_be(fill_up(queue, 20), 3);
		child_join(child_start(drain_all, queue));
		must_have(queue, 0, false);
		get_nothing(queue);
	}
	weir_queue_close(queue);
}

static void test_q5_messages_before_and_after_fork_arrive_once(void **state)
{
	enum { EACH = 20, CHILDREN = 4 };
	struct share shares[1 + CHILDREN] = { { .count = 0 } };
	uint32_t next[1 + CHILDREN] = { 0 };
	struct weir_queue *queue = queue_of(8);
	pid_t children[CHILDREN];
	struct stamp stamp;

	shares[0].queue = queue;
	shares[0].count = 4;
	put_share(&shares[0]);
	for (uint32_t i = 0; i < CHILDREN; i++) {
		shares[i + 1] = (struct share){ queue, { i + 1, 0 }, EACH, 0 };
		children[i] = child_start(put_share, &shares[i + 1]);
	}
	for (int i = 0; i < 4 + CHILDREN * EACH; i++) {
		stamp = get_stamp(queue);
		must(stamp.producer <= CHILDREN);
		must_be(stamp.number, next[stamp.producer]);
		next[stamp.producer]++;
	}
	must_be(next[0], 4);
	for (uint32_t i = 0; i < CHILDREN; i++) {
		must_be(next[i + 1], EACH);
		child_join(children[i]);
	}
	get_nothing(queue);
	weir_queue_close(queue);
}

static void get_share(void *argument)
{
	struct share *share = argument;

	for (uint32_t i = 0; i < share->count; i++, share->next.number++) {
		struct stamp stamp = get_stamp(share->queue);

		must_be(stamp.producer, share->next.producer);
		must_be(stamp.number, share->next.number);
	}
}

static void test_q5_parent_and_child_put_and_get_in_turn(void **state)
{
	struct weir_queue *queue = queue_of(40);
	struct share out = { queue, { 1, 0 }, 10, 0 };
	struct share in = { queue, { 1, 0 }, 10, 0 };

	for (int round = 0; round < 100; round++) {
		put_share(&out);
		child_join(child_start(put_share, &out));
		out.next.number += 10;
		put_share(&out);
		get_share(&in);
		child_join(child_start(get_share, &in));
		in.next.number += 10;
		get_share(&in);
		must_have(queue, 0, false);
	}
	weir_queue_close(queue);
}

static void test_q9_a_process_that_ends_loses_nothing_it_put(void **state)
{
	struct weir_queue *queue = queue_of(100);
	struct share share = { queue, { 1, 0 }, 20, 0 };
	struct share all = { queue, { 1, 0 }, 20, 0 };

	for (int i = 0; i < 30; i++) {
		child_join(child_start(put_share, &share));
		must_have(queue, 20, false);
		get_share(&all);
		all.next.number = 0;
	}
	get_nothing(queue);
	weir_queue_close(queue);
}

static void put_share_and_stay(void *argument)
{
	struct share *share = argument;

	put_share(share);
	step_post(share->ready);
	get_stamp(queue_of(1));
}

static void test_q9_a_killed_process_loses_nothing_it_put(void **state)
{
	struct weir_queue *queue = queue_of(100);
	struct share share = { queue, { 1, 0 }, 20, step_new() };
	struct share all = { queue, { 1, 0 }, 20, 0 };

	for (int i = 0; i < 30; i++) {
		pid_t child = child_start(put_share_and_stay, &share);

		step_await(share.ready);
		child_kill(child);
		must_have(queue, 20, false);
		get_share(&all);
		all.next.number = 0;
	}
	get_nothing(queue);
	step_free(share.ready);
	weir_queue_close(queue);
}

/* multiprocessing's Queue needs its feeder thread; this one has none. */
static void test_q10_a_producer_ends_before_anything_is_got(void **state)
{
	struct weir_queue *queue;
	struct share share = { .next = { 1, 0 }, .count = 1000 };

	must_be(weir_queue_create(&queue, NULL, NULL), 0);
	share.queue = queue;
	child_join(child_start(put_share, &share));
	must_have(queue, 1000, false);
	get_share(&share);
	weir_queue_close(queue);
}

static void test_q14_close_of_none_is_fine(void **state)
{
	weir_queue_close(NULL);
	weir_queue_close(NULL);
}

static struct weir_queue *early;

__attribute__((constructor)) static void put_early(void)
{
	if (weir_queue_create(&early, NULL, NULL) == 0)
		weir_queue_put(early, "early", 5, WEIR_FOREVER);
}

__attribute__((destructor)) static void close_late(void)
{
	weir_queue_close(early);
}

static void get_early_in_child(void *argument)
{
	get_text(early, "early");
	put_text(early, "late");
}

static void test_q15_a_queue_of_a_constructor_works(void **state)
{
	must(early);
	child_join(child_start(get_early_in_child, NULL));
	get_text(early, "late");
	get_nothing(early);
}

struct descent {
	struct weir_queue *down, *up;
	uint32_t depth;
};

static void descend(void *argument)
{
	struct descent *descent = argument;
	struct stamp stamp = { 1, descent->depth-- };
	struct weir_lease lease;

	put_stamp(descent->up, stamp);
	if (stamp.number > 0)
		child_join(child_start(descend, descent));
	must_be(weir_queue_lease(descent->down, WEIR_FOREVER, &lease), 0);
	must_be(lease.size, size_of(stamp));
	must_be(weir_queue_done(descent->down, &lease), 0);
}

/* Those who forked last take first. */
static void test_q15_a_queue_works_in_a_fork_of_a_fork(void **state)
{
	struct descent descent = { queue_of(20), queue_of(20), 12 };
	struct stamp stamp;
	pid_t child;

	child = child_start(descend, &descent);
	for (uint32_t i = 0; i <= 12; i++) {
		stamp = get_stamp(descent.up);
		must_be(stamp.number, 12 - i);
	}
	for (uint32_t i = 0; i <= 12; i++)
		put_stamp(descent.down, (struct stamp){ 1, i });
	child_join(child);
	must_be(weir_queue_join(descent.down, WEIR_NOWAIT), 0);
	get_nothing(descent.up);
	weir_queue_close(descent.down);
	weir_queue_close(descent.up);
}

static void answer(void *argument)
{
	struct weir_queue **queues = argument;

	put_text(queues[0], "from a child");
	get_text(queues[1], "from a parent");
}

static void *fork_in_thread(void *argument)
{
	/* The child dies with the thread that made it: wait for it here. */
	child_join(child_start(answer, argument));
	return NULL;
}

static void test_o10_a_thread_forks_while_another_gets(void **state)
{
	struct weir_queue *queues[2] = { queue_of(3), queue_of(3) };
	pthread_t thread;

	for (int i = 0; i < 50; i++) {
		must_be(pthread_create(&thread, NULL, fork_in_thread, queues),
		        0);
		get_text(queues[0], "from a child");
		put_text(queues[1], "from a parent");
		pthread_join(thread, NULL);
		get_nothing(queues[0]);
		get_nothing(queues[1]);
	}
	weir_queue_close(queues[0]);
	weir_queue_close(queues[1]);
}

static void test_two_handles_of_one_process_are_one_queue(void **state)
{
	struct weir_queue *queue = queue_of(8), *second;
	struct share shares[2] = { { queue, { 1, 0 }, 3, 0 } }, all;

	must_be(weir_queue_open_fd(&second, weir_queue_fd(queue)), 0);
	shares[1] = (struct share){ second, { 1, 0 }, 3, 0 };
	all = shares[0];
	for (int i = 0; i < 500; i++) {
		put_share(&shares[0]);
		shares[1].next = shares[0].next;
		put_share(&shares[1]);
		shares[0].next = shares[1].next;
		all.queue = i % 2 ? queue : second;
		get_share(&all);
		all.queue = i % 2 ? second : queue;
		get_share(&all);
	}
	must_have(queue, 0, false);
	must_have(second, 0, false);
	weir_queue_close(queue);
	weir_queue_close(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_q3_what_another_process_drained_is_empty),
		sentence(test_q5_messages_before_and_after_fork_arrive_once),
		sentence(test_q5_parent_and_child_put_and_get_in_turn),
		sentence(test_q9_a_process_that_ends_loses_nothing_it_put),
		sentence(test_q9_a_killed_process_loses_nothing_it_put),
		sentence(test_q10_a_producer_ends_before_anything_is_got),
		sentence(test_q14_close_of_none_is_fine),
		sentence(test_q15_a_queue_of_a_constructor_works),
		sentence(test_q15_a_queue_works_in_a_fork_of_a_fork),
		sentence(test_o10_a_thread_forks_while_another_gets),
		sentence(test_two_handles_of_one_process_are_one_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
