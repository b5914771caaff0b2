/* SPDX-License-Identifier: MIT */
/*
 * Who stores a record, or some elements, stands still after an instruction;
 * others store and load, and must have whole ones, then and after each of the
 * instructions that follow when he goes on.
 */
#include "case.h"
#include "crash/value_scene.h"
#include "crash/victim.h"

#include <errno.h>
#include <stdio.h>

struct held_up {
	const struct operation *operation;
	struct scene scene;
	struct victim victim;
};

static int call_it(void *argument)
{
	struct held_up *run = argument;

	return run->operation->call(&run->scene);
}

/* ---- what others find */

static bool record_is_whole(const struct scene *scene)
{
	size_t size = weir_value_size(scene->value);
	unsigned char record[LARGEST];

	must_be(weir_value_load(scene->value, record), 0);
	for (int i = 0; i < 3; i++) {
		if (memcmp(record, scene_bytes[i], size) == 0)
			return true;
	}
	return false;
}

/* Those that the call stores are so all together, and so are the others. */
static bool elements_are_whole(const struct scene *scene)
{
	bool inside = false, outside = false;
	uint64_t all[LENGTH];

	must_be(weir_array_snapshot(scene->array, 0, LENGTH, all), 0);
	for (int i = 0; i < 3; i++) {
		const uint64_t *is = scene_numbers[i];

		inside |= memcmp(all + FIRST, is + FIRST,
		                 COUNT * sizeof(*is)) == 0;
		outside |= memcmp(all, is, FIRST * sizeof(*is)) == 0 &&
		           memcmp(all + FIRST + COUNT, is + FIRST + COUNT,
		                  (LENGTH - FIRST - COUNT) * sizeof(*is)) == 0;
	}
	return inside && outside;
}

static bool is_whole(const struct scene *scene)
{
	return scene->value ? record_is_whole(scene)
	                    : elements_are_whole(scene);
}

/* True if it could be done: elements cannot, while he stores some. */
static bool store_over(struct scene *scene)
{
	int code;

	if (scene->value) {
		must_be(weir_value_store(scene->value, scene_bytes[2]), 0);
		return true;
	}
	code = ranges_store(&scene->array->ranges,
	                    home_member(&scene->cells->sync.home), 0,
	                    LENGTH * sizeof(uint64_t), scene_numbers[2]);
	must(code == 0 || code == -EAGAIN);
	return code == 0;
}

/* ---- holding up */

/* False once the call takes no more than so many instructions. */
static bool hold_up(const struct operation *operation, int steps, int stores)
{
	struct held_up run = { .operation = operation };
	bool more = true;

	scene_begin(&run.scene, operation);
	victim_start(&run.victim, call_it, &run);
	for (int i = 0; i < steps && more; i++)
		more = victim_step(&run.victim);
	must(is_whole(&run.scene));
	for (int i = 0; i < stores; i++) {
		store_over(&run.scene);
		must(is_whole(&run.scene));
	}
	while (more) {
		more = victim_step(&run.victim);
		must(is_whole(&run.scene));
	}
	must_be(victim_result(&run.victim), 0);
	must(store_over(&run.scene));
	must(is_whole(&run.scene));
	more = run.victim.steps > (uint64_t)steps;
	victim_kill(&run.victim);
	scene_end(&run.scene);
	return more;
}

static void hold_up_anywhere(const struct operation *operation, int stride)
{
	int steps = 0;

	for (; hold_up(operation, steps, 1 + steps % 9); steps += stride)
		;
	print_message("%s: held up at each of %d places\n", operation->name,
	              steps / stride);
}

static int store_record(struct scene *scene)
{
	return weir_value_store(scene->value, scene_bytes[1]);
}

static int store_range(struct scene *scene)
{
	return weir_array_store(scene->array, FIRST, COUNT,
	                        scene_numbers[1] + FIRST);
}

static void test_a_record_is_whole_whoever_stands_still(void **state)
{
	static const struct operation operation = { .name = "store a record",
		                                    .record_size = 24,
		                                    .call = store_record };

	scene_contents();
	victims_share_one_cpu();
	hold_up_anywhere(&operation, 1);
}

static void test_elements_are_whole_whoever_stands_still(void **state)
{
	static const struct operation operation = { .name = "store a range",
		                                    .call = store_range };

	scene_contents();
	victims_share_one_cpu();
	hold_up_anywhere(&operation, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_record_is_whole_whoever_stands_still),
		sentence(test_elements_are_whole_whoever_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
