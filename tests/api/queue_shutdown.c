/* SPDX-License-Identifier: MIT */
/* Shutdown: what can still be done, and what is refused. */
#include "child.h"
#include "queues.h"

#include <unistd.h>

/* What a child has to know. */
struct family {
	struct weir_queue *queue;
	int did;
};

static void shut(struct weir_queue *queue, bool immediate)
{
	must_be(weir_queue_shutdown(queue, immediate), 0);
}

/* Every way to put. */
static void refuse_puts(struct weir_queue *queue)
{
	static const int64_t timeouts[] = { WEIR_NOWAIT, WEIR_MS(1),
		                            WEIR_FOREVER };
	struct iovec part = { (void *)(uintptr_t) "x", 1 };
	struct weir_loan loan;

	for (int i = 0; i < 3; i++) {
		must_be(weir_queue_put(queue, "x", 1, timeouts[i]), -ESHUTDOWN);
		must_be(weir_queue_put(queue, NULL, 0, timeouts[i]),
		        -ESHUTDOWN);
		must_be(weir_queue_put(queue, "more than eight", 15,
		                       timeouts[i]),
		        -ESHUTDOWN);
		must_be(weir_queue_put_many(queue, &part, 1, timeouts[i]),
		        -ESHUTDOWN);
		must_be(weir_queue_reserve(queue, 1, timeouts[i], &loan),
		        -ESHUTDOWN);
	}
}

/* Every way to get. */
static void refuse_gets(struct weir_queue *queue)
{
	static const int64_t timeouts[] = { WEIR_NOWAIT, WEIR_MS(1),
		                            WEIR_FOREVER };
	struct weir_lease lease;
	char byte;
	struct iovec part = { &byte, 1 };

	for (int i = 0; i < 3; i++) {
		must_be(weir_queue_get(queue, &byte, 1, timeouts[i]),
		        -ESHUTDOWN);
		must_be(weir_queue_get(queue, NULL, 0, timeouts[i]),
		        -ESHUTDOWN);
		must_be(weir_queue_get_many(queue, &part, 1, timeouts[i]),
		        -ESHUTDOWN);
		must_be(weir_queue_lease(queue, timeouts[i], &lease),
		        -ESHUTDOWN);
	}
	must_be(part.iov_len, 1);
	must_be(weir_queue_size(queue), 0);
	must(weir_queue_empty(queue));
}

static void refuse_both(void *argument)
{
	refuse_puts(argument);
	refuse_gets(argument);
}

static void test_s1_an_empty_queue_is_shut_down_for_everybody(void **state)
{
	for (int immediate = 0; immediate < 2; immediate++) {
		struct weir_queue *queue = queue_of(2), *second;

		must_be(weir_queue_open_fd(&second, weir_queue_fd(queue)), 0);
		shut(queue, immediate);
		refuse_both(queue);
		refuse_both(second);
		child_join(child_start(refuse_both, queue));
		must_be(weir_queue_join(queue, WEIR_FOREVER), 0);
		weir_queue_close(second);
		must_be(weir_queue_open_fd(&second, weir_queue_fd(queue)), 0);
		refuse_both(second);
		weir_queue_close(second);
		weir_queue_close(queue);
	}
}

static void test_s1_a_used_and_emptied_queue_is_shut_down(void **state)
{
	for (int count = 0; count < 7; count++) {
		struct weir_queue *queue = queue_of(3);

		for (int i = 0; i < count; i++) {
			put_text(queue, "used");
			get_text(queue, "used");
		}
		shut(queue, false);
		refuse_both(queue);
		weir_queue_close(queue);
	}
}

