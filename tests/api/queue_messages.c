/* SPDX-License-Identifier: MIT */
/* Messages arrive whole, in order, and once; counts agree with that. */
#include "queues.h"

#include <stdlib.h>

static void test_q1_a_new_queue_is_empty_and_not_full(void **state)
{
	struct weir_queue *queue = queue_of(1);

	must_have(queue, 0, false);
	must_be(weir_queue_capacity(queue), 1);
	get_nothing(queue);
	weir_queue_close(queue);
	must_be(weir_queue_create(&queue, NULL, NULL), 0);
	must_have(queue, 0, false);
	must_be(weir_queue_capacity(queue), 32767);
	must_be(weir_queue_backing(queue), 0);
	must_be(weir_queue_dropped(queue), 0);
	weir_queue_close(queue);
}

static void test_q2_a_full_queue_takes_no_more(void **state)
{
	struct weir_queue *queue = queue_of(2);
	struct iovec part = { (void *)(uintptr_t) "three", 5 };

	put_text(queue, "one");
	must_have(queue, 1, false);
	put_text(queue, "two");
	must_have(queue, 2, true);
	must_be(weir_queue_put(queue, "three", 5, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_put(queue, "three", 5, WEIR_MS(1)), -ETIMEDOUT);
	must_be(weir_queue_put_many(queue, &part, 1, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_put_many(queue, &part, 1, WEIR_MS(1)), -ETIMEDOUT);
	must_have(queue, 2, true);
	get_text(queue, "one");
	must_have(queue, 1, false);
	put_text(queue, "three");
	must_have(queue, 2, true);
	get_text(queue, "two");
	get_text(queue, "three");
	must_have(queue, 0, false);
	weir_queue_close(queue);
}

static void test_q4_messages_come_out_in_put_order(void **state)
{
	static unsigned char buffer[2000];
	struct weir_queue *queue = queue_of(16);
	uint64_t random = 4, put = 0, got = 0;

	while (got < 20000) {
		uint64_t burst = put + random_next(&random) % 8;

		for (; put < burst; put++)
			put_pattern(queue, buffer,
			            (size_t)(put * 769 % sizeof(buffer)), put);
		for (; got < put; got++)
			get_pattern(queue, buffer,
			            (size_t)(got * 769 % sizeof(buffer)), got);
	}
	get_nothing(queue);
	weir_queue_close(queue);
}

static void test_q6_size_counts_puts_and_gets(void **state)
{
	struct weir_queue *queue = queue_of(10);

	must_have(queue, 0, false);
	put_text(queue, "one");
	must_have(queue, 1, false);
	put_text(queue, "two");
	must_have(queue, 2, false);
	get_text(queue, "one");
	must_have(queue, 1, false);
	get_text(queue, "two");
	must_have(queue, 0, false);
	weir_queue_close(queue);
}

/* One random call; returns how many messages it put, or took if negative. */
static int a_step(struct weir_queue *queue, uint64_t random, size_t room,
                  size_t there)
{
	static unsigned char bytes[4][300];
	struct iovec parts[4];
	size_t count = 1 + random / 16 % 4;
	size_t most = count < room ? count : room;
	size_t least = count < there ? count : there;

	for (size_t i = 0; i < 4; i++)
		parts[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
	switch (random % 4) {
	case 0:
		must_be(weir_queue_put(queue, bytes, random % 300, WEIR_NOWAIT),
		        room ? 0 : -EAGAIN);
		return room ? 1 : 0;
	case 1:
		must_be(weir_queue_put_many(queue, parts, count, WEIR_NOWAIT),
		        room ? (ssize_t)most : -EAGAIN);
		return (int)most;
	case 2:
		must(weir_queue_get(queue, bytes, 300, WEIR_NOWAIT) >= 0 ||
		     !there);
		return there ? -1 : 0;
	default:
		must_be(weir_queue_get_many(queue, parts, count, WEIR_NOWAIT),
		        there ? (ssize_t)least : -EAGAIN);
		return -(int)least;
	}
}

static void test_q7_the_counts_agree_with_every_put_and_get(void **state)
{
	static const size_t capacities[] = { 1, 2, 3, 5, 64 };
	uint64_t random = 7;

	for (size_t i = 0; i < sizeof(capacities) / sizeof(size_t); i++) {
		size_t capacity = capacities[i];
		struct weir_queue_options options = {
			.capacity = capacity,
			.memory = 65536,
		};
		struct weir_queue *queue = queue_with(&options);
		int there = 0;

		for (int step = 0; step < 20000; step++) {
			there +=
				a_step(queue, random_next(&random) >> 8,
			               capacity - (size_t)there, (size_t)there);
			must_have(queue, (size_t)there,
			          (size_t)there == capacity);
		}
		weir_queue_close(queue);
	}
}

static void test_q8_an_abandoned_reserve_gives_its_room_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 8, 9, 120 };
	struct weir_queue *queue = queue_of(1);
	struct weir_loan loan;

	for (int i = 0; i < 1000; i++) {
		must_be(weir_queue_reserve(queue, sizes[i % 5], WEIR_NOWAIT,
		                           &loan),
		        0);
		weir_queue_abandon(queue, &loan);
		must_have(queue, 0, false);
		must_be(weir_queue_put(queue, "put", 3, WEIR_NOWAIT), 0);
		get_text(queue, "put");
	}
	weir_queue_close(queue);
}

static void test_q11_a_message_of_no_bytes_is_a_message(void **state)
{
	struct weir_queue *queue = queue_of(10);
	char byte = 'u';

	must_be(weir_queue_put(queue, NULL, 0, WEIR_FOREVER), 0);
	must_be(weir_queue_put(queue, "", 0, WEIR_FOREVER), 0);
	must_be(weir_queue_put(queue, "x", 1, WEIR_FOREVER), 0);
	must_be(weir_queue_put(queue, &byte, 0, WEIR_FOREVER), 0);
	must_have(queue, 4, false);
	must_be(weir_queue_get(queue, &byte, 1, WEIR_FOREVER), 0);
	must_be(weir_queue_get(queue, NULL, 0, WEIR_FOREVER), 0);
	must_be(byte, 'u');
	must_be(weir_queue_get(queue, &byte, 1, WEIR_FOREVER), 1);
	must_be(byte, 'x');
	must_be(weir_queue_get(queue, &byte, 1, WEIR_FOREVER), 0);
	get_nothing(queue);
	weir_queue_close(queue);
}

static void test_q13_too_small_a_buffer_leaves_the_message_first(void **state)
{
	static const size_t sizes[] = { 1, 8, 9, 120, 121, 510, 511, 3000 };
	static unsigned char buffer[3000], as_before[3000];
	struct weir_queue *queue = queue_of(10);
	struct iovec part = { buffer, 0 };

	memset(as_before, 0xa5, sizeof(as_before));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i];

		put_pattern(queue, buffer, size, i);
		put_text(queue, "behind");
		memset(buffer, 0xa5, sizeof(buffer));
		must_be(weir_queue_get(queue, buffer, size - 1, WEIR_FOREVER),
		        -EMSGSIZE);
		must_be(weir_queue_get(queue, NULL, 0, WEIR_NOWAIT), -EMSGSIZE);
		part.iov_len = size - 1;
		must_be(weir_queue_get_many(queue, &part, 1, WEIR_FOREVER),
		        -EMSGSIZE);
		must_be(part.iov_len, size - 1);
		must(memcmp(buffer, as_before, sizeof(buffer)) == 0);
		must_have(queue, 2, false);
		get_pattern(queue, buffer, size, i);
		get_text(queue, "behind");
	}
	weir_queue_close(queue);
}

