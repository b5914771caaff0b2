/* SPDX-License-Identifier: MIT */
/* What a value of a number promises. */
#include "values.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <weir/lock.h>
#include <weir/region.h>

/* ---- each typecode */

#define STORE_IN_CHILD(code, type)                                             \
	static void store_##code(void *argument)                               \
	{                                                                      \
		must(weir_value_load_##code(argument) == (type)42);            \
		weir_value_store_##code(argument, (type)77);                   \
	}

#define SEEN_BY_PARENT(code, type)                                             \
	static void see_##code(void)                                           \
	{                                                                      \
		const type initial = (type)42;                                 \
		struct weir_value_options options = { .initial = &initial };   \
		struct weir_value *value = value_with(#code[0], &options);     \
		type now = 0;                                                  \
                                                                               \
		must(weir_value_load_##code(value) == (type)42);               \
		must_be(weir_value_load(value, &now), 0);                      \
		must(now == (type)42);                                         \
		must_be(weir_value_typecode(value), #code[0]);                 \
		must_be(weir_value_size(value), sizeof(type));                 \
		child_join(child_start(store_##code, value));                  \
		must(weir_value_load_##code(value) == (type)77);               \
		must_be(weir_value_load(value, &now), 0);                      \
		must(now == (type)77);                                         \
		now = (type)3;                                                 \
		must_be(weir_value_store(value, &now), 0);                     \
		must(weir_value_load_##code(value) == (type)3);                \
		must(*(type *)weir_value_data(value) == (type)3);              \
		weir_value_close(value);                                       \
	}

WEIR_NUMBERS(STORE_IN_CHILD)
WEIR_NUMBERS(SEEN_BY_PARENT)

static void test_v1_the_initial_value_and_a_childs_write(void **state)
{
#define SEE(code, type) see_##code();
	WEIR_NUMBERS(SEE)
}

#define CHANGES(code, type)                                                    \
	static void change_##code(void)                                        \
	{                                                                      \
		struct weir_value *value = value_of(#code[0]);                 \
		type expected = (type)9;                                       \
                                                                               \
		must(weir_value_exchange_##code(value, (type)7) == 0);         \
		must(!weir_value_compare_exchange_##code(value, &expected,     \
		                                         (type)1));            \
		must(expected == (type)7);                                     \
		must(weir_value_compare_exchange_##code(value, &expected,      \
		                                        (type)100));           \
		must(weir_value_fetch_add_##code(value, (type)5) ==            \
		     (type)100);                                               \
		must(weir_value_fetch_sub_##code(value, (type)3) ==            \
		     (type)105);                                               \
		must(weir_value_load_##code(value) == (type)102);              \
		weir_value_close(value);                                       \
	}

#define BITS(code, type)                                                       \
	static void bits_##code(void)                                          \
	{                                                                      \
		struct weir_value *value = value_of(#code[0]);                 \
                                                                               \
		must(weir_value_fetch_or_##code(value, (type)0x33) == 0);      \
		must(weir_value_fetch_and_##code(value, (type)0x0f) ==         \
		     (type)0x33);                                              \
		must(weir_value_fetch_xor_##code(value, (type)0x05) ==         \
		     (type)0x03);                                              \
		must(weir_value_load_##code(value) == (type)0x06);             \
		weir_value_store_##code(value, (type)-1);                      \
		must(weir_value_fetch_add_##code(value, (type)1) == (type)-1); \
		must(weir_value_load_##code(value) == 0);                      \
		weir_value_close(value);                                       \
	}

WEIR_NUMBERS(CHANGES)
WEIR_INTEGERS(BITS)

static void test_each_typecode_is_changed_in_one_step(void **state)
{
#define CHANGE(code, type) change_##code();
	WEIR_NUMBERS(CHANGE)
#define CHANGE_BITS(code, type) bits_##code();
	WEIR_INTEGERS(CHANGE_BITS)
}

static void test_a_comparison_compares_bytes(void **state)
{
	struct weir_value *value = value_of('d');
	double expected = -0.0, none = 0.0 / (double)weir_value_size(NULL);

	must(!weir_value_compare_exchange_d(value, &expected, 1));
	must(weir_value_compare_exchange_d(value, &expected, none));
	must(weir_value_compare_exchange_d(value, &none, 2.5));
	must(weir_value_load_d(value) > 2);
	weir_value_close(value);
}

/* ---- V2, V3 */

static void test_v2_a_value_is_zero_also_in_recycled_memory(void **state)
{
	struct weir_region *region;
	struct weir_value_options options = { .record_size = 0 };
	struct weir_value *value;
	unsigned char bytes[100];

	must_be(weir_region_create(&region, NULL, 65536, NULL), 0);
	options.segment.region = region;
	for (int i = 0; i < 300; i++) {
		bool large = i % 2;

		options.record_size = large ? sizeof(bytes) : 0;
		must_be(weir_value_create(&value, NULL,
		                          large ? WEIR_RECORD : 'Q', &options),
		        0);
		must_be(weir_value_load(value, bytes), 0);
		for (size_t at = 0; at < weir_value_size(value); at++)
			must_be(bytes[at], 0);
		memset(bytes, 0xff, sizeof(bytes));
		for (int stores = 0; stores < 10; stores++)
			must_be(weir_value_store(value, bytes), 0);
		weir_value_close(value);
	}
	weir_region_close(region);
}

static void refuse(char typecode, const struct weir_value_options *options)
{
	struct weir_value *none = NULL;

	must_be(weir_value_create(&none, NULL, typecode, options), -EINVAL);
	must_be(weir_value_open_or_create(&none, "x", typecode, options),
	        -EINVAL);
	must(none == NULL);
}

static void test_v3_what_no_value_is_is_einval(void **state)
{
	struct weir_value_options options = { .record_size = 1 << 20 };
	struct weir_value *value = NULL;

	for (int c = -128; c < 256; c++) {
		if ((char)c == '\0' || !strchr("cbBuhHiIlLqQfdr", (char)c))
			refuse((char)c, NULL);
	}
	refuse(WEIR_RECORD, NULL);
	refuse('i', &options);
	options.record_size = 0;
	refuse(WEIR_RECORD, &options);
	options.record_size = (1 << 30) + 1;
	refuse(WEIR_RECORD, &options);
	options.record_size = SIZE_MAX;
	refuse(WEIR_RECORD, &options);
	options = (struct weir_value_options){ .reserved = { [3] = 1 } };
	refuse('i', &options);
	must_be(weir_value_create(NULL, NULL, 'i', NULL), -EINVAL);
	must_be(weir_value_create(&value, "a/b", 'i', NULL), -EINVAL);
	must_be(weir_value_open(&value, NULL), -EINVAL);
	must_be(weir_value_open_fd(&value, -1), -EBADF);
	must(value == NULL);
	must_be(weir_value_load(NULL, &options), -EINVAL);
	must_be(weir_value_store(NULL, &options), -EINVAL);
	must_be(weir_value_lock(NULL, 0), -EINVAL);
	weir_value_close(NULL);
	value = value_of('i');
	must_be(weir_value_load(value, NULL), -EINVAL);
	must_be(weir_value_store(value, NULL), -EINVAL);
	must_be(weir_value_wait(value, NULL, 0), -EINVAL);
	weir_value_close(value);
}

/* ---- V4, V5 */

static void *lock_in_a_thread(void *value)
{
	return (void *)(intptr_t)weir_value_lock(value, WEIR_NOWAIT);
}

static void *unlock_in_a_thread(void *value)
{
	return (void *)(intptr_t)weir_value_unlock(value);
}

static int in_a_thread(void *(*body)(void *), void *argument)
{
	pthread_t thread;
	void *result;

	must_be(pthread_create(&thread, NULL, body, argument), 0);
	must_be(pthread_join(thread, &result), 0);
	return (int)(intptr_t)result;
}

static void test_v4_v5_a_value_has_a_recursive_lock(void **state)
{
	struct weir_value *value = value_of('i');

	must_be(weir_value_unlock(value), -EOVERFLOW);
	for (int i = 0; i < 3; i++)
		must_be(weir_value_lock(value, WEIR_FOREVER), 0);
	must_be(in_a_thread(lock_in_a_thread, value), -EAGAIN);
	must_be(in_a_thread(unlock_in_a_thread, value), -EPERM);
	weir_value_store_i(value, 1);
	for (int i = 0; i < 3; i++) {
		must_be(in_a_thread(lock_in_a_thread, value), -EAGAIN);
		must_be(weir_value_unlock(value), 0);
	}
	must_be(weir_value_unlock(value), -EOVERFLOW);
	weir_value_close(value);
}

static void test_v4_an_unlocked_value_has_no_lock(void **state)
{
	struct weir_value_options options = { .unlocked = true };
	struct weir_value *value = value_with('i', &options);

	must_be(weir_value_lock(value, WEIR_NOWAIT), -ENOTSUP);
	must_be(weir_value_lock(value, WEIR_FOREVER), -ENOTSUP);
	must_be(weir_value_unlock(value), -ENOTSUP);
	must_be(weir_value_fetch_add_i(value, 3), 0);
	weir_value_close(value);
}

static void lock_and_die(void *value)
{
	must_be(weir_value_lock(value, WEIR_FOREVER), 0);
	raise(SIGKILL);
}

static void test_the_next_owner_is_told_of_a_death(void **state)
{
	struct weir_value *value = value_of('i');

	for (int i = 0; i < 3; i++) {
		child_wait(child_start(lock_and_die, value));
		must_be(weir_value_lock(value, WEIR_FOREVER), WEIR_OWNER_DIED);
		must_be(weir_value_lock(value, WEIR_FOREVER), 0);
		must_be(weir_value_unlock(value), 0);
		must_be(weir_value_unlock(value), 0);
		must_be(weir_value_lock(value, WEIR_NOWAIT), 0);
		must_be(weir_value_unlock(value), 0);
	}
	weir_value_close(value);
}

static void test_v4_several_values_share_a_given_lock(void **state)
{
	struct weir_rlock *lock;
	struct weir_value_options options = { 0 };
	struct weir_value *one, *two;

	must_be(weir_rlock_create(&lock, NULL, NULL), 0);
	options.lock = lock;
	one = value_with('i', &options);
	two = value_with('d', &options);
	must_be(weir_value_lock(one, WEIR_NOWAIT), 0);
	must_be(weir_rlock_depth(lock), 1);
	must_be(weir_value_lock(two, WEIR_NOWAIT), 0);
	must_be(weir_rlock_depth(lock), 2);
	must_be(in_a_thread(lock_in_a_thread, two), -EAGAIN);
	must_be(weir_value_unlock(one), 0);
	must_be(weir_rlock_release(lock), 0);
	must_be(weir_value_unlock(two), -EOVERFLOW);
	options.unlocked = true;
	refuse('i', &options);
	weir_value_close(one);
	weir_value_close(two);
	weir_rlock_close(lock);
}

/* ---- V6 */

enum { ADDERS = 4, ADDITIONS = 250000 };

static void add_often(void *argument)
{
	struct weir_value **values = argument;

	for (int i = 0; i < ADDITIONS; i++) {
		weir_value_fetch_add_i(values[0], 1);
		weir_value_fetch_add_d(values[1], 0.5);
		weir_value_fetch_sub_B(values[2], 1);
	}
}

static void test_v6_fetch_add_of_four_processes_loses_nothing(void **state)
{
	struct weir_value *values[] = { value_of('i'), value_of('d'),
		                        value_of('B') };
	pid_t adders[ADDERS];

	for (int i = 0; i < ADDERS; i++)
		adders[i] = child_start(add_often, values);
	for (int i = 0; i < ADDERS; i++)
		child_join(adders[i]);
	must_be(weir_value_load_i(values[0]), ADDERS * ADDITIONS);
	must(weir_value_load_d(values[1]) == ADDERS * ADDITIONS * 0.5);
	must_be(weir_value_load_B(values[2]),
	        (unsigned char)-(ADDERS * ADDITIONS));
	for (int i = 0; i < 3; i++)
		weir_value_close(values[i]);
}

static void count_under_the_lock(void *value)
{
	for (int i = 0; i < 5000; i++) {
		must(weir_value_lock(value, WEIR_FOREVER) >= 0);
		*(long *)weir_value_data(value) += 1;
		must_be(weir_value_unlock(value), 0);
	}
}

static void test_the_lock_guards_what_takes_several_steps(void **state)
{
	struct weir_value *value = value_of('l');
	pid_t children[ADDERS];

	for (int i = 0; i < ADDERS; i++)
		children[i] = child_start(count_under_the_lock, value);
	for (int i = 0; i < ADDERS; i++)
		child_join(children[i]);
	must_be(weir_value_load_l(value), ADDERS * 5000);
	weir_value_close(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_v1_the_initial_value_and_a_childs_write),
		sentence(test_each_typecode_is_changed_in_one_step),
		sentence(test_a_comparison_compares_bytes),
		sentence(test_v2_a_value_is_zero_also_in_recycled_memory),
		sentence(test_v3_what_no_value_is_is_einval),
		sentence(test_v4_v5_a_value_has_a_recursive_lock),
		sentence(test_v4_an_unlocked_value_has_no_lock),
		sentence(test_the_next_owner_is_told_of_a_death),
		sentence(test_v4_several_values_share_a_given_lock),
		sentence(test_v6_fetch_add_of_four_processes_loses_nothing),
		sentence(test_the_lock_guards_what_takes_several_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
