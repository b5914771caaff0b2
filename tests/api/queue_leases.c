/* SPDX-License-Identifier: MIT */
/* Leases: messages that stay in place until they are done. */
#include "child.h"
#include "queues.h"

#include <stdlib.h>

enum { BLOCK = 120 };

static struct weir_queue *queue_new(size_t capacity)
{
	return queue_with(&(struct weir_queue_options){
		.capacity = capacity,
		.block_size = BLOCK,
		.memory = 64 * BLOCK,
	});
}

static void done(struct weir_queue *queue, struct weir_lease *lease)
{
	must_be(weir_queue_done(queue, lease), 0);
}

static void giveback(struct weir_queue *queue, struct weir_lease *lease)
{
	must_be(weir_queue_giveback(queue, lease), 0);
}

static void test_l1_a_lease_is_the_message_in_place(void **state)
{
	struct weir_queue *queue = queue_new(2);
	struct weir_lease lease;
	unsigned char buffer[2000];

	for (size_t size = 0; size <= sizeof(buffer); size++) {
		put_pattern(queue, buffer, size, size);
		must_be(weir_queue_lease(queue, WEIR_FOREVER, &lease), 0);
		must_be(lease.size, size);
		must(size == 0 || lease.data);
		must_be((uintptr_t)lease.data % 8, 0);
		must_be(lease.deliveries, 1);
		must(pattern_holds(lease.data, size, size));
		done(queue, &lease);
		get_nothing(queue);
	}
	weir_queue_close(queue);
}

static void test_l1_a_leased_message_is_nobody_elses(void **state)
{
	struct weir_queue *queue = queue_new(3);
	struct weir_lease leases[2];

	put_text(queue, "one");
	put_text(queue, "a longer second");
	put_text(queue, "three");
	must_have(queue, 3, true);
	lease_text(queue, &leases[0], "one", 1);
	must_have(queue, 2, false);
	lease_text(queue, &leases[1], "a longer second", 1);
	must_have(queue, 1, false);
	get_text(queue, "three");
	get_nothing(queue);
	must_be(weir_queue_lease(queue, WEIR_NOWAIT, &leases[0]), -EAGAIN);
	must_be(leases[0].size, 3);
	must(memcmp(leases[0].data, "one", 3) == 0);
	done(queue, &leases[1]);
	done(queue, &leases[0]);
	get_nothing(queue);
	weir_queue_close(queue);
}

/* Leased messages do not count: there is room for as many as before. */
static void test_l1_a_lease_makes_room_in_the_queue(void **state)
{
	struct weir_queue *queue = queue_new(2);
	struct weir_lease leases[6];

	for (size_t i = 0; i < 6; i++) {
		must_be(weir_queue_put(queue, &i, sizeof(i), WEIR_NOWAIT), 0);
		must_be(weir_queue_lease(queue, WEIR_NOWAIT, &leases[i]), 0);
	}
	must_have(queue, 0, false);
	must_be(fill_up(queue, 20), 2);
	for (size_t i = 0; i < 6; i++) {
		must(memcmp(leases[i].data, &i, sizeof(i)) == 0);
		done(queue, &leases[i]);
	}
	must_be(drain(queue), 2);
	weir_queue_close(queue);
}

static void test_l1_what_is_given_back_comes_next(void **state)
{
	struct weir_queue *queue = queue_new(4);
	struct weir_lease lease;

	put_text(queue, "first");
	put_text(queue, "second");
	for (unsigned i = 1; i <= 100; i++) {
		lease_text(queue, &lease, "first", i);
		must_have(queue, 1, false);
		giveback(queue, &lease);
		must_have(queue, 2, false);
	}
	get_text(queue, "first");
	lease_text(queue, &lease, "second", 1);
	giveback(queue, &lease);
	put_text(queue, "third");
	get_text(queue, "second");
	get_text(queue, "third");
	get_nothing(queue);
	must_be(weir_queue_dropped(queue), 0);
	weir_queue_close(queue);
}

