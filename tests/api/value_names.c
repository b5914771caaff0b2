/* SPDX-License-Identifier: MIT */
/* Values and arrays by name, by descriptor and in regions. */
#include "names.h"
#include "values.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/lock.h>
#include <weir/pipe.h>
#include <weir/region.h>

static struct weir_value *create(const char *name, char typecode)
{
	struct weir_value *value;

	must_be(weir_value_create(&value, name, typecode, NULL), 0);
	return value;
}

static void refuse(const char *name, int code)
{
	struct weir_value *none = NULL;
	struct weir_array *no_array = NULL;

	must_be(weir_value_open(&none, name), code);
	must_be(weir_array_open(&no_array, name), code);
	must(none == NULL && no_array == NULL);
}

static void test_o1_create_of_an_existing_name_changes_nothing(void **state)
{
	const char *name = name_new("taken");
	struct weir_value *value = create(name, 'i'), *none = NULL, *again;
	struct weir_array *array = NULL;

	weir_value_store_i(value, 5);
	must_be(weir_value_create(&none, name, 'd', NULL), -EEXIST);
	must_be(weir_array_create(&array, name, 'd', 3, NULL), -EEXIST);
	must(none == NULL && array == NULL);
	must_be(weir_value_open(&again, name), 0);
	must_be(weir_value_load_i(again), 5);
	weir_value_store_i(again, 6);
	must_be(weir_value_load_i(value), 6);
	weir_value_close(value);
	weir_value_close(again);
	must_be(weir_value_open_or_create(&value, name, 'i', NULL), 0);
	must_be(weir_value_load_i(value), 6);
	weir_value_close(value);
}

static void test_o2_another_kind_of_object_is_refused(void **state)
{
	const char *names[] = { name_new("value"), name_new("array"),
		                name_new("pipe"), name_new("missing") };
	struct weir_value *value = create(names[0], 'i'), *none = NULL;
	struct weir_array *array, *no_array = NULL;
	struct weir_pipe *end;

	must_be(weir_array_create(&array, names[1], 'i', 9, NULL), 0);
	must_be(weir_pipe_create(&end, names[2], NULL), 0);
	must_be(weir_value_open(&none, names[1]), -EPROTO);
	must_be(weir_array_open(&no_array, names[0]), -EPROTO);
	must_be(weir_value_open_fd(&none, weir_array_fd(array)), -EPROTO);
	must_be(weir_array_open_fd(&no_array, weir_value_fd(value)), -EPROTO);
	must_be(weir_value_open_or_create(&none, names[0], 'u', NULL), -EPROTO);
	must_be(weir_array_open_or_create(&no_array, names[1], 'I', 9, NULL),
	        -EPROTO);
	refuse(names[2], -EPROTO);
	refuse(names[3], -ENOENT);
	must(none == NULL && no_array == NULL);
	weir_value_close(value);
	weir_array_close(array);
	weir_pipe_close(end);
}

/* Where the type of the only object of a segment stands, and its size. */
enum { SIZE_AT = 12288 + 36 };

