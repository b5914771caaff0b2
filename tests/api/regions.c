/* SPDX-License-Identifier: MIT */
/* Pipes that share one segment. */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <pthread.h>
#include <weir/region.h>

enum { RING = 4096, PLANT = 256 * 1024 };

static struct weir_region *plant(const char *name)
{
	struct weir_region *region;

	must_be(weir_region_create(&region, name, PLANT, NULL), 0);
	return region;
}

static int create(struct weir_pipe **end, struct weir_region *region,
                  const char *name)
{
	struct weir_pipe_options options = { .size = RING,
		                             .segment.region = region };

	return weir_pipe_create(end, name, &options);
}

static void pair_in(struct weir_pipe *ends[2], struct weir_region *region,
                    const char *name)
{
	must_be(create(&ends[0], region, name), 0);
	must_be(weir_pipe_open_in(&ends[1], region, name), 0);
}

static void test_a_pipe_in_a_region_is_a_pipe(void **state)
{
	struct weir_region *region = plant(NULL);
	struct weir_pipe *ends[2], *third = NULL;
	static unsigned char buffer[1000];

	pair_in(ends, region, "orders");
	must_be(weir_pipe_open_in(&third, region, "orders"), -EBUSY);
	must_be(create(&third, region, "orders"), -EEXIST);
	must(third == NULL);
	for (uint64_t i = 0; i < 1000; i++) {
		send_pattern(ends[0], buffer, (size_t)i, i);
		send_pattern(ends[1], buffer, (size_t)i, i + 7);
		recv_pattern(ends[1], buffer, (size_t)i, i);
		recv_pattern(ends[0], buffer, (size_t)i, i + 7);
	}
	must_be(weir_pipe_fd(ends[0]), -ENOTSUP);
	must_be(weir_pipe_fd(ends[1]), -ENOTSUP);
	weir_pipe_close(ends[0]);
	hear_the_end(ends[1]);
	weir_pipe_close(ends[1]);
	must_be(weir_pipe_open_in(&third, region, "orders"), -EPIPE);
	weir_region_close(region);
}

static void test_names_in_a_region_are_its_own(void **state)
{
	struct weir_region *regions[2] = { plant(NULL), plant(NULL) };
	struct weir_pipe *ends[2], *none = NULL;

	must_be(create(&ends[0], regions[0], "same"), 0);
	must_be(weir_pipe_open_in(&none, regions[1], "same"), -ENOENT);
	must_be(create(&ends[1], regions[1], "same"), 0);
	must_be(weir_pipe_open(&none, "same"), -ENOENT);
	must_be(weir_pipe_open_in(&none, regions[0], "other"), -ENOENT);
	must_be(create(&none, regions[0], ""), -EINVAL);
	must_be(create(&none, regions[0], "a/b"), -EINVAL);
	must_be(weir_pipe_open_in(&none, regions[0], "a b"), -EINVAL);
	must_be(weir_region_remove(regions[0], "a b"), -EINVAL);
	must_be(weir_region_remove(regions[0], "other"), -ENOENT);
	must(none == NULL);
	unpair(ends);
	weir_region_close(regions[0]);
	weir_region_close(regions[1]);
}

static void test_objects_of_another_kind_are_refused(void **state)
{
	const char *names[] = { name_new("region"), name_new("pipe") };
	struct weir_region *region = plant(names[0]), *none = NULL;
	struct weir_pipe *end, *no_pipe = NULL;

	must_be(weir_pipe_create(&end, names[1], NULL), 0);
	must_be(weir_pipe_open(&no_pipe, names[0]), -EPROTO);
	must_be(weir_pipe_open_or_create(&no_pipe, names[0], NULL), -EPROTO);
	must_be(weir_pipe_open_fd(&no_pipe, weir_region_fd(region)), -EPROTO);
	must_be(weir_region_open(&none, names[1]), -EPROTO);
	must_be(weir_region_open_fd(&none, weir_pipe_fd(end)), -EPROTO);
	must_be(weir_region_open_fd(&none, -1), -EBADF);
	must(no_pipe == NULL && none == NULL);
	weir_pipe_close(end);
	weir_region_close(region);
}

