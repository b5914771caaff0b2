/* SPDX-License-Identifier: MIT */
/* How much goes in, exactly, and what is refused because it never could. */
#include "child.h"
#include "private_shm.h"
#include "queues.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MEBI = 1 << 20 };

/* One message after another, with the counts looked at after each. */
static void fill_and_drain(struct weir_queue *queue, size_t capacity,
                           size_t size)
{
	unsigned char buffer[200];

	for (size_t i = 0; i < capacity; i++) {
		must_have(queue, i, false);
		pattern_fill(buffer, size, i);
		must_be(weir_queue_put(queue, buffer, size, WEIR_NOWAIT), 0);
	}
	must_have(queue, capacity, true);
	must_be(weir_queue_put(queue, buffer, size, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_put(queue, NULL, 0, WEIR_NOWAIT), -EAGAIN);
	must_have(queue, capacity, true);
	for (size_t i = 0; i < capacity; i++) {
		must_have(queue, capacity - i, i == 0);
		must_be(weir_queue_get(queue, buffer, size, WEIR_NOWAIT),
		        (ssize_t)size);
		must(pattern_holds(buffer, size, i));
	}
	must_have(queue, 0, false);
	get_nothing(queue);
}

static void test_the_capacity_is_exact(void **state)
{
	static const size_t capacities[] = { 1,  2,  3,   7,    63,   64,
		                             65, 99, 127, 1000, 32767 };
	static const size_t sizes[] = { 0, 8, 9, 120 };

	for (size_t i = 0; i < sizeof(capacities) / sizeof(size_t); i++) {
		struct weir_queue *queue = queue_of(capacities[i]);

		must_be(weir_queue_capacity(queue), capacities[i]);
		for (size_t k = 0; k < 4; k++)
			fill_and_drain(queue, capacities[i], sizes[k]);
		/* The same from a place in the middle. */
		for (size_t k = 0; k < capacities[i] / 2; k++) {
			put_text(queue, "moves on");
			get_text(queue, "moves on");
		}
		fill_and_drain(queue, capacities[i], 8);
		weir_queue_close(queue);
	}
}

static void test_the_largest_capacity_works(void **state)
{
	struct weir_queue *queue = queue_with(&(struct weir_queue_options){
		.capacity = 1 << 22, .memory = 4096 });

	must_be(weir_queue_capacity(queue), 1 << 22);
	must_be(fill_up(queue, 8), 1 << 22);
	must_have(queue, 1 << 22, true);
	must_be(drain(queue), 1 << 22);
	weir_queue_close(queue);
}

static void test_a_message_may_take_all_the_memory(void **state)
{
	static const size_t blocks[] = { 1, 8, 120, 4096, 65536 };
	unsigned char *buffer = malloc(64 * 65536);

	must(buffer);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		size_t memory = 64 * blocks[i];
		struct weir_queue *queue = queue_with(
			&(struct weir_queue_options){ .capacity = 4,
		                                      .block_size = blocks[i],
		                                      .memory = memory });

		for (uint64_t k = 0; k < 10; k++) {
			put_pattern(queue, buffer, memory, k);
			get_pattern(queue, buffer, memory, k);
			put_pattern(queue, buffer, memory / 64, k);
			get_pattern(queue, buffer, memory / 64, k);
		}
		weir_queue_close(queue);
	}
	free(buffer);
}

static void test_the_memory_is_a_bound(void **state)
{
	enum { BLOCKS = 5000, SIZE = 56 };
	struct weir_queue *queue = queue_with(&(struct weir_queue_options){
		.block_size = SIZE, .memory = SIZE * BLOCKS });
	static const unsigned char message[SIZE];
	int fit = 0;

	/* Whole pages of blocks are taken, and rounded sizes. */
	while (weir_queue_put(queue, message, SIZE, WEIR_NOWAIT) == 0)
		fit++;
	must(fit >= BLOCKS && fit < BLOCKS * 5 / 4);
	weir_queue_close(queue);
}

static void test_all_the_memory_holds_messages_of_a_block(void **state)
{
	static const size_t blocks[] = { 9, 64, 120, 1000, 4096, 8192 };
	unsigned char buffer[8192];

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct weir_queue *queue =
			queue_with(&(struct weir_queue_options){
				.capacity = 1000,
				.block_size = blocks[i],
				.memory = 100 * blocks[i] });

		for (int round = 0; round < 30; round++) {
			for (uint64_t k = 0; k < 100; k++) {
				pattern_fill(buffer, blocks[i], k);
				must_be(weir_queue_put(queue, buffer, blocks[i],
				                       WEIR_NOWAIT),
				        0);
			}
			for (uint64_t k = 0; k < 100; k++)
				get_pattern(queue, buffer, blocks[i], k);
		}
		weir_queue_close(queue);
	}
}

/* Whatever there is of it comes back, and no call waits for what cannot be. */
static void test_what_can_never_fit_is_refused_at_once(void **state)
{
	struct weir_queue *queue = queue_with(
		&(struct weir_queue_options){ .capacity = 4, .memory = 4096 });
	unsigned char *large = calloc(1, MEBI);
	struct weir_loan loan = { .size = 0 };
	struct iovec part = { large, MEBI };
	size_t sizes[] = { MEBI,         MEBI - 1,
		           SSIZE_MAX,    (size_t)SSIZE_MAX + 1,
		           SIZE_MAX - 7, SIZE_MAX };

	must(large);
	for (int full = 0; full < 2; full++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(size_t); i++) {
			must_be(weir_queue_put(queue, large, sizes[i],
			                       WEIR_FOREVER),
			        -EMSGSIZE);
			part.iov_len = sizes[i];
			must_be(weir_queue_put_many(queue, &part, 1,
			                            WEIR_FOREVER),
			        -EMSGSIZE);
			must_be(weir_queue_reserve(queue, sizes[i],
			                           WEIR_FOREVER, &loan),
			        -EMSGSIZE);
		}
		must_have(queue, full ? 4 : 0, full);
		if (!full)
			must_be(fill_up(queue, 100), 4);
	}
	must(loan.data == NULL);
	must_be(drain(queue), 4);
	free(large);
	weir_queue_close(queue);
}