static void test_l1_all_that_is_given_back_comes_before_the_rest(void **state)
{
	struct weir_queue *queue = queue_new(20);
	struct weir_lease leases[10], lease;
	uint64_t number, came = 0;

	for (number = 0; number < 20; number++)
		must_be(weir_queue_put(queue, &number, 8, WEIR_NOWAIT), 0);
	for (int i = 0; i < 10; i++)
		must_be(weir_queue_lease(queue, WEIR_NOWAIT, &leases[i]), 0);
	for (int i = 0; i < 10; i++)
		giveback(queue, &leases[i * 7 % 10]);
	must_be(weir_queue_size(queue), 20);
	for (int i = 0; i < 10; i++) {
		must_be(weir_queue_lease(queue, WEIR_NOWAIT, &lease), 0);
		must_be(lease.deliveries, 2);
		memcpy(&number, lease.data, 8);
		must(number < 10 && !(came & UINT64_C(1) << number));
		came |= UINT64_C(1) << number;
		done(queue, &lease);
	}
	for (uint64_t i = 10; i < 20; i++) {
		must_be(weir_queue_get(queue, &number, 8, WEIR_NOWAIT), 8);
		must_be(number, i);
	}
	get_nothing(queue);
	weir_queue_close(queue);
}

/* They count neither while they are leased nor when they are back. */
static void test_l1_what_is_given_back_takes_no_room(void **state)
{
	struct weir_queue *queue = queue_new(1);
	struct weir_lease lease;

	put_text(queue, "one");
	lease_text(queue, &lease, "one", 1);
	put_text(queue, "two");
	must_have(queue, 1, true);
	giveback(queue, &lease);
	must_have(queue, 2, true);
	must_be(weir_queue_put(queue, "three", 5, WEIR_NOWAIT), -EAGAIN);
	get_text(queue, "one");
	must_have(queue, 1, true);
	must_be(weir_queue_put(queue, "three", 5, WEIR_NOWAIT), -EAGAIN);
	get_text(queue, "two");
	must_have(queue, 0, false);
	put_text(queue, "three");
	lease_text(queue, &lease, "three", 1);
	giveback(queue, &lease);
	must_have(queue, 1, false);
	put_text(queue, "four");
	get_text(queue, "three");
	get_text(queue, "four");
	weir_queue_close(queue);
}

static void test_a_message_of_many_blocks_lies_in_one_piece(void **state)
{
	enum { SIZE = 50 * BLOCK + 7 };
	struct weir_queue *queue = queue_new(4);
	static unsigned char buffer[SIZE];
	struct weir_lease lease;

	for (unsigned i = 0; i < 30; i++) {
		put_pattern(queue, buffer, SIZE, i);
		for (unsigned k = 1; k <= 3; k++) {
			must_be(weir_queue_lease(queue, WEIR_FOREVER, &lease),
			        0);
			must_be(lease.size, SIZE);
			must_be(lease.deliveries, k);
			must_be((uintptr_t)lease.data % 8, 0);
			must(pattern_holds(lease.data, SIZE, i));
			if (k < 3)
				giveback(queue, &lease);
		}
		done(queue, &lease);
		get_nothing(queue);
	}
	weir_queue_close(queue);
}

static void test_a_batch_takes_what_is_given_back_first(void **state)
{
	struct weir_queue *queue = queue_new(4);
	char bytes[3][8];
	struct iovec parts[3] = { { bytes[0], 8 },
		                  { bytes[1], 8 },
		                  { bytes[2], 8 } };
	struct weir_lease lease;

	put_text(queue, "one");
	put_text(queue, "two");
	put_text(queue, "three");
	lease_text(queue, &lease, "one", 1);
	giveback(queue, &lease);
	must_be(weir_queue_get_many(queue, parts, 3, WEIR_FOREVER), 3);
	must(memcmp(bytes[0], "one", 3) == 0);
	must(memcmp(bytes[1], "two", 3) == 0);
	must(memcmp(bytes[2], "three", 5) == 0);
	weir_queue_close(queue);
}

static void test_too_small_a_buffer_leaves_what_was_given_back(void **state)
{
	struct weir_queue *queue = queue_new(4);
	struct weir_lease lease;
	char buffer[8];

	put_text(queue, "more than eight");
	put_text(queue, "behind");
	lease_text(queue, &lease, "more than eight", 1);
	giveback(queue, &lease);
	must_be(weir_queue_get(queue, buffer, 8, WEIR_NOWAIT), -EMSGSIZE);
	must_be(weir_queue_get(queue, buffer, 8, WEIR_FOREVER), -EMSGSIZE);
	must_have(queue, 2, false);
	lease_text(queue, &lease, "more than eight", 2);
	done(queue, &lease);
	get_text(queue, "behind");
	weir_queue_close(queue);
}

