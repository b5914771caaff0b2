/* SPDX-License-Identifier: MIT */
/*
 * Members of a queue that are killed at random moments: the others lose nothing
 * that was put, get again what was leased, and have all the room there was.
 */
#include "queue_load.h"

static void put_until_death(void *argument)
{
	struct load *load = argument;

	die_after(load->lifetime);
	for (uint64_t i = 0;;) {
		i += put_some(load, i);
		atomic_store(load->put, i);
	}
}

static void kill_producers(enum way way)
{
	uint64_t random = 40 + way, most = way == BATCH ? 3 : 1;
	struct load load;

	load_begin(&load, way);
	for (int i = 0; i < 100; i++) {
		uint64_t next = 0;
		int64_t number;
		pid_t child;
		bool dead = false;

		atomic_store(load.put, 0);
		load.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_MS(4));
		child = child_start(put_until_death, &load);
		while ((number = get_number(load.queue)) >= 0 || !dead) {
			if (number >= 0)
				must_be(number, next++);
			else
				dead = child_wait(child) != 0;
		}
		must(next >= atomic_load(load.put));
		must(next <= atomic_load(load.put) + most);
	}
	load_end(&load);
}

static void test_q9_a_killed_producer_loses_nothing_it_put(void **state)
{
	kill_producers(COPY);
}

static void test_q9_a_killed_put_of_many_put_the_first_ones(void **state)
{
	kill_producers(BATCH);
}

static void test_q9_a_killed_commit_is_a_message_or_none(void **state)
{
	kill_producers(IN_PLACE);
}

static void get_until_death(void *argument)
{
	struct load *load = argument;

	die_after(load->lifetime);
	for (;;) {
		int64_t number = get_number(load->queue);

		if (number >= 0)
			atomic_store(load->put, (uint64_t)number + 1);
	}
}

/* The one that it had in hand comes again or went with it, and no other. */
static void test_g4_a_killed_consumer_takes_one_message_with_it(void **state)
{
	enum { COUNT = 50 };
	uint64_t random = 50;
	struct load load;

	load_begin(&load, COPY);
	for (int i = 0; i < 100; i++) {
		uint64_t came = 0, got;
		int64_t number;
		pid_t child;

		atomic_store(load.put, 0);
		load.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_MS(1));
		child = child_start(get_until_death, &load);
		for (uint64_t k = 0; k < COUNT; k++)
			put_number(load.queue, k);
		child_wait(child);
		got = atomic_load(load.put);
		while ((number = get_number(load.queue)) >= 0) {
			must(!(came & UINT64_C(1) << number));
			came |= UINT64_C(1) << number;
		}
		for (uint64_t k = 0; k < COUNT; k++)
			must(k == got || (came >> k & 1) == (k > got));
	}
	load_end(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_q9_a_killed_producer_loses_nothing_it_put),
		sentence(test_q9_a_killed_put_of_many_put_the_first_ones),
		sentence(test_q9_a_killed_commit_is_a_message_or_none),
		sentence(test_g4_a_killed_consumer_takes_one_message_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