static void test_arguments_of_regions_have_ranges(void **state)
{
	struct weir_segment_options bad = { .mode = 0777 };
	struct weir_region *region = plant(NULL), *none = NULL;
	struct weir_segment_options nested = { .region = region };
	const char *name = name_new("range");

	must_be(weir_region_create(&none, name, 0, NULL), -EINVAL);
	must_be(weir_region_create(&none, name, SIZE_MAX, NULL), -EINVAL);
	must_be(weir_region_create(&none, name, PLANT, &bad), -EINVAL);
	must_be(weir_region_create(&none, name, PLANT, &nested), -EINVAL);
	must_be(weir_region_create(&none, "a/b", PLANT, NULL), -EINVAL);
	must_be(weir_region_open(&none, name), -ENOENT);
	must_be(weir_region_open(&none, ""), -EINVAL);
	must(!name_exists(name));
	must(none == NULL);
	weir_region_close(NULL);
	weir_region_close(region);
}

/* Creates nameless pipes until there is no room; closes them; how many. */
static int room(struct weir_region *region)
{
	static struct weir_pipe *ends[1000];
	int count = 0, code;

	while ((code = create(&ends[count], region, NULL)) == 0)
		must(++count < 1000);
	must_be(code, -ENOSPC);
	for (int i = 0; i < count; i++)
		weir_pipe_close(ends[i]);
	return count;
}

static void test_a_region_has_its_room_again_when_pipes_go(void **state)
{
	struct weir_region *region = plant(NULL);
	int first = room(region);

	must(first >= PLANT / (2 * RING) / 2);
	for (int i = 0; i < 50; i++)
		must_be(room(region), first);
	weir_region_close(region);
}

static void test_remove_takes_the_name_and_handles_go_on(void **state)
{
	struct weir_region *region = plant(NULL);
	struct weir_pipe *ends[2], *again[2], *none;
	int before = room(region);

	pair_in(ends, region, "name");
	must_be(weir_region_remove(region, "name"), 0);
	must_be(weir_region_remove(region, "name"), -ENOENT);
	must_be(weir_pipe_open_in(&none, region, "name"), -ENOENT);
	pair_in(again, region, "name");
	say(ends[0], "old");
	say(again[0], "new");
	hear(ends[1], "old");
	hear(again[1], "new");
	must_be(weir_region_remove(region, "name"), 0);
	unpair(ends);
	unpair(again);
	must_be(room(region), before);
	weir_region_close(region);
}

static void test_open_or_create_works_in_a_region(void **state)
{
	struct weir_region *region = plant(NULL);
	struct weir_pipe_options options = { .size = RING,
		                             .segment.region = region };
	struct weir_pipe *ends[2], *third = NULL;

	for (int i = 0; i < 3; i++) {
		must_be(weir_pipe_open_or_create(&ends[0], "/either", &options),
		        0);
		must_be(weir_pipe_open_or_create(&ends[1], "either", &options),
		        0);
		must_be(weir_pipe_open_or_create(&third, "either", &options),
		        -EBUSY);
		say(ends[0], "there");
		hear(ends[1], "there");
		/* Then only its name is left. */
		unpair(ends);
	}
	must(third == NULL);
	weir_region_close(region);
}

static void test_a_pair_in_a_region_has_no_name(void **state)
{
	struct weir_region *region = plant(NULL);
	struct weir_pipe_options options = { .size = RING,
		                             .segment.region = region };
	struct weir_pipe *ends[2];

	for (int i = 0; i < 100; i++) {
		must_be(weir_pipe_pair(ends, &options), 0);
		say(ends[1], "over");
		hear(ends[0], "over");
		weir_pipe_close(ends[0]);
		hear_the_end(ends[1]);
		weir_pipe_close(ends[1]);
	}
	weir_region_close(region);
}

static void *pairs_in_a_thread(void *argument)
{
	struct weir_pipe_options options = { .size = RING,
		                             .segment.region = argument };
	struct weir_pipe *ends[2];

	for (int i = 0; i < 300; i++) {
		must_be(weir_pipe_pair(ends, &options), 0);
		say(ends[i % 2], "mine");
		hear(ends[!(i % 2)], "mine");
		unpair(ends);
	}
	return NULL;
}