static void test_s2_what_is_left_can_still_be_got(void **state)
{
	for (size_t count = 1; count <= 3; count++) {
		struct weir_queue *queue = queue_of(3);
		struct weir_lease lease;

		for (size_t i = 0; i < count; i++)
			put_text(queue, "left");
		shut(queue, false);
		must_be(weir_queue_size(queue), count);
		must(!weir_queue_empty(queue));
		refuse_puts(queue);
		must_be(weir_queue_size(queue), count);
		must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
		lease_text(queue, &lease, "left", 1);
		for (size_t i = 1; i < count; i++) {
			get_text(queue, "left");
			must_be(weir_queue_task_done(queue), 0);
		}
		must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
		must_be(weir_queue_done(queue, &lease), 0);
		must_be(weir_queue_join(queue, WEIR_FOREVER), 0);
		refuse_both(queue);
		must_be(weir_queue_task_done(queue), -EOVERFLOW);
		weir_queue_close(queue);
	}
}

static void test_s2_a_full_queue_of_any_size_can_be_shut_down(void **state)
{
	static const size_t capacities[] = { 1, 2, 3, 63, 64, 65, 32767 };

	for (size_t i = 0; i < sizeof(capacities) / sizeof(size_t); i++) {
		struct weir_queue *queue = queue_of(capacities[i]);

		must_be(fill_up(queue, 8), capacities[i]);
		shut(queue, false);
		must_be(weir_queue_size(queue), capacities[i]);
		refuse_puts(queue);
		for (size_t k = 0; k < capacities[i]; k++)
			get_text(queue, "ffffffff");
		refuse_both(queue);
		weir_queue_close(queue);
	}
}

static void test_s2_what_is_given_back_can_still_be_got(void **state)
{
	struct weir_queue *queue = queue_of(3);
	struct weir_lease lease;

	put_text(queue, "one");
	put_text(queue, "two");
	lease_text(queue, &lease, "one", 1);
	shut(queue, false);
	must_be(weir_queue_giveback(queue, &lease), 0);
	must_be(weir_queue_size(queue), 2);
	lease_text(queue, &lease, "one", 2);
	must_be(weir_queue_giveback(queue, &lease), 0);
	get_text(queue, "one");
	get_text(queue, "two");
	refuse_both(queue);
	weir_queue_close(queue);
}

static void lease_and_end(void *argument)
{
	struct weir_lease lease;

	must_be(weir_queue_lease(argument, WEIR_FOREVER, &lease), 0);
}

static void test_s2_what_a_dead_worker_had_can_still_be_got(void **state)
{
	struct weir_lease lease;

	for (int i = 0; i < 20; i++) {
		struct weir_queue *queue = queue_of(3);
		pid_t child;

		put_text(queue, "again");
		if (i % 2)
			shut(queue, false);
		child = child_start(lease_and_end, queue);
		child_join(child);
		if (i % 2 == 0)
			shut(queue, false);
		lease_text(queue, &lease, "again", 2);
		must_be(weir_queue_done(queue, &lease), 0);
		get_the_end(queue);
		weir_queue_close(queue);
	}
}

static void test_s3_immediate_drops_what_is_queued(void **state)
{
	for (int before = 0; before < 2; before++) {
		for (size_t size = 0; size < 400; size += 13) {
			struct weir_queue *queue = queue_of(8);

			fill_up(queue, size);
			if (before)
				shut(queue, false);
			shut(queue, true);
			must_have(queue, 0, weir_queue_full(queue));
			must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
			must_be(weir_queue_task_done(queue), -EOVERFLOW);
			must_be(weir_queue_dropped(queue), 0);
			refuse_both(queue);
			weir_queue_close(queue);
		}
	}
}

static void test_s3_immediate_drops_what_was_given_back(void **state)
{
	struct weir_queue *queue = queue_of(3);
	struct weir_lease lease;

	put_text(queue, "one");
	put_text(queue, "two");
	lease_text(queue, &lease, "one", 1);
	must_be(weir_queue_giveback(queue, &lease), 0);
	shut(queue, true);
	must_be(weir_queue_size(queue), 0);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	refuse_both(queue);
	weir_queue_close(queue);
}

