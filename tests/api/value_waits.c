/* SPDX-License-Identifier: MIT */
/* Waiting until a value is no longer what was seen. */
#include "values.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static void test_t1_a_wait_fails_at_once_or_after_its_time(void **state)
{
	struct weir_value *value = value_of('i');
	struct weir_array *array = array_of('d', 3);
	int64_t begun = now();

	must_be(weir_value_wait_i(value, 0, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_array_wait_d(array, 2, 0, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_value_wait_i(value, 0, -7), -EAGAIN);
	must(now() - begun < SOON);
	for (int ms = 1; ms < 100; ms *= 3) {
		begun = now();
		must_be(weir_value_wait_i(value, 0, WEIR_MS(ms)), -ETIMEDOUT);
		must(now() - begun >= WEIR_MS(ms));
		begun = now();
		must_be(weir_array_wait_d(array, 2, 0, WEIR_MS(ms)),
		        -ETIMEDOUT);
		must(now() - begun >= WEIR_MS(ms));
	}
	must_be(weir_value_wait_i(value, 1, WEIR_FOREVER), 0);
	weir_value_close(value);
	weir_array_close(array);
}

struct sleeper {
	struct weir_value *value;
	struct weir_array *array;
	int *rounds;
};

enum { ROUNDS = 40 };

/* Answers each change with one of its own. */
static void answer(void *argument)
{
	struct sleeper *sleeper = argument;

	for (int i = 0; i < ROUNDS; i++) {
		must_be(weir_value_wait_i(sleeper->value, i, WEIR_FOREVER), 0);
		must_be(weir_value_load_i(sleeper->value), i + 1);
		*sleeper->rounds = i + 1;
	}
	for (short i = 0; i < ROUNDS; i++) {
		must_be(weir_array_wait_h(sleeper->array, 7, i, WEIR_FOREVER),
		        0);
		must_be(weir_array_load_h(sleeper->array, 7), i + 1);
		*sleeper->rounds = ROUNDS + i + 1;
	}
}

static void change_value(struct sleeper *sleeper, int i)
{
	int expected = i, next = i + 1;

	switch (i % 5) {
	case 0:
		weir_value_store_i(sleeper->value, next);
		break;
	case 1:
		must_be(weir_value_fetch_add_i(sleeper->value, 1), i);
		break;
	case 2:
		must(weir_value_compare_exchange_i(sleeper->value, &expected,
		                                   next));
		break;
	case 3:
		must_be(weir_value_store(sleeper->value, &next), 0);
		break;
	default:
		*(int *)weir_value_data(sleeper->value) = next;
		weir_value_notify(sleeper->value);
	}
}

static void change_array(struct sleeper *sleeper, int i)
{
	short two[2] = { (short)(i + 1), 5 };

	switch (i % 4) {
	case 0:
		weir_array_store_h(sleeper->array, 7, two[0]);
		break;
	case 1:
		must_be(weir_array_store(sleeper->array, 7, 1, two), 0);
		break;
	case 2:
		must_be(weir_array_store(sleeper->array, 7, 2, two), 0);
		break;
	default:
		((short *)weir_array_data(sleeper->array))[7] = two[0];
		weir_array_notify(sleeper->array);
	}
}

/* Who is not woken finds out at the end of a slice, of 60 milliseconds. */
static void test_each_change_wakes_a_sleeper(void **state)
{
	struct sleeper sleeper = { value_of('i'), array_of('h', 100),
		                   shared_new(sizeof(int)) };
	pid_t child = child_start(answer, &sleeper);
	int fast = 0;

	for (int i = 0; i < 2 * ROUNDS; i++) {
		int64_t begun;

		until_asleep(child);
		begun = now();
		if (i < ROUNDS)
			change_value(&sleeper, i);
		else
			change_array(&sleeper, i - ROUNDS);
		while (__atomic_load_n(sleeper.rounds, __ATOMIC_ACQUIRE) <= i)
			usleep(100);
		fast += now() - begun < WEIR_MS(10);
	}
	child_join(child);
	/* The machine may be busy now and then. */
	must(fast > 2 * ROUNDS * 3 / 4);
	shared_free(sleeper.rounds, sizeof(int));
	weir_value_close(sleeper.value);
	weir_array_close(sleeper.array);
}

static void wait_for_all(void *argument)
{
	must_be(weir_value_wait_i(argument, 0, WEIR_FOREVER), 0);
}

static void test_a_change_wakes_all_sleepers(void **state)
{
	struct weir_value *value = value_of('i');
	pid_t children[5];

	for (int i = 0; i < 5; i++)
		children[i] = child_start(wait_for_all, value);
	for (int i = 0; i < 5; i++)
		until_asleep(children[i]);
	weir_value_store_i(value, 1);
	for (int i = 0; i < 5; i++)
		child_join(children[i]);
	weir_value_close(value);
}

static void store_and_die(void *argument)
{
	weir_value_store_i(argument, 1);
	raise(SIGKILL);
}

static void test_a_killed_sleeper_takes_nobodys_wake(void **state)
{
	struct weir_value *value = value_of('i');

	for (int i = 0; i < 10; i++) {
		pid_t first, second;

		weir_value_store_i(value, 0);
		first = child_start(wait_for_all, value);
		second = child_start(wait_for_all, value);
		until_asleep(first);
		until_asleep(second);
		child_kill(first);
		child_wait(child_start(store_and_die, value));
		child_join(second);
	}
	weir_value_close(value);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void hit_by_signals(void *argument)
{
	struct sigaction action = { .sa_handler = on_alarm };

	must_be(sigaction(SIGUSR1, &action, NULL), 0);
	must_be(weir_value_wait_i(argument, 0, WEIR_MS(300)), -ETIMEDOUT);
}

static void test_t4_signals_do_not_show(void **state)
{
	struct weir_value *value = value_of('i');
	int64_t begun = now();
	pid_t child = child_start(hit_by_signals, value);

	until_asleep(child);
	for (int i = 0; i < 20; i++) {
		kill(child, SIGUSR1);
		usleep(1000);
	}
	child_join(child);
	must(now() - begun >= WEIR_MS(300));
	weir_value_close(value);
}

static void wait_cheaply(void *argument)
{
	int64_t before = thread_time();

	must_be(weir_value_wait_i(argument, 0, WEIR_MS(600)), -ETIMEDOUT);
	must(thread_time() - before < WEIR_MS(60));
}

static void test_t5_waiting_costs_no_cpu(void **state)
{
	struct weir_value *value = value_of('i');

	child_join(child_start(wait_cheaply, value));
	weir_value_close(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_t1_a_wait_fails_at_once_or_after_its_time),
		sentence(test_each_change_wakes_a_sleeper),
		sentence(test_a_change_wakes_all_sleepers),
		sentence(test_a_killed_sleeper_takes_nobodys_wake),
		sentence(test_t4_signals_do_not_show),
		sentence(test_t5_waiting_costs_no_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