static void test_threads_create_at_the_same_time(void **state)
{
	struct weir_region *region = plant(NULL);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		must_be(pthread_create(&threads[i], NULL, pairs_in_a_thread,
		                       region),
		        0);
	for (int i = 0; i < 4; i++)
		must_be(pthread_join(threads[i], NULL), 0);
	weir_region_close(region);
}

static void work_in_region(void *argument)
{
	struct weir_region *region;
	struct weir_pipe *end;

	must_be(weir_region_open(&region, argument), 0);
	must_be(weir_pipe_open_in(&end, region, "work"), 0);
	hear(end, "work");
	say(end, "done");
	weir_pipe_close(end);
	weir_region_close(region);
}

static void test_another_process_opens_region_and_pipe(void **state)
{
	const char *name = name_new("workers");
	struct weir_region *region = plant(name);
	struct weir_pipe *end;
	pid_t child;

	must_be(create(&end, region, "work"), 0);
	child = child_start(work_in_region, (void *)(uintptr_t)name);
	say(end, "work");
	hear(end, "done");
	hear_the_end(end);
	child_join(child);
	weir_pipe_close(end);
	weir_region_close(region);
}

struct inherited {
	struct weir_region *region;
	int64_t lifetime;
	struct weir_pipe *ends[2];
};

static void use_what_is_inherited(void *argument)
{
	struct inherited *inherited = argument;
	struct weir_pipe *own;

	weir_pipe_close(inherited->ends[0]);
	must_be(create(&own, inherited->region, "own"), 0);
	say(inherited->ends[1], "made");
	hear(own, "found");
}

static void test_o10_regions_work_in_forked_children(void **state)
{
	struct inherited inherited = { .region = plant(NULL) };
	struct weir_pipe *found;
	pid_t child;
	int before = room(inherited.region);

	for (int i = 0; i < 100; i++) {
		pair_in(inherited.ends, inherited.region, "inherited");
		child = child_start(use_what_is_inherited, &inherited);
		weir_pipe_close(inherited.ends[1]);
		hear(inherited.ends[0], "made");
		must_be(weir_pipe_open_in(&found, inherited.region, "own"), 0);
		say(found, "found");
		child_join(child);
		hear_the_end(found);
		hear_the_end(inherited.ends[0]);
		weir_pipe_close(found);
		weir_pipe_close(inherited.ends[0]);
		must_be(weir_region_remove(inherited.region, "own"), 0);
		must_be(weir_region_remove(inherited.region, "inherited"), 0);
	}
	must_be(room(inherited.region), before);
	weir_region_close(inherited.region);
}

static void create_until_death(void *argument)
{
	struct inherited *inherited = argument;
	struct weir_pipe *ends[2];

	die_after(inherited->lifetime);
	for (;;) {
		pair_in(ends, inherited->region, "deadly");
		say(ends[0], "x");
		hear(ends[1], "x");
		unpair(ends);
		must_be(weir_region_remove(inherited->region, "deadly"), 0);
	}
}

static void test_g4_a_killed_creator_leaks_no_room(void **state)
{
	struct inherited inherited = { .region = plant(NULL) };
	int before = room(inherited.region);
	uint64_t random = 110;

	for (int i = 0; i < 300; i++) {
		int code;

		inherited.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_MS(1));
		child_wait(child_start(create_until_death, &inherited));
		code = weir_region_remove(inherited.region, "deadly");
		must(code == 0 || code == -ENOENT);
	}
	must_be(room(inherited.region), before);
	weir_region_close(inherited.region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_pipe_in_a_region_is_a_pipe),
		sentence(test_names_in_a_region_are_its_own),
		sentence(test_objects_of_another_kind_are_refused),
		sentence(test_arguments_of_regions_have_ranges),
		sentence(test_a_region_has_its_room_again_when_pipes_go),
		sentence(test_remove_takes_the_name_and_handles_go_on),
		sentence(test_open_or_create_works_in_a_region),
		sentence(test_a_pair_in_a_region_has_no_name),
		sentence(test_threads_create_at_the_same_time),
		sentence(test_another_process_opens_region_and_pipe),
		sentence(test_o10_regions_work_in_forked_children),
		sentence(test_g4_a_killed_creator_leaks_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