static void refuse(struct weir_queue *queue, struct weir_lease lease)
{
	struct weir_lease copy = lease;

	must_be(weir_queue_done(queue, &copy), -EPERM);
	copy = lease;
	must_be(weir_queue_giveback(queue, &copy), -EPERM);
}

static void test_what_is_no_open_lease_is_refused(void **state)
{
	struct weir_queue *queue = queue_new(4);
	struct weir_lease lease, old, junk;
	uint64_t random = 5;

	refuse(queue, (struct weir_lease){ .size = 0 });
	put_text(queue, "one");
	put_text(queue, "two");
	lease_text(queue, &lease, "one", 1);
	junk = lease;
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 4; k++)
			junk.reserved[k] = random_next(&random);
		refuse(queue, junk);
	}
	old = lease;
	done(queue, &lease);
	refuse(queue, lease);
	refuse(queue, old);
	lease_text(queue, &lease, "two", 1);
	refuse(queue, old);
	old = lease;
	giveback(queue, &lease);
	refuse(queue, lease);
	refuse(queue, old);
	must_have(queue, 1, false);
	lease_text(queue, &lease, "two", 2);
	refuse(queue, old);
	done(queue, &lease);
	must_have(queue, 0, false);
	weir_queue_close(queue);
}

static void test_max_deliveries_drops_and_counts(void **state)
{
	static unsigned char buffer[3000];
	static const size_t sizes[] = { 0, 8, 9, BLOCK, 3000 };
	struct weir_queue_options options = { .capacity = 4, .memory = 32000 };
	struct weir_lease lease;
	uint64_t dropped;

	for (unsigned most = 1; most <= 4; most++) {
		struct weir_queue *queue;

		options.max_deliveries = most;
		queue = queue_with(&options);
		for (dropped = 0; dropped < 50; dropped++) {
			size_t size = sizes[dropped % 5];

			put_pattern(queue, buffer, size, dropped);
			must_be(weir_queue_dropped(queue), dropped);
			for (unsigned i = 1; i <= most; i++) {
				must_be(weir_queue_lease(queue, WEIR_NOWAIT,
				                         &lease),
				        0);
				must_be(lease.deliveries, i);
				must(pattern_holds(lease.data, size, dropped));
				giveback(queue, &lease);
			}
			get_nothing(queue);
			must_be(weir_queue_dropped(queue), dropped + 1);
			must_have(queue, 0, false);
			must_be(weir_queue_join(queue, WEIR_NOWAIT), 0);
		}
		weir_queue_close(queue);
	}
}

static void test_what_is_done_in_time_is_not_dropped(void **state)
{
	struct weir_queue *queue = queue_with(&(struct weir_queue_options){
		.capacity = 4, .max_deliveries = 2 });
	struct weir_lease lease;

	for (int i = 0; i < 50; i++) {
		put_text(queue, "tried twice");
		put_text(queue, "got");
		lease_text(queue, &lease, "tried twice", 1);
		giveback(queue, &lease);
		lease_text(queue, &lease, "tried twice", 2);
		done(queue, &lease);
		lease_text(queue, &lease, "got", 1);
		giveback(queue, &lease);
		get_text(queue, "got");
		get_nothing(queue);
		must_be(weir_queue_dropped(queue), 0);
	}
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_l1_a_lease_is_the_message_in_place),
		sentence(test_l1_a_leased_message_is_nobody_elses),
		sentence(test_l1_a_lease_makes_room_in_the_queue),
		sentence(test_l1_what_is_given_back_comes_next),
		sentence(test_l1_all_that_is_given_back_comes_before_the_rest),
		sentence(test_l1_what_is_given_back_takes_no_room),
		sentence(test_a_message_of_many_blocks_lies_in_one_piece),
		sentence(test_a_batch_takes_what_is_given_back_first),
		sentence(test_too_small_a_buffer_leaves_what_was_given_back),
		sentence(test_what_is_no_open_lease_is_refused),
		sentence(test_max_deliveries_drops_and_counts),
		sentence(test_what_is_done_in_time_is_not_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
