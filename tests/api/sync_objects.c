/* SPDX-License-Identifier: MIT */
/* How locks and what is built like them come to be, whatever they do. */
#include "case.h"
#include "child.h"
#include "kinds.h"
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_o1_create_of_an_existing_name_changes_nothing(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		const char *name = name_new(kinds[i].label);
		void *first, *second = NULL;

		must_be(kinds[i].create(&first, name, NULL, 0), 0);
		must_be(kinds[i].use(first), 0);
		must_be(kinds[i].create(&second, name, NULL, 0), -EEXIST);
		must(!second);
		must(!kinds[i].as_new(first));
		kinds[i].close(first);
	}
}

static void test_o2_open_of_none_or_another_type(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		const char *name = name_new(kinds[i].label);
		void *object, *none = NULL;

		must_be(kinds[i].open(&none, name), -ENOENT);
		must_be(kinds[i].create(&object, name, NULL, 0), 0);
		for (int k = 0; k < KINDS; k++) {
			if (k == i)
				continue;
			must_be(kinds[k].open(&none, name), -EPROTO);
			must_be(kinds[k].open_or_create(&none, name), -EPROTO);
			must_be(kinds[k].open_fd(&none, kinds[i].fd(object)),
			        -EPROTO);
		}
		must(!none);
		kinds[i].close(object);
	}
}

static void test_o3_unlink_leaves_what_is_open(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		const char *name = name_new(kinds[i].label);
		void *first, *second, *none = NULL;

		must_be(kinds[i].create(&first, name, NULL, 0), 0);
		must_be(kinds[i].open(&second, name), 0);
		must_be(weir_unlink(name), 0);
		must_be(weir_unlink(name), -ENOENT);
		must_be(kinds[i].open(&none, name), -ENOENT);
		must_be(kinds[i].use(first), 0);
		must(!kinds[i].as_new(second));
		kinds[i].close(first);
		kinds[i].close(second);
	}
}

static void test_o4_open_or_create_finds_the_same_object(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		const char *name = name_new(kinds[i].label);
		void *first, *second;

		must_be(kinds[i].open_or_create(&first, name), 0);
		must_be(kinds[i].open_or_create(&second, name), 0);
		must(kinds[i].as_new(second));
		must_be(kinds[i].use(first), 0);
		must(!kinds[i].as_new(second));
		kinds[i].close(second);
		kinds[i].close(first);
		must(name_exists(name));
	}
}

static void test_a_descriptor_can_be_opened(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		void *first, *second, *none = NULL;
		int fd;

		must_be(kinds[i].create(&first, NULL, NULL, 0), 0);
		fd = dup(kinds[i].fd(first));
		must_be(kinds[i].open_fd(&second, fd), 0);
		must_be(close(fd), 0);
		must_be(kinds[i].backing(second), 0);
		must_be(kinds[i].use(second), 0);
		must(!kinds[i].as_new(first));
		kinds[i].close(second);
		kinds[i].close(first);
		must_be(kinds[i].open_fd(&none, -1), -EBADF);
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		must_be(kinds[i].open_fd(&none, fd), -EPROTO);
		must_be(close(fd), 0);
		must(!none);
	}
}

static void test_bad_arguments_are_einval(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		struct weir_region *region;
		void *none = NULL;

		must_be(weir_region_create(&region, NULL, 1 << 16, NULL), 0);
		must_be(kinds[i].create(NULL, NULL, NULL, 0), -EINVAL);
		must_be(kinds[i].create(&none, NULL, NULL, 1), -EINVAL);
		must_be(kinds[i].create(&none, "a/b", NULL, 0), -EINVAL);
		must_be(kinds[i].create(&none, "", region, 0), -EINVAL);
		must_be(kinds[i].open(&none, NULL), -EINVAL);
		must_be(kinds[i].open(NULL, "name"), -EINVAL);
		must_be(kinds[i].open_or_create(&none, NULL), -EINVAL);
		must_be(kinds[i].open_in(&none, NULL, "name"), -EINVAL);
		must_be(kinds[i].open_in(&none, region, NULL), -EINVAL);
		must_be(kinds[i].open_fd(NULL, 0), -EINVAL);
		must_be(kinds[i].fd(NULL), -EINVAL);
		must_be(kinds[i].backing(NULL), -EINVAL);
		kinds[i].close(NULL);
		must(!none);
		weir_region_close(region);
	}
}

static void test_in_a_region_names_are_its_own(void **state)
{
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, 1 << 18, NULL), 0);
	for (int i = 0; i < KINDS; i++) {
		const char *label = kinds[i].label;
		const struct kind *other = &kinds[(i + 1) % KINDS];
		void *first, *second, *none = NULL;

		must_be(kinds[i].open_in(&none, region, label), -ENOENT);
		must_be(kinds[i].create(&first, label, region, 0), 0);
		must_be(kinds[i].create(&none, label, region, 0), -EEXIST);
		must_be(other->open_in(&none, region, label), -EPROTO);
		must_be(kinds[i].open_in(&second, region, label), 0);
		must_be(kinds[i].fd(first), -ENOTSUP);
		must_be(kinds[i].use(first), 0);
		must(!kinds[i].as_new(second));
		must(!none);
		kinds[i].close(second);
		kinds[i].close(first);
		must_be(weir_region_remove(region, label), 0);
	}
	weir_region_close(region);
}

