/* SPDX-License-Identifier: MIT */
/* What an array promises of its elements. */
#include "values.h"

#include <stdlib.h>
#include <weir/lock.h>
#include <weir/region.h>

enum { LENGTH = 37 };

/* ---- A1, each typecode */

#define IN_CHILD(code, type)                                                   \
	static void fill_##code(void *array)                                   \
	{                                                                      \
		for (size_t i = 0; i < LENGTH; i++)                            \
			weir_array_store_##code(array, i, (type)(i + 1));      \
	}

#define RANGES(code, type)                                                     \
	static void ranges_##code(void)                                        \
	{                                                                      \
		struct weir_array *array = array_of(#code[0], LENGTH);         \
		type all[LENGTH + 1], some[] = { 90, 91, 92, 93, 94 };         \
                                                                               \
		child_join(child_start(fill_##code, array));                   \
		all[LENGTH] = (type)99;                                        \
		must_be(weir_array_load(array, 0, LENGTH, all), 0);            \
		must(all[LENGTH] == (type)99);                                 \
		for (int i = 0; i < LENGTH; i++)                               \
			must(all[i] == (type)(i + 1));                         \
		for (size_t at = 0; at <= LENGTH - 5; at += 3) {               \
			must_be(weir_array_store(array, at, 5, some), 0);      \
			must_be(weir_array_load(array, at, 5, all), 0);        \
			must(memcmp(all, some, sizeof(some)) == 0);            \
			must_be(weir_array_snapshot(array, at, 5, all), 0);    \
			must(memcmp(all, some, sizeof(some)) == 0);            \
			must(weir_array_load_##code(array, at + 4) ==          \
			     (type)94);                                        \
		}                                                              \
		must_be(weir_array_store(array, 36, 1, some), 0);              \
		must(weir_array_load_##code(array, 36) == (type)90);           \
		must(((type *)weir_array_data(array))[36] == (type)90);        \
		must_be(weir_array_typecode(array), #code[0]);                 \
		must_be(weir_array_item_size(array), sizeof(type));            \
		must_be(weir_array_length(array), LENGTH);                     \
		weir_array_close(array);                                       \
	}

#define CHANGES(code, type)                                                    \
	static void change_##code(void)                                        \
	{                                                                      \
		struct weir_array *array = array_of(#code[0], LENGTH);         \
		type expected = 0;                                             \
                                                                               \
		must(weir_array_exchange_##code(array, 36, (type)7) == 0);     \
		must(!weir_array_compare_exchange_##code(array, 36, &expected, \
		                                         (type)1));            \
		must(weir_array_compare_exchange_##code(array, 36, &expected,  \
		                                        (type)100));           \
		must(weir_array_fetch_add_##code(array, 36, (type)5) ==        \
		     (type)100);                                               \
		must(weir_array_fetch_sub_##code(array, 36, (type)3) ==        \
		     (type)105);                                               \
		must(weir_array_load_##code(array, 36) == (type)102);          \
		must(weir_array_load_##code(array, 35) == 0);                  \
		/* Outside, nothing is there, and nothing changes. */          \
		for (size_t i = LENGTH; i != LENGTH - 1; i = i * 2 + 1) {      \
			if (i > SIZE_MAX / 4)                                  \
				i = SIZE_MAX;                                  \
			must(weir_array_exchange_##code(array, i, 7) == 0);    \
			must(weir_array_fetch_add_##code(array, i, 7) == 0);   \
			weir_array_store_##code(array, i, (type)7);            \
			must(!weir_array_compare_exchange_##code(              \
				array, i, &expected, (type)1));                \
			must(weir_array_load_##code(array, i) == 0);           \
			must_be(weir_array_wait_##code(array, i, 0, 0),        \
			        -EINVAL);                                      \
			if (i == SIZE_MAX)                                     \
				break;                                         \
		}                                                              \
		weir_array_close(array);                                       \
	}

#define BITS(code, type)                                                       \
	static void bits_##code(void)                                          \
	{                                                                      \
		struct weir_array *array = array_of(#code[0], 2);              \
                                                                               \
		must(weir_array_fetch_or_##code(array, 1, 0x33) == 0);         \
		must(weir_array_fetch_and_##code(array, 1, 0x0f) == 0x33);     \
		must(weir_array_fetch_xor_##code(array, 1, 0x05) == 0x03);     \
		must(weir_array_load_##code(array, 1) == 0x06);                \
		must(weir_array_fetch_or_##code(array, 2, 1) == 0);            \
		must(weir_array_load_##code(array, 0) == 0);                   \
		weir_array_close(array);                                       \
	}

WEIR_NUMBERS(IN_CHILD)
WEIR_NUMBERS(RANGES)
WEIR_NUMBERS(CHANGES)
WEIR_INTEGERS(BITS)

static void test_a1_elements_and_ranges_of_each_typecode(void **state)
{
#define DO_RANGES(code, type) ranges_##code();
	WEIR_NUMBERS(DO_RANGES)
}

static void test_elements_are_changed_in_one_step(void **state)
{
#define DO_CHANGE(code, type) change_##code();
	WEIR_NUMBERS(DO_CHANGE)
#define DO_BITS(code, type) bits_##code();
	WEIR_INTEGERS(DO_BITS)
}

static void test_a1_out_of_range_is_einval_and_writes_nothing(void **state)
{
	static const int initial[] = { 1, 2, 3, 4 };
	struct weir_array_options options = { .initial = initial };
	struct weir_array *array = array_with('i', 4, &options);
	const size_t bad[][2] = { { 0, 5 },        { 4, 1 },
		                  { 5, 0 },        { 3, 2 },
		                  { SIZE_MAX, 1 }, { 1, SIZE_MAX },
		                  { 2, SIZE_MAX }, { SIZE_MAX, SIZE_MAX } };
	int some[6] = { 7, 7, 7, 7, 7, 7 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t start = bad[i][0], count = bad[i][1];

		must_be(weir_array_store(array, start, count, some), -EINVAL);
		must_be(weir_array_load(array, start, count, some), -EINVAL);
		must_be(weir_array_snapshot(array, start, count, some),
		        -EINVAL);
		for (int at = 0; at < 6; at++)
			must_be(some[at], 7);
	}
	must_be(weir_array_store(array, 4, 0, NULL), 0);
	must_be(weir_array_load(array, 0, 0, NULL), 0);
	must_be(weir_array_store(array, 0, 1, NULL), -EINVAL);
	must_be(weir_array_load(array, 0, 4, some), 0);
	must(memcmp(some, initial, sizeof(initial)) == 0);
	weir_array_close(array);
}

static void test_what_no_array_is_is_einval(void **state)
{
	struct weir_array_options options = { .record_size = 8 };
	struct weir_array *none = NULL;

	must_be(weir_array_create(&none, NULL, 'x', 1, NULL), -EINVAL);
	must_be(weir_array_create(&none, NULL, 'i', SIZE_MAX, NULL), -EINVAL);
	must_be(weir_array_create(&none, NULL, 'i', SIZE_MAX / 4 + 1, NULL),
	        -EINVAL);
	must_be(weir_array_create(&none, NULL, 'c', SIZE_MAX, NULL), -EINVAL);
	must_be(weir_array_create(&none, NULL, 'i', 1, &options), -EINVAL);
	must_be(weir_array_create(&none, NULL, WEIR_RECORD, 1, NULL), -EINVAL);
	must_be(weir_array_create(&none, NULL, WEIR_RECORD, SIZE_MAX / 8 + 2,
	                          &options),
	        -EINVAL);
	options.reserved[0] = 1;
	must_be(weir_array_create(&none, NULL, WEIR_RECORD, 1, &options),
	        -EINVAL);
	must_be(weir_array_create(NULL, NULL, 'i', 1, NULL), -EINVAL);
	must(none == NULL);
	must_be(weir_array_length(NULL), 0);
	weir_array_close(NULL);
}

static void test_a2_length_0_is_legal(void **state)
{
	struct weir_array *array = array_of('i', 0);
	struct weir_array *text = array_of('c', 0);
	char buffer[4] = "abc";

	must_be(weir_array_length(array), 0);
	must_be(weir_array_load(array, 0, 0, NULL), 0);
	must_be(weir_array_snapshot(array, 0, 0, NULL), 0);
	must_be(weir_array_store(array, 0, 0, NULL), 0);
	must_be(weir_array_load(array, 0, 1, buffer), -EINVAL);
	must_be(weir_array_load_i(array, 0), 0);
	must_be(weir_array_lock(array, WEIR_NOWAIT), 0);
	must_be(weir_array_unlock(array), 0);
	must_be(weir_array_get_string(text, buffer, 1), 0);
	must_be(buffer[0], '\0');
	must_be(weir_array_set_string(text, ""), 0);
	must_be(weir_array_set_string(text, "a"), -EMSGSIZE);
	weir_array_close(array);
	weir_array_close(text);
}

/* ---- A4 */

static void must_read(struct weir_array *array, const char *text)
{
	char buffer[16];

	must_be(weir_array_get_string(array, buffer, sizeof(buffer)),
	        strlen(text));
	must(strcmp(buffer, text) == 0);
}

static void must_have(struct weir_array *array, const char raw[6])
{
	char now[6];

	must_be(weir_array_load(array, 0, 6, now), 0);
	must(memcmp(now, raw, 6) == 0);
}

static void test_a4_text_ends_at_the_first_nul(void **state)
{
	struct weir_array *array = array_of('c', 6);
	struct weir_array *bytes = array_of('B', 6);
	char small[6] = "-----";

	must_read(array, "");
	must_be(weir_array_set_string(array, "hello"), 0);
	must_read(array, "hello");
	must_be(weir_array_set_string(array, "abcdef"), 0);
	must_read(array, "abcdef");
	must_have(array, "abcdef");
	/* A shorter one writes one NUL, and leaves the rest. */
	must_be(weir_array_set_string(array, "xy"), 0);
	must_read(array, "xy");
	must_have(array, "xy\0def");
	must_be(weir_array_set_string(array, "1234567"), -EMSGSIZE);
	must_have(array, "xy\0def");
	must_be(weir_array_get_string(array, small, 2), -EMSGSIZE);
	must_be(small[0], '-');
	must_be(weir_array_get_string(array, small, 3), 2);
	must(strcmp(small, "xy") == 0);
	must_be(weir_array_get_string(array, small, 0), -EMSGSIZE);
	must_be(weir_array_set_string(bytes, "x"), -EINVAL);
	must_be(weir_array_get_string(bytes, small, 6), -EINVAL);
	must_be(weir_array_set_string(array, NULL), -EINVAL);
	weir_array_close(array);
	weir_array_close(bytes);
}

/* ---- records, locks, regions */

struct pair {
	uint64_t one;
	uint64_t two;
	char name[5];
};

static void test_elements_may_be_structs(void **state)
{
	struct weir_array_options options = { .record_size =
		                                      sizeof(struct pair) };
	struct weir_array *array = array_with(WEIR_RECORD, 10, &options);
	struct pair pairs[10], now[10];

	memset(pairs, 0, sizeof(pairs));
	must_be(weir_array_load(array, 0, 10, now), 0);
	must(memcmp(now, pairs, sizeof(now)) == 0);
	for (uint64_t i = 0; i < 10; i++) {
		pairs[i].one = i;
		pairs[i].two = i * i;
		must_be(weir_array_store(array, i, 1, &pairs[i]), 0);
		must_be(weir_array_load(array, i, 1, now), 0);
		must(memcmp(now, &pairs[i], sizeof(pairs[i])) == 0);
	}
	must_be(weir_array_snapshot(array, 0, 10, now), 0);
	must(memcmp(now, pairs, sizeof(now)) == 0);
	must_be(weir_array_wait(array, 3, &pairs[4], WEIR_FOREVER), 0);
	must_be(weir_array_wait(array, 3, &pairs[3], WEIR_MS(2)), -ETIMEDOUT);
	must_be(weir_array_wait(array, 10, &pairs[3], 0), -EINVAL);
	weir_array_close(array);
}

static void count(void *array)
{
	for (int i = 0; i < 1000; i++) {
		int *numbers = weir_array_data(array);

		must(weir_array_lock(array, WEIR_FOREVER) >= 0);
		must_be(weir_array_lock(array, WEIR_FOREVER), 0);
		for (int at = 0; at < 8; at++)
			numbers[at]++;
		must_be(weir_array_unlock(array), 0);
		must_be(weir_array_unlock(array), 0);
	}
}

static void test_the_lock_is_recursive_and_guards_all(void **state)
{
	struct weir_rlock *lock;
	struct weir_array_options options = { .lock = NULL };

	must_be(weir_rlock_create(&lock, NULL, NULL), 0);
	for (int given = 0; given < 2; given++) {
		struct weir_array *array;
		pid_t children[4];

		options.lock = given ? lock : NULL;
		array = array_with('i', 8, &options);
		for (int i = 0; i < 4; i++)
			children[i] = child_start(count, array);
		for (int i = 0; i < 4; i++)
			child_join(children[i]);
		for (size_t i = 0; i < 8; i++)
			must_be(weir_array_load_i(array, i), 4000);
		weir_array_close(array);
	}
	options.lock = NULL;
	options.unlocked = true;
	for (int i = 0; i < 1; i++) {
		struct weir_array *array = array_with('i', 8, &options);

		must_be(weir_array_lock(array, 0), -ENOTSUP);
		must_be(weir_array_unlock(array), -ENOTSUP);
		weir_array_close(array);
	}
	weir_rlock_close(lock);
}

static void test_an_array_is_zero_also_in_recycled_memory(void **state)
{
	struct weir_array_options options = { .unlocked = false };
	struct weir_region *region;
	unsigned char bytes[3000];

	must_be(weir_region_create(&region, NULL, 65536, NULL), 0);
	options.segment.region = region;
	for (int i = 0; i < 50; i++) {
		struct weir_array *array;

		must_be(weir_array_create(&array, NULL, 'B', sizeof(bytes),
		                          &options),
		        0);
		must_be(weir_array_snapshot(array, 0, sizeof(bytes), bytes), 0);
		for (size_t at = 0; at < sizeof(bytes); at++)
			must_be(bytes[at], 0);
		memset(bytes, 0xff, sizeof(bytes));
		must_be(weir_array_store(array, 0, sizeof(bytes), bytes), 0);
		weir_array_close(array);
	}
	weir_region_close(region);
}

enum { ADDERS = 4, ADDITIONS = 100000 };

static void add_often(void *array)
{
	for (size_t i = 0; i < ADDITIONS; i++)
		weir_array_fetch_add_I(array, i % 3, 1);
}

static void test_v6_additions_of_four_processes_are_all_there(void **state)
{
	struct weir_array *array = array_of('I', 3);
	pid_t adders[ADDERS];
	unsigned now[3];

	for (int i = 0; i < ADDERS; i++)
		adders[i] = child_start(add_often, array);
	for (int i = 0; i < 50; i++)
		must_be(weir_array_snapshot(array, 0, 3, now), 0);
	for (int i = 0; i < ADDERS; i++)
		child_join(adders[i]);
	must_be(weir_array_snapshot(array, 0, 3, now), 0);
	must_be(now[0] + now[1] + now[2], ADDERS * ADDITIONS);
	weir_array_close(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a1_elements_and_ranges_of_each_typecode),
		sentence(test_elements_are_changed_in_one_step),
		sentence(test_a1_out_of_range_is_einval_and_writes_nothing),
		sentence(test_what_no_array_is_is_einval),
		sentence(test_a2_length_0_is_legal),
		sentence(test_a4_text_ends_at_the_first_nul),
		sentence(test_elements_may_be_structs),
		sentence(test_the_lock_is_recursive_and_guards_all),
		sentence(test_an_array_is_zero_also_in_recycled_memory),
		sentence(test_v6_additions_of_four_processes_are_all_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
