/* SPDX-License-Identifier: MIT */
/* Loans: messages that are written in place. */
#include "child.h"
#include "queues.h"

enum { BLOCK = 1000 };

static struct weir_queue *queue_new(size_t capacity)
{
	return queue_with(&(struct weir_queue_options){
		.capacity = capacity,
		.block_size = BLOCK,
		.memory = 16 * BLOCK,
	});
}

static void reserve(struct weir_queue *queue, size_t size,
                    struct weir_loan *loan)
{
	must_be(weir_queue_reserve(queue, size, WEIR_FOREVER, loan), 0);
	must_be(loan->size, size);
	must(size == 0 || loan->data);
	must_be((uintptr_t)loan->data % 8, 0);
}

static void commit_pattern(struct weir_queue *queue, size_t reserved,
                           size_t size, uint64_t seed)
{
	struct weir_loan loan;

	reserve(queue, reserved, &loan);
	pattern_fill(loan.data, size, seed);
	loan.size = size;
	must_be(weir_queue_commit(queue, &loan), 0);
}

static void test_what_is_written_in_place_is_the_message(void **state)
{
	struct weir_queue *queue = queue_new(4);
	unsigned char buffer[BLOCK];

	for (size_t size = 0; size <= BLOCK; size++) {
		commit_pattern(queue, size, size, size);
		put_pattern(queue, buffer, size, size + 1);
		commit_pattern(queue, size, size, size + 2);
		for (uint64_t i = 0; i < 3; i++)
			get_pattern(queue, buffer, size, size + i);
	}
	weir_queue_close(queue);
}

static void test_a_loan_may_be_made_smaller(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 8, 9, 510, 511, 999 };
	struct weir_queue *queue = queue_new(4);
	unsigned char buffer[BLOCK];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		commit_pattern(queue, BLOCK, sizes[i], i);
		commit_pattern(queue, sizes[i], 0, i);
		get_pattern(queue, buffer, sizes[i], i);
		get_text(queue, "");
	}
	weir_queue_close(queue);
}

static void test_nothing_is_put_before_the_commit(void **state)
{
	struct weir_queue *queue = queue_new(4);
	struct weir_loan loan;

	reserve(queue, 6, &loan);
	memcpy(loan.data, "inside", 6);
	must_have(queue, 0, false);
	get_nothing(queue);
	put_text(queue, "before");
	must_be(weir_queue_commit(queue, &loan), 0);
	must_have(queue, 2, false);
	get_text(queue, "before");
	get_text(queue, "inside");
	get_nothing(queue);
	weir_queue_close(queue);
}

static void test_loans_come_in_the_order_of_their_commits(void **state)
{
	static const int order[] = { 3, 0, 4, 1, 2 };
	struct weir_queue *queue = queue_new(10);
	struct weir_loan loans[5];
	unsigned char buffer[100];

	for (size_t i = 0; i < 5; i++) {
		reserve(queue, 100, &loans[i]);
		pattern_fill(loans[i].data, 100, i);
	}
	for (size_t i = 0; i < 5; i++)
		must_be(weir_queue_commit(queue, &loans[order[i]]), 0);
	for (size_t i = 0; i < 5; i++)
		get_pattern(queue, buffer, 100, (uint64_t)order[i]);
	get_nothing(queue);
	weir_queue_close(queue);
}

static void test_a_full_queue_leaves_the_loan_open(void **state)
{
	static const size_t sizes[] = { 0, 8, 9, BLOCK };
	struct weir_queue *queue = queue_new(1);
	unsigned char buffer[BLOCK];
	struct weir_loan loan;

	for (size_t i = 0; i < 4; i++) {
		reserve(queue, sizes[i], &loan);
		pattern_fill(loan.data, sizes[i], i);
		put_text(queue, "full");
		for (int k = 0; k < 3; k++)
			must_be(weir_queue_commit(queue, &loan), -EAGAIN);
		must_have(queue, 1, true);
		get_text(queue, "full");
		must_be(weir_queue_commit(queue, &loan), 0);
		must_be(weir_queue_commit(queue, &loan), -EPERM);
		get_pattern(queue, buffer, sizes[i], i);
	}
	weir_queue_close(queue);
}

static void test_a_full_queue_does_not_keep_a_loan_from_going(void **state)
{
	struct weir_queue *queue = queue_new(1);
	struct weir_loan loan;

	for (int i = 0; i < 100; i++) {
		reserve(queue, 100, &loan);
		put_text(queue, "full");
		must_be(weir_queue_commit(queue, &loan), -EAGAIN);
		weir_queue_abandon(queue, &loan);
		must_be(weir_queue_commit(queue, &loan), -EPERM);
		get_text(queue, "full");
		get_nothing(queue);
	}
	weir_queue_close(queue);
}

/* Reserves what it can; returns how many. */
static int reserve_all(struct weir_queue *queue, struct weir_loan *loans,
                       int most)
{
	int count = 0, code;

	while ((code = weir_queue_reserve(queue, BLOCK, WEIR_NOWAIT,
	                                  &loans[count])) == 0)
		must(++count < most);
	must_be(code, -EAGAIN);
	return count;
}

static void test_loans_take_memory_until_they_go(void **state)
{
	static struct weir_loan loans[64], none;
	struct weir_queue *queue = queue_new(100);
	int count = reserve_all(queue, loans, 64);

	must(count >= 16);
	must_be(weir_queue_reserve(queue, 1, WEIR_MS(1), &none), -ETIMEDOUT);
	must(none.data == NULL);
	must_have(queue, 0, false);
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < count; i++) {
			if ((i + round) % 2)
				weir_queue_abandon(queue, &loans[i]);
			else
				must_be(weir_queue_commit(queue, &loans[i]), 0);
		}
		drain(queue);
		must_be(reserve_all(queue, loans, 64), count);
	}
	for (int i = 0; i < count; i++)
		weir_queue_abandon(queue, &loans[i]);
	weir_queue_close(queue);
}