static void test_a_loan_is_of_one_block_at_most(void **state)
{
	static const size_t blocks[] = { 1, 7, 8, 9, 120, 1000, 4096, MEBI };
	struct weir_loan loan;

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct weir_queue *queue =
			queue_with(&(struct weir_queue_options){
				.capacity = 4, .block_size = blocks[i] });

		must_be(weir_queue_reserve(queue, blocks[i] + 1, WEIR_FOREVER,
		                           &loan),
		        -EMSGSIZE);
		must_be(weir_queue_reserve(queue, blocks[i], WEIR_FOREVER,
		                           &loan),
		        0);
		memset(loan.data, 1, blocks[i]);
		must_be(weir_queue_commit(queue, &loan), 0);
		weir_queue_close(queue);
	}
}

static void test_q12_a_message_of_16_mib_goes_through(void **state)
{
	static const size_t blocks[] = { 0, 65536, 16 * MEBI };
	size_t size = 16 * MEBI;
	unsigned char *buffer = malloc(size);
	struct weir_lease lease;

	must(buffer);
	for (size_t i = 0; i < 3; i++) {
		struct weir_queue *queue = queue_with(
			&(struct weir_queue_options){ .capacity = 2,
		                                      .block_size = blocks[i],
		                                      .memory = size });

		for (uint64_t k = 0; k < 3; k++) {
			put_pattern(queue, buffer, size, k);
			must_be(weir_queue_get(queue, buffer, size - 1,
			                       WEIR_NOWAIT),
			        -EMSGSIZE);
			get_pattern(queue, buffer, size, k);
		}
		put_pattern(queue, buffer, size, 9);
		must_be(weir_queue_lease(queue, WEIR_NOWAIT, &lease), 0);
		must_be(lease.size, size);
		must(pattern_holds(lease.data, size, 9));
		must_be(weir_queue_done(queue, &lease), 0);
		weir_queue_close(queue);
	}
	free(buffer);
}

/* Q16, and all that a full queue needs was had when it was made. */
static void put_without_memory(void *argument)
{
	static unsigned char buffer[3000];
	struct weir_queue *queue = argument;
	struct rlimit none = { 0, 0 };

	/* All the code has run, and the stack is as deep as it gets. */
	put_pattern(queue, buffer, 3000, 1);
	get_pattern(queue, buffer, 3000, 1);
	must_be(fill_up(queue, 8), 32767);
	must_be(drain(queue), 32767);
	must_be(setrlimit(RLIMIT_DATA, &none), 0);
	must_be(setrlimit(RLIMIT_AS, &none), 0);
	for (uint64_t i = 0; i < 3; i++) {
		must_be(fill_up(queue, 120), 32767);
		must_be(drain(queue), 32767);
		put_pattern(queue, buffer, 3000, i);
		get_pattern(queue, buffer, 3000, i);
	}
}

static void test_q16_a_put_needs_no_private_memory(void **state)
{
	struct weir_queue *queue;

	if (SANITIZED)
		case_skip("a sanitizer needs memory itself");
	queue = queue_of(32767);
	child_join(child_start(put_without_memory, queue));
	get_nothing(queue);
	weir_queue_close(queue);
}

/* A queue may grow to more than the file system has. */
static void grow_without_room(void *argument)
{
	struct weir_queue_options options = { .capacity = 1000,
		                              .block_size = 4096,
		                              .memory = 8 * MEBI };
	unsigned char buffer[4096];
	struct weir_queue *queue;
	const char *name = argument;
	uint64_t put = 0, got = 0;
	int code;

	private_shm_enter("2m");
	must_be(weir_queue_create(&queue, name, &options), 0);
	for (int round = 0; round < 3; round++) {
		for (code = 0; code == 0; put += code == 0) {
			pattern_fill(buffer, 4096, put);
			code = weir_queue_put(queue, buffer, 4096,
			                      WEIR_FOREVER);
		}
		must_be(code, -ENOSPC);
		must(put - got >= MEBI / 4096);
		must_have(queue, put - got, false);
		for (; got < put; got++)
			get_pattern(queue, buffer, 4096, got);
	}
	weir_queue_close(queue);
	must_be(weir_unlink(name), 0);
	must_be(private_shm_files(), 0);
}

static void test_no_room_to_grow_into_is_enospc(void **state)
{
	const char *reason = private_shm_refused();

	if (reason)
		case_skip(reason);
	child_join(child_start(grow_without_room, (void *)(uintptr_t) "grows"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_the_capacity_is_exact),
		sentence(test_the_largest_capacity_works),
		sentence(test_a_message_may_take_all_the_memory),
		sentence(test_the_memory_is_a_bound),
		sentence(test_all_the_memory_holds_messages_of_a_block),
		sentence(test_what_can_never_fit_is_refused_at_once),
		sentence(test_a_loan_is_of_one_block_at_most),
		sentence(test_q12_a_message_of_16_mib_goes_through),
		sentence(test_q16_a_put_needs_no_private_memory),
		sentence(test_no_room_to_grow_into_is_enospc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