static void test_o2_a_type_of_another_size_is_refused(void **state)
{
	const char *name = name_new("size");
	struct weir_value *value = create(name, 'l');
	const uint32_t sizes[] = { 4, 1, 2 };
	const uint32_t right = sizeof(long);
	char path[NAME_PATH];
	int fd;

	name_path(path, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	for (int i = 0; i < 3; i++) {
		struct weir_value *none = NULL;

		if (sizes[i] == right)
			continue;
		must_be(pwrite(fd, &sizes[i], 4, SIZE_AT), 4);
		must_be(weir_value_open(&none, name), -EPROTO);
		must(none == NULL);
	}
	must_be(pwrite(fd, &right, 4, SIZE_AT), 4);
	weir_value_close(value);
	must_be(weir_value_open(&value, name), 0);
	weir_value_close(value);
	close(fd);
}

static void add_one(void *value)
{
	weir_value_fetch_add_i(value, 1);
}

static void test_o3_handles_go_on_after_unlink(void **state)
{
	const char *name = name_new("unlinked");
	struct weir_value *value = create(name, 'i');

	must_be(weir_unlink(name), 0);
	must_be(weir_unlink(name), -ENOENT);
	refuse(name, -ENOENT);
	child_join(child_start(add_one, value));
	must_be(weir_value_load_i(value), 1);
	weir_value_close(value);
}

static void test_open_fd_opens_the_same_object(void **state)
{
	struct weir_value *value = value_of('i'), *again;
	struct weir_array *array = array_of('i', 5), *array_again;

	must_be(weir_value_open_fd(&again, weir_value_fd(value)), 0);
	must_be(weir_array_open_fd(&array_again, weir_array_fd(array)), 0);
	weir_value_store_i(value, 8);
	weir_array_store_i(array, 4, 9);
	weir_value_close(value);
	weir_array_close(array);
	must_be(weir_value_load_i(again), 8);
	must_be(weir_array_load_i(array_again, 4), 9);
	must_be(weir_array_length(array_again), 5);
	must_be(weir_value_backing(again), 0);
	weir_value_close(again);
	weir_array_close(array_again);
}

static void test_a_given_lock_is_needed_to_open(void **state)
{
	const char *names[] = { name_new("value"), name_new("array"),
		                name_new("own"), name_new("lock") };
	struct weir_rlock *lock, *same, *other;
	struct weir_value_options options = { 0 };
	struct weir_array_options array_options = { 0 };
	struct weir_value *value, *none = NULL;
	struct weir_array *array, *no_array = NULL;

	must_be(weir_rlock_create(&lock, names[3], NULL), 0);
	must_be(weir_rlock_open(&same, names[3]), 0);
	must_be(weir_rlock_create(&other, NULL, NULL), 0);
	options.lock = lock;
	array_options.lock = lock;
	must_be(weir_value_create(&value, names[0], 'i', &options), 0);
	must_be(weir_array_create(&array, names[1], 'i', 3, &array_options), 0);
	weir_value_close(value);
	weir_array_close(array);
	must_be(weir_value_open(&none, names[0]), -EINVAL);
	must_be(weir_array_open(&no_array, names[1]), -EINVAL);
	must_be(weir_value_open_with_lock(&none, names[0], other), -EINVAL);
	must_be(weir_array_open_with_lock(&no_array, names[1], other), -EINVAL);
	must_be(weir_value_open_with_lock(&none, names[0], NULL), -EINVAL);
	must_be(weir_value_open_with_lock(&value, names[0], same), 0);
	must_be(weir_array_open_with_lock(&array, names[1], lock), 0);
	must_be(weir_value_lock(value, WEIR_NOWAIT), 0);
	must_be(weir_rlock_locked(lock), 1);
	must_be(weir_value_unlock(value), 0);
	must_be(weir_array_lock(array, WEIR_NOWAIT), 0);
	must_be(weir_rlock_depth(lock), 1);
	must_be(weir_array_unlock(array), 0);
	weir_value_close(value);
	weir_array_close(array);
	value = create(names[2], 'i');
	must_be(weir_value_open_with_lock(&none, names[2], lock), -EINVAL);
	must(none == NULL && no_array == NULL);
	weir_value_close(value);
	weir_rlock_close(lock);
	weir_rlock_close(same);
	weir_rlock_close(other);
}

static void test_locks_of_one_region_are_told_apart(void **state)
{
	struct weir_rlock_options locks = { .segment.mode = 0 };
	struct weir_value_options options = { .segment.mode = 0 };
	struct weir_rlock *one, *two;
	struct weir_region *region;
	struct weir_value *value, *none = NULL;

	must_be(weir_region_create(&region, NULL, 65536, NULL), 0);
	locks.segment.region = options.segment.region = region;
	must_be(weir_rlock_create(&one, NULL, &locks), 0);
	must_be(weir_rlock_create(&two, NULL, &locks), 0);
	options.lock = one;
	must_be(weir_value_create(&value, "guarded", 'q', &options), 0);
	must_be(weir_value_fd(value), -ENOTSUP);
	must_be(weir_value_open_in(&none, region, "guarded"), -EINVAL);
	must_be(weir_value_open_in_with_lock(&none, region, "guarded", two),
	        -EINVAL);
	weir_value_close(value);
	must_be(weir_value_open_in_with_lock(&value, region, "guarded", one),
	        0);
	weir_value_close(value);
	weir_rlock_close(one);
	weir_rlock_close(two);
	weir_region_close(region);
}

static void test_small_things_are_small_in_a_region(void **state)
{
	struct weir_value_options options = { .segment.mode = 0 };
	struct weir_region *region;
	struct weir_value *values[2000];
	int count = 0, code;

	must_be(weir_region_create(&region, NULL, 2000 * 64, NULL), 0);
	options.segment.region = region;
	while (count < 2000 && (code = weir_value_create(&values[count], NULL,
	                                                 'Q', &options)) == 0) {
		weir_value_store_Q(values[count], (uint64_t)count);
		count++;
	}
	must_be(count, 2000);
	for (int i = 0; i < count; i++) {
		must_be(weir_value_load_Q(values[i]), i);
		weir_value_close(values[i]);
	}
	weir_region_close(region);
}

static void child_of_a_child(void *value)
{
	add_one(value);
	child_join(child_start(add_one, value));
}

static void test_o10_values_work_in_children_of_children(void **state)
{
	struct weir_value *value = value_of('i');
	struct weir_value *record = record_of(100, NULL);

	for (int i = 0; i < 20; i++)
		child_join(child_start(child_of_a_child, value));
	must_be(weir_value_load_i(value), 40);
	weir_value_close(value);
	weir_value_close(record);
}

static void test_o9_many_opens_leave_nothing(void **state)
{
	const char *name = name_new("often");
	struct weir_value *value = create(name, 'i'), *again;
	int descriptors = count_descriptors(), mappings = count_mappings();

	for (int i = 0; i < 300; i++) {
		must_be(weir_value_open(&again, name), 0);
		weir_value_close(again);
	}
	must_be(count_descriptors(), descriptors);
	must(SANITIZED || count_mappings() <= mappings + 1);
	weir_value_close(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_o1_create_of_an_existing_name_changes_nothing),
		sentence(test_o2_another_kind_of_object_is_refused),
		sentence(test_o2_a_type_of_another_size_is_refused),
		sentence(test_o3_handles_go_on_after_unlink),
		sentence(test_open_fd_opens_the_same_object),
		sentence(test_a_given_lock_is_needed_to_open),
		sentence(test_locks_of_one_region_are_told_apart),
		sentence(test_small_things_are_small_in_a_region),
		sentence(test_o10_values_work_in_children_of_children),
		sentence(test_o9_many_opens_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