static void refuse_loan(struct weir_queue *queue, struct weir_loan loan)
{
	must_be(weir_queue_commit(queue, &loan), -EPERM);
	weir_queue_abandon(queue, &loan);
}

static void test_what_is_no_open_loan_is_refused(void **state)
{
	struct weir_queue *queue = queue_new(4);
	struct weir_loan loan, other, junk;
	uint64_t random = 5;

	refuse_loan(queue, (struct weir_loan){ .size = 0 });
	reserve(queue, 10, &loan);
	junk = loan;
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 3; k++)
			junk.reserved[k] = random_next(&random);
		must_be(weir_queue_commit(queue, &junk), -EPERM);
	}
	pattern_fill(loan.data, 10, 1);
	other = loan;
	must_be(weir_queue_commit(queue, &loan), 0);
	refuse_loan(queue, loan);
	refuse_loan(queue, other);
	must_have(queue, 1, false);
	reserve(queue, 10, &loan);
	other = loan;
	weir_queue_abandon(queue, &loan);
	weir_queue_abandon(queue, &loan);
	refuse_loan(queue, loan);
	refuse_loan(queue, other);
	must_be(drain(queue), 1);
	weir_queue_close(queue);
}

static void test_more_than_was_reserved_is_refused(void **state)
{
	static const size_t sizes[] = { 0, 1, 8, 9, 100, BLOCK };
	struct weir_queue *queue = queue_new(4);
	unsigned char buffer[BLOCK];
	struct weir_loan loan;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		reserve(queue, sizes[i], &loan);
		pattern_fill(loan.data, sizes[i], i);
		loan.size = sizes[i] + 1;
		must_be(weir_queue_commit(queue, &loan), -EINVAL);
		loan.size = SIZE_MAX;
		must_be(weir_queue_commit(queue, &loan), -EINVAL);
		must_have(queue, 0, false);
		loan.size = sizes[i];
		must_be(weir_queue_commit(queue, &loan), 0);
		get_pattern(queue, buffer, sizes[i], i);
	}
	weir_queue_close(queue);
}

struct family {
	struct weir_queue *queue;
	struct weir_loan loan;
};

static void use_parents_loan(void *argument)
{
	struct family *family = argument;
	struct weir_loan own, copy = family->loan;

	must_be(weir_queue_commit(family->queue, &copy), -EPERM);
	weir_queue_abandon(family->queue, &copy);
	copy = family->loan;
	must_be(weir_queue_commit(family->queue, &copy), -EPERM);
	reserve(family->queue, 5, &own);
	memcpy(own.data, "child", 5);
	must_be(weir_queue_commit(family->queue, &own), 0);
	weir_queue_close(family->queue);
}

static void test_a_loan_stays_the_parents_in_a_forked_child(void **state)
{
	struct family family = { .queue = queue_new(4) };

	for (int i = 0; i < 30; i++) {
		reserve(family.queue, 6, &family.loan);
		memcpy(family.loan.data, "parent", 6);
		child_join(child_start(use_parents_loan, &family));
		must(memcmp(family.loan.data, "parent", 6) == 0);
		must_be(weir_queue_commit(family.queue, &family.loan), 0);
		get_text(family.queue, "child");
		get_text(family.queue, "parent");
		get_nothing(family.queue);
	}
	weir_queue_close(family.queue);
}

static void reserve_and_leave(void *argument)
{
	struct weir_queue *queue = argument;
	static struct weir_loan loans[64];

	must(reserve_all(queue, loans, 64) >= 16);
}

static void test_the_loans_of_a_process_go_with_it(void **state)
{
	static struct weir_loan loans[64];
	struct weir_queue *queue = queue_new(4);
	int count;

	for (int i = 0; i < 30; i++) {
		child_join(child_start(reserve_and_leave, queue));
		for (count = 0; count < 16; count++)
			must_be(weir_queue_reserve(queue, BLOCK, WEIR_FOREVER,
			                           &loans[count]),
			        0);
		must_have(queue, 0, false);
		while (count-- > 0)
			weir_queue_abandon(queue, &loans[count]);
	}
	weir_queue_close(queue);
}

static void test_close_abandons_open_loans(void **state)
{
	struct weir_queue *queue = queue_new(4), *second;
	static struct weir_loan loans[64];

	must_be(weir_queue_open_fd(&second, weir_queue_fd(queue)), 0);
	for (int i = 0; i < 30; i++) {
		must(reserve_all(second, loans, 64) >= 16);
		weir_queue_close(second);
		must_be(weir_queue_open_fd(&second, weir_queue_fd(queue)), 0);
		get_nothing(queue);
	}
	weir_queue_close(second);
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_what_is_written_in_place_is_the_message),
		sentence(test_a_loan_may_be_made_smaller),
		sentence(test_nothing_is_put_before_the_commit),
		sentence(test_loans_come_in_the_order_of_their_commits),
		sentence(test_a_full_queue_leaves_the_loan_open),
		sentence(test_a_full_queue_does_not_keep_a_loan_from_going),
		sentence(test_loans_take_memory_until_they_go),
		sentence(test_what_is_no_open_loan_is_refused),
		sentence(test_more_than_was_reserved_is_refused),
		sentence(test_a_loan_stays_the_parents_in_a_forked_child),
		sentence(test_the_loans_of_a_process_go_with_it),
		sentence(test_close_abandons_open_loans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