static void test_bytes_beyond_the_message_are_untouched(void **state)
{
	unsigned char buffer[400], expected[400];
	struct weir_queue *queue = queue_of(2);

	for (size_t size = 0; size <= 380; size++) {
		put_pattern(queue, buffer, size, size);
		memset(buffer, 0xa5, sizeof(buffer));
		memset(expected, 0xa5, sizeof(expected));
		pattern_fill(expected, size, size);
		must_be(weir_queue_get(queue, buffer, sizeof(buffer),
		                       WEIR_FOREVER),
		        (ssize_t)size);
		must(memcmp(buffer, expected, sizeof(buffer)) == 0);
	}
	weir_queue_close(queue);
}

static void test_every_size_keeps_its_content(void **state)
{
	static unsigned char buffer[2100];
	struct weir_queue *queue = queue_of(7);
	uint64_t seed = 0;

	for (size_t size = 0; size <= sizeof(buffer); size++) {
		for (int i = 0; i < 5; i++, seed++) {
			put_pattern(queue, buffer, size, seed);
			memset(buffer, 0, size);
			get_pattern(queue, buffer, size, seed);
		}
	}
	weir_queue_close(queue);
}

/* Messages around every border there is with blocks of this size. */
static void cross_borders(size_t block)
{
	struct weir_queue_options options = {
		.capacity = 3,
		.block_size = block,
		.memory = 10 * block + 65536,
	};
	struct weir_queue *queue = queue_with(&options);
	unsigned char *buffer = malloc(4 * block + 2000);
	size_t borders[] = { 1,         8,   block,     2 * block,
		             3 * block, 510, 4 * block, 1023 };

	must(buffer);
	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++) {
		for (size_t size = borders[i] - 1; size <= borders[i] + 2;
		     size++) {
			put_pattern(queue, buffer, size, size);
			put_pattern(queue, buffer, size, size + 1);
			get_pattern(queue, buffer, size, size);
			get_pattern(queue, buffer, size, size + 1);
		}
	}
	free(buffer);
	weir_queue_close(queue);
}

static void test_blocks_of_every_size_carry_messages_of_every_size(void **state)
{
	static const size_t blocks[] = { 1,     2,      7,    8,    9,    15,
		                         16,    17,     63,   64,   65,   119,
		                         120,   121,    128,  509,  510,  511,
		                         512,   513,    1000, 4095, 4096, 4097,
		                         65536, 1 << 20 };

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		cross_borders(blocks[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_q1_a_new_queue_is_empty_and_not_full),
		sentence(test_q2_a_full_queue_takes_no_more),
		sentence(test_q4_messages_come_out_in_put_order),
		sentence(test_q6_size_counts_puts_and_gets),
		sentence(test_q7_the_counts_agree_with_every_put_and_get),
		sentence(test_q8_an_abandoned_reserve_gives_its_room_back),
		sentence(test_q11_a_message_of_no_bytes_is_a_message),
		sentence(test_q13_too_small_a_buffer_leaves_the_message_first),
		sentence(test_bytes_beyond_the_message_are_untouched),
		sentence(test_every_size_keeps_its_content),
		sentence(
			test_blocks_of_every_size_carry_messages_of_every_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
