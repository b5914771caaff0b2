/* SPDX-License-Identifier: MIT */
/*
 * Values and arrays whose memory somebody spoils.
 *
 * In children only, because the library answers to SIGBUS since its first named
 * object, and cmocka does so from each test's beginning to its end.
 */
#include "names.h"
#include "values.h"

#include <fcntl.h>
#include <unistd.h>

/* Each word that is written once, spoiled. */
static void open_what_is_spoiled(void *argument)
{
	const uint64_t spoils[] = { 0,          1,          3,
		                    255,        UINT32_MAX, UINT64_MAX,
		                    1ULL << 40, 1ULL << 63 };
	const char *name = argument;
	struct weir_array *array, *again;
	char path[NAME_PATH];
	uint64_t right;
	int fd;

	must_be(weir_array_create(&array, name, 'i', 100, NULL), 0);
	name_path(path, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	for (off_t at = 12288; at < 12288 + 128; at += 4) {
		must_be(pread(fd, &right, 8, at), 8);
		for (size_t i = 0; i < sizeof(spoils) / 8; i++) {
			int all[100], code;

			must_be(pwrite(fd, &spoils[i], 8, at), 8);
			code = weir_array_open(&again, name);
			must(code == 0 || code == -EUCLEAN || code == -EPROTO ||
			     code == -EINVAL);
			if (code < 0)
				continue;
			if (weir_array_length(again) <= 100) {
				weir_array_snapshot(again, 0, 1, all);
				weir_array_load(again, 0, 1, all);
			}
			weir_array_lock(again, WEIR_NOWAIT);
			weir_array_close(again);
		}
		must_be(pwrite(fd, &right, 8, at), 8);
	}
	weir_array_close(array);
	close(fd);
}

static void test_what_is_spoiled_is_refused_or_harmless(void **state)
{
	child_join(child_start(open_what_is_spoiled,
	                       (void *)(uintptr_t)name_new("spoiled")));
}

static void use_what_is_cut_off(void *argument)
{
	const char *const *names = argument;
	struct weir_value_options options = { .record_size = 100 };
	unsigned char bytes[100] = { 1 };
	struct weir_value *value, *record;
	struct weir_array *array;
	char path[NAME_PATH];

	must_be(weir_value_create(&value, names[0], 'i', NULL), 0);
	must_be(weir_value_create(&record, names[1], WEIR_RECORD, &options), 0);
	must_be(weir_array_create(&array, names[2], 'B', 100, NULL), 0);
	weir_value_store_i(value, 3);
	for (int i = 0; i < 3; i++) {
		name_path(path, names[i]);
		must_be(truncate(path, 0), 0);
	}
	must_be(weir_value_load(value, bytes), -EUCLEAN);
	must_be(bytes[0], 1);
	must_be(weir_value_store(value, bytes), -EUCLEAN);
	must_be(weir_value_load(record, bytes), -EUCLEAN);
	must_be(weir_value_store(record, bytes), -EUCLEAN);
	must_be(weir_array_load(array, 0, 100, bytes), -EUCLEAN);
	must_be(weir_array_snapshot(array, 0, 100, bytes), -EUCLEAN);
	must_be(weir_array_store(array, 0, 100, bytes), -EUCLEAN);
	must_be(weir_value_load_i(value), 0);
	must_be(weir_value_wait_i(value, 1, WEIR_FOREVER), -EUCLEAN);
	must_be(weir_value_wait_i(value, 0, WEIR_FOREVER), -EUCLEAN);
	weir_value_close(value);
	weir_value_close(record);
	weir_array_close(array);
}

static void test_cut_off_memory_is_euclean(void **state)
{
	const char *names[] = { name_new("value"), name_new("record"),
		                name_new("array") };

	child_join(child_start(use_what_is_cut_off, names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_what_is_spoiled_is_refused_or_harmless),
		sentence(test_cut_off_memory_is_euclean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
