/* SPDX-License-Identifier: MIT */
/* Where objects live whose users are members. */
#include "names.h"
#include "unit/homes.h"

#include <sys/stat.h>

/* ---- segments of their own */

static void test_an_object_of_its_own_outlives_its_handles(void **state)
{
	const char *name = name_new("own");
	struct home home, second;

	must_be(create_own(&home, name), 0);
	must(is_whole(&home));
	must_be(home_open(&second, name, OBJECT_EVENT), 0);
	must(is_whole(&second));
	must(home_member(&home) != home_member(&second));
	must(home_fd(&second) >= 0);
	must_be(home_code(&second), 0);
	must_be(home_backing(&second), 0);
	must(home_intact(&second));
	home_close(&home);
	must(is_whole(&second));
	home_close(&second);
	must_be(home_open(&home, name, OBJECT_EVENT), 0);
	must(is_whole(&home));
	home_close(&home);
}

static void test_an_object_without_a_name_is_opened_by_descriptor(void **state)
{
	struct home home, second;

	must_be(create_own(&home, NULL), 0);
	must_be(home_open_fd(&second, home_fd(&home), OBJECT_EVENT), 0);
	home_close(&home);
	must(is_whole(&second));
	home_close(&second);
}

static void test_what_is_not_there_or_another_thing_is_refused(void **state)
{
	const char *name = name_new("own"), *other = name_new("region");
	struct weir_region *region;
	struct weir_pipe *none;
	struct home home, second;

	must_be(create_own(&home, name), 0);
	must_be(create_own(&second, name), -EEXIST);
	must_be(home_open(&second, other, OBJECT_EVENT), -ENOENT);
	must_be(home_open(&second, name, OBJECT_VALUE), -EPROTO);
	must_be(home_open_fd(&second, home_fd(&home), OBJECT_VALUE), -EPROTO);
	must_be(home_open_fd(&second, -1, OBJECT_VALUE), -EBADF);
	must_be(weir_region_open(&region, name), -EPROTO);
	must_be(weir_pipe_open(&none, name), -EPROTO);
	must_be(weir_region_create(&region, other, PLANT, NULL), 0);
	must_be(home_open(&second, other, OBJECT_EVENT), -EPROTO);
	weir_region_close(region);
	home_close(&home);
}

static void test_what_no_object_may_be_is_einval(void **state)
{
	struct weir_segment_options mode = { .mode = 01000 };
	struct home_plan nothing = { OBJECT_EVENT, 0, 0 };
	struct home_plan all = { OBJECT_EVENT, REGION_LARGEST + 1, 1 };
	struct home home;

	must_be(create_own(&home, "a/b"), -EINVAL);
	must_be(home_open(&home, "", OBJECT_EVENT), -EINVAL);
	must_be(home_create(&home, NULL, &nothing, NULL, format_nothing, NULL),
	        -EINVAL);
	must_be(home_create(&home, NULL, &all, NULL, format_nothing, NULL),
	        -EINVAL);
	must_be(home_create(&home, NULL, &small, &mode, format_nothing, NULL),
	        -EINVAL);
	must_be(home_open_or_create(&home, NULL, &small, NULL, format_nothing,
	                            NULL),
	        -EINVAL);
}

static void test_open_or_create_does_either(void **state)
{
	struct weir_segment_options options = { .region = plant() };
	const char *name = name_new("either");
	struct told told = { 0 };
	struct home homes[4];

	for (int i = 0; i < 4; i++) {
		must_be(home_open_or_create(&homes[i], name, &small,
		                            i < 2 ? NULL : &options, format,
		                            &told),
		        0);
		must_be(told.calls, 1 + i / 2);
		must(is_whole(&homes[i]));
	}
	for (int i = 0; i < 4; i++)
		home_close(&homes[i]);
	weir_region_close(options.region);
}

/* ---- memory */