static void test_s4_immediate_leaves_what_was_taken(void **state)
{
	struct weir_queue *queue = queue_of(5);
	struct weir_lease lease;

	put_text(queue, "got");
	put_text(queue, "leased");
	put_text(queue, "dropped");
	get_text(queue, "got");
	lease_text(queue, &lease, "leased", 1);
	shut(queue, true);
	must_be(weir_queue_size(queue), 0);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_task_done(queue), 0);
	must_be(weir_queue_join(queue, WEIR_MS(1)), -ETIMEDOUT);
	must(memcmp(lease.data, "leased", 6) == 0);
	must_be(weir_queue_done(queue, &lease), 0);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
	refuse_both(queue);
	weir_queue_close(queue);
}

static void lease_and_stay(void *argument)
{
	struct family *family = argument;
	struct weir_lease lease;

	lease_text(family->queue, &lease, "leased", 1);
	step_post(family->did);
	for (;;)
		pause();
}

/* What a dead worker had is dropped, and counts as done. */
static void test_s4_immediate_waits_for_no_dead_worker(void **state)
{
	struct family family = { .did = step_new() };
	pid_t child;

	for (int i = 0; i < 20; i++) {
		family.queue = queue_of(5);
		put_text(family.queue, "leased");
		put_text(family.queue, "dropped");
		child = child_start(lease_and_stay, &family);
		step_await(family.did);
		if (i % 2)
			shut(family.queue, true);
		child_kill(child);
		if (i % 2 == 0)
			shut(family.queue, true);
		must_be(weir_queue_join(family.queue, WEIR_FOREVER), 0);
		refuse_both(family.queue);
		weir_queue_close(family.queue);
	}
	step_free(family.did);
}

static void test_shutdown_may_be_repeated(void **state)
{
	struct weir_queue *queue = queue_of(2);

	put_text(queue, "left");
	for (int i = 0; i < 100; i++)
		shut(queue, false);
	must_be(weir_queue_size(queue), 1);
	get_text(queue, "left");
	for (int i = 0; i < 100; i++) {
		shut(queue, i % 2);
		refuse_both(queue);
	}
	weir_queue_close(queue);
}

static void test_shutdown_closes_open_loans_at_their_commit(void **state)
{
	static const size_t sizes[] = { 0, 8, 9, 120 };
	struct weir_queue *queue = queue_of(1);
	struct weir_loan loans[4];

	for (int i = 0; i < 4; i++)
		must_be(weir_queue_reserve(queue, sizes[i], WEIR_FOREVER,
		                           &loans[i]),
		        0);
	put_text(queue, "full");
	shut(queue, false);
	for (int i = 0; i < 3; i++) {
		must_be(weir_queue_commit(queue, &loans[i]), -ESHUTDOWN);
		must_be(weir_queue_commit(queue, &loans[i]), -EPERM);
	}
	get_text(queue, "full");
	must_be(weir_queue_commit(queue, &loans[3]), -ESHUTDOWN);
	must_be(weir_queue_commit(queue, &loans[3]), -EPERM);
	weir_queue_abandon(queue, &loans[3]);
	refuse_both(queue);
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_s1_an_empty_queue_is_shut_down_for_everybody),
		sentence(test_s1_a_used_and_emptied_queue_is_shut_down),
		sentence(test_s2_what_is_left_can_still_be_got),
		sentence(test_s2_a_full_queue_of_any_size_can_be_shut_down),
		sentence(test_s2_what_is_given_back_can_still_be_got),
		sentence(test_s2_what_a_dead_worker_had_can_still_be_got),
		sentence(test_s3_immediate_drops_what_is_queued),
		sentence(test_s3_immediate_drops_what_was_given_back),
		sentence(test_s4_immediate_leaves_what_was_taken),
		sentence(test_s4_immediate_waits_for_no_dead_worker),
		sentence(test_shutdown_may_be_repeated),
		sentence(test_shutdown_closes_open_loans_at_their_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