static void test_v2_recycled_memory_is_as_new(void **state)
{
	struct weir_region *region;

	/* So small that the memory has to serve again. */
	must_be(weir_region_create(&region, NULL, 1 << 15, NULL), 0);
	for (int round = 0; round < 40; round++) {
		for (int i = 0; i < KINDS; i++) {
			void *object;

			must_be(kinds[i].create(&object, NULL, region, 0), 0);
			must(kinds[i].as_new(object));
			must_be(kinds[i].use(object), 0);
			kinds[i].close(object);
		}
	}
	weir_region_close(region);
}

struct descent {
	const struct kind *kind;
	void *object;
	int generations;
};

static void use_it_in_grandchild(void *argument)
{
	struct descent *descent = argument;

	if (descent->generations-- > 0) {
		child_join(child_start(use_it_in_grandchild, descent));
		return;
	}
	must(descent->kind->as_new(descent->object));
	must_be(descent->kind->use(descent->object), 0);
	descent->kind->close(descent->object);
}

static void test_o10_handles_work_in_children_of_children(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		struct descent descent = { .kind = &kinds[i],
			                   .generations = 2 };

		must_be(kinds[i].create(&descent.object, NULL, NULL, 0), 0);
		child_join(child_start(use_it_in_grandchild, &descent));
		kinds[i].close(descent.object);
	}
}

static void test_o9_cycles_leak_nothing(void **state)
{
	for (int i = 0; i < KINDS; i++) {
		const char *name = name_new(kinds[i].label);
		void *first, *second;
		int descriptors, mappings;

		must_be(kinds[i].create(&first, name, NULL, 0), 0);
		descriptors = count_descriptors();
		mappings = count_shared_mappings();
		for (int k = 0; k < 100; k++) {
			must_be(kinds[i].open(&second, name), 0);
			kinds[i].use(second);
			kinds[i].close(second);
		}
		must_be(count_descriptors(), descriptors);
		must_be(count_shared_mappings(), mappings);
		kinds[i].close(first);
	}
}

/* As in weir/region.h: its own bytes, and a directory entry. */
static void test_a_lock_takes_64_bytes_of_a_region(void **state)
{
	struct weir_rlock_options options = { .segment.mode = 0 };
	static struct weir_rlock *locks[1025];
	struct weir_region *region;
	int count = 0, code;

	must_be(weir_region_create(&region, NULL, 1 << 16, NULL), 0);
	options.segment.region = region;
	do
		code = weir_rlock_create(&locks[count], NULL, &options);
	while (code == 0 && count++ < 1024);
	must_be(code, -ENOSPC);
	must_be(count, 1024);
	for (int i = 0; i < count; i++)
		must_be(weir_rlock_acquire(locks[i], WEIR_NOWAIT), 0);
	while (count-- > 0)
		weir_rlock_close(locks[count]);
	weir_region_close(region);
}

/* Every byte of the file behind its header is spoiled: whatever happens, it is
   a code, and ends. */
static void test_spoiled_memory_is_a_code(void **state)
{
	static unsigned char junk[4096];

	for (int i = 0; i < KINDS; i++) {
		const char *name = name_new(kinds[i].label);

		for (int value = 1; value < 256; value += 127) {
			void *object, *second = NULL;
			int code;

			must_be(kinds[i].create(&object, name, NULL, 0), 0);
			memset(junk, value, sizeof(junk));
			must_be(pwrite(kinds[i].fd(object), junk, sizeof(junk),
			               12288),
			        (ssize_t)sizeof(junk));
			kinds[i].use(object);
			code = kinds[i].open(&second, name);
			if (code == 0)
				kinds[i].use(second);
			must(code <= 0);
			if (code == 0)
				kinds[i].close(second);
			kinds[i].close(object);
			must_be(weir_unlink(name), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_o1_create_of_an_existing_name_changes_nothing),
		sentence(test_o2_open_of_none_or_another_type),
		sentence(test_o3_unlink_leaves_what_is_open),
		sentence(test_o4_open_or_create_finds_the_same_object),
		sentence(test_a_descriptor_can_be_opened),
		sentence(test_bad_arguments_are_einval),
		sentence(test_in_a_region_names_are_its_own),
		sentence(test_v2_recycled_memory_is_as_new),
		sentence(test_o10_handles_work_in_children_of_children),
		sentence(test_o9_cycles_leak_nothing),
		sentence(test_a_lock_takes_64_bytes_of_a_region),
		sentence(test_spoiled_memory_is_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