static uint64_t memory_of(const struct home *home)
{
	struct stat st;

	must_be(fstat(home_fd(home), &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* A gigabyte, of which two pages have memory. */
static void hollow(const char *name)
{
	static const struct home_plan huge = { OBJECT_EVENT, 1 << 30, 5000 };
	struct home home;
	uint64_t before;

	must_be(home_create(&home, name, &huge, NULL, format_nothing, NULL), 0);
	before = memory_of(&home);
	must(before <= REGION_OBJECTS + 4 * REGION_PAGE);
	must_be(home_take(&home, 10000 * REGION_PAGE + 1, 1), 0);
	must_be(home_take(&home, 20000 * REGION_PAGE - 1, 2), 0);
	must_be(home_take(&home, 0, 5000), 0);
	must_be(home_take(&home, 1 << 30, 0), 0);
	must_be(home_take(&home, (1 << 30) - 1, 1), 0);
	home.at[10001 * REGION_PAGE - 1] = 1;
	home.at[20000 * REGION_PAGE] = 1;
	home.at[4999] = 1;
	must_be(memory_of(&home),
	        before + 4 * REGION_PAGE + (name ? 0 : 2 * REGION_PAGE));
	must_be(home_take(&home, 1 << 30, 1), -EUCLEAN);
	must_be(home_take(&home, UINT64_MAX, 2), -EUCLEAN);
	must_be(home_take(&home, 1, UINT64_MAX), -EUCLEAN);
	home_close(&home);
}

static void test_memory_is_taken_as_it_is_needed(void **state)
{
	hollow(name_new("hollow"));
	hollow(NULL);
}

static void test_an_object_in_a_region_has_all_its_memory(void **state)
{
	struct weir_region *region = plant();
	struct home home;

	must_be(create_in(&home, region, NULL), 0);
	must_be(home_take(&home, 0, BYTES), 0);
	must_be(home_take(&home, 2 * BYTES, 1), -EUCLEAN);
	home_close(&home);
	weir_region_close(region);
}

/* ---- regions */

static void test_an_object_in_a_region_has_a_name_there(void **state)
{
	struct weir_region *region = plant();
	struct home home, second;
	struct weir_pipe *none;

	must_be(create_in(&home, region, "/name"), 0);
	must_be(create_in(&second, region, "name"), -EEXIST);
	must_be(home_open_in(&second, region, "other", OBJECT_EVENT), -ENOENT);
	must_be(home_open_in(&second, region, "name", OBJECT_VALUE), -EPROTO);
	must_be(home_open_in(&second, region, "a b", OBJECT_EVENT), -EINVAL);
	must_be(weir_pipe_open_in(&none, region, "name"), -EPROTO);
	must_be(home_open_in(&second, region, "/name", OBJECT_EVENT), 0);
	must(is_whole(&second));
	must(second.at == home.at);
	must_be(home_bytes(&second), home_bytes(&home));
	must_be(home_fd(&second), -ENOTSUP);
	home_close(&home);
	home_close(&second);
	must_be(home_open_in(&second, region, "name", OBJECT_EVENT), 0);
	must(is_whole(&second));
	home_close(&second);
	weir_region_close(region);
}

/* ---- spoiled */

static bool lies_inside(const struct home *home)
{
	const struct weir_region *region = home->region;
	uint64_t begin = (uint64_t)(home->at - region->objects);
	uint64_t room = region->geometry.lines * REGION_LINE;

	return begin <= room && (uint64_t)home_bytes(home) <= room - begin;
}

static void test_a_spoiled_entry_is_euclean(void **state)
{
	static const size_t words[] = {
		offsetof(struct entry_layout, owner),
		offsetof(struct entry_layout, extent),
		offsetof(struct entry_layout, offset),
		offsetof(struct entry_layout, kind),
	};
	struct home home, second;
	unsigned char *entry;
	int lies = 0;

	must_be(create_own(&home, NULL), 0);
	entry = table_at(&home.region->entries, 0);
	for (int i = 0; i < 4 * 64; i++) {
		struct word64 *word = (void *)(entry + words[i / 64]);
		uint64_t is = load64_relaxed(word);
		int code;

		store64_release(word, is ^ UINT64_C(1) << i % 64);
		code = home_open_fd(&second, home_fd(&home), OBJECT_EVENT);
		must(code == 0 || code == -EUCLEAN);
		lies += code == 0;
		if (code == 0) {
			must(lies_inside(&second));
			home_close(&second);
		}
		store64_release(word, is);
	}
	/* Another member, other lines, a name behind it: they may be true. */
	must(lies < 64);
	home_close(&home);
}

static void test_spoiled_geometry_is_euclean(void **state)
{
	struct home home, second;
	struct region_layout *shared;

	must_be(create_own(&home, NULL), 0);
	shared = home.region->shared;
	for (int i = 0; i < 32; i++) {
		shared->entries_most ^= 1U << i;
		must_be(home_open_fd(&second, home_fd(&home), OBJECT_EVENT),
		        -EUCLEAN);
		shared->entries_most ^= 1U << i;
	}
	for (int i = 0; i < 64; i++) {
		shared->lines ^= UINT64_C(1) << i;
		must_be(home_open_fd(&second, home_fd(&home), OBJECT_EVENT),
		        -EUCLEAN);
		shared->lines ^= UINT64_C(1) << i;
	}
	store64_release(&shared->entries, 0);
	must_be(home_open_fd(&second, home_fd(&home), OBJECT_EVENT), -EUCLEAN);
	home_close(&home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_an_object_of_its_own_outlives_its_handles),
		sentence(test_an_object_without_a_name_is_opened_by_descriptor),
		sentence(test_what_is_not_there_or_another_thing_is_refused),
		sentence(test_what_no_object_may_be_is_einval),
		sentence(test_open_or_create_does_either),
		sentence(test_memory_is_taken_as_it_is_needed),
		sentence(test_an_object_in_a_region_has_all_its_memory),
		sentence(test_an_object_in_a_region_has_a_name_there),
		sentence(test_a_spoiled_entry_is_euclean),
		sentence(test_spoiled_geometry_is_euclean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
