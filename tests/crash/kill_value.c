/* SPDX-License-Identifier: MIT */
/*
 * Who stores a record, or several elements of an array, or takes a snapshot or
 * the lock, is killed at each instruction; then so is who buries him.
 *
 * The call is single-stepped in a child, which is member 1.  Only the shared
 * memory survives a kill; so for each image of it that was seen, a scene is made
 * in which just that is left.
 */
#include "case.h"
#include "crash/images.h"
#include "crash/value_scene.h"
#include "crash/victim.h"

#include <errno.h>
#include <stdio.h>

/* ---- what must hold */

/* Which of the contents is there: 0, 1 or 2; -1 none of them. */
static int content(const struct scene *scene)
{
	unsigned char record[LARGEST];
	uint64_t all[LENGTH];

	for (int i = 0; i < 3 && scene->value; i++) {
		must_be(weir_value_load(scene->value, record), 0);
		if (memcmp(record, scene_bytes[i],
		           weir_value_size(scene->value)) == 0)
			return i;
	}
	for (int i = 0; i < 3 && scene->array; i++) {
		must_be(weir_array_snapshot(scene->array, 0, LENGTH, all), 0);
		if (memcmp(all, scene_numbers[i], sizeof(all)) == 0)
			return i;
	}
	return -1;
}

static int store(const struct scene *scene, int which)
{
	return scene->value ? weir_value_store(scene->value, scene_bytes[which])
	                    : weir_array_store(scene->array, 0, LENGTH,
	                                       scene_numbers[which]);
}

/* Everything that the dead had is free again. */
static const char *nothing_is_held(const struct scene *scene)
{
	struct copies copies = { .count = 0 };

	if (scene->value)
		copies = value_copies(scene->value);
	for (uint32_t i = 0; i < copies.count; i++) {
		if (owner_state(load64_acquire(&copies.words[i])) != COPY_OPEN)
			return "a copy is held by the dead";
	}
	if (scene->array &&
	    owner_state(load64_acquire(&scene->array->ranges.shared->writer)) !=
	            RANGE_IDLE)
		return "the dead one stores for ever";
	return NULL;
}

/* The elements themselves, not only a snapshot of them. */
static bool elements_are(const struct scene *scene, int which)
{
	uint64_t all[LENGTH];

	if (!scene->array)
		return true;
	must_be(weir_array_load(scene->array, 0, LENGTH, all), 0);
	return memcmp(all, scene_numbers[which], sizeof(all)) == 0;
}

/* Others go on; `stage` is what was there last, and moves on only. */
static const char *settle(struct scene *scene,
                          const struct operation *operation, int *stage)
{
	int now = content(scene);
	int code;

	if (now < 0)
		return "it is torn";
	if (now < *stage || now > (operation->stores ? 1 : 0))
		return "it is what it cannot be";
	*stage = now;
	/* A record can be stored before anybody finds the death. */
	if (scene->value && (store(scene, 2) < 0 || content(scene) != 2))
		return "it cannot be stored before the burial";
	if (scene_bury(scene) < 0)
		return "the burial fails";
	if (content(scene) != (scene->value ? 2 : now))
		return "it is another one after the burial";
	if (!elements_are(scene, now))
		return "the elements are others than the snapshot";
	if (nothing_is_held(scene))
		return nothing_is_held(scene);
	for (int i = 0; i < 3 * COPIES_MOST; i++) {
		if (store(scene, i % 3) < 0 || content(scene) != i % 3 ||
		    !elements_are(scene, i % 3))
			return "it cannot be stored after the burial";
	}
	code = weir_value_lock(scene->value, WEIR_NOWAIT);
	if (scene->array)
		code = weir_array_lock(scene->array, WEIR_NOWAIT);
	if (code != 0 && (code != WEIR_OWNER_DIED || !operation->locks))
		return "the lock is not to be had";
	return NULL;
}

/* ---- killing */

struct stepped {
	struct scene *scene;
	int (*call)(struct scene *scene);
};

static int call_it(void *argument)
{
	const struct stepped *stepped = argument;

	return stepped->call(stepped->scene);
}

/* Each image that the call leaves behind, one instruction after the other. */
static uint64_t step_through(struct scene *scene,
                             int (*call)(struct scene *scene),
                             struct images *images)
{
	struct stepped stepped = { scene, call };
	static unsigned char image[1 << 20];
	struct victim victim;
	uint64_t steps;
	bool more;

	images_begin(images, scene_size(scene));
	must(images->size <= sizeof(image));
	victim_start(&victim, call_it, &stepped);
	do {
		scene_save(scene, image);
		images_add(images, image);
		more = victim_step(&victim);
	} while (more);
	scene_save(scene, image);
	images_add(images, image);
	steps = victim.steps;
	must_be(victim_result(&victim), 0);
	victim_kill(&victim);
	return steps;
}

struct tally {
	uint64_t steps;
	int images;
	int again;
};

static const char *check_image(const struct operation *operation,
                               const void *image, int *stage)
{
	struct scene scene;
	const char *wrong;

	scene_begin(&scene, operation);
	scene_load(&scene, image);
	wrong = settle(&scene, operation, stage);
	scene_end(&scene);
	return wrong;
}

/* Whoever buries him is killed too. */
static const char *kill_again(const struct operation *operation,
                              const void *image, int stage,
                              struct images *known, struct tally *tally)
{
	const char *wrong = NULL;
	struct images images;
	struct scene scene;

	scene_begin(&scene, operation);
	scene_load(&scene, image);
	step_through(&scene, scene_bury, &images);
	scene_end(&scene);
	for (int i = 0; i < images.count && !wrong; i++) {
		const void *second = images_at(&images, i);
		int own = stage;

		if (!images_add_hash(known, hash_bytes(0, second, images.size)))
			continue;
		tally->again++;
		wrong = check_image(operation, second, &own);
	}
	images_end(&images);
	return wrong;
}

static void explore(const struct operation *operation)
{
	struct tally tally = { 0 };
	struct images images, known;
	const char *wrong = NULL;
	struct scene scene;
	int stage = 0;

	scene_begin(&scene, operation);
	tally.steps = step_through(&scene, operation->call, &images);
	scene_end(&scene);
	tally.images = images.count;
	images_begin(&known, 0);
	for (int i = 0; i < images.count && !wrong; i++) {
		wrong = check_image(operation, images_at(&images, i), &stage);
		if (!wrong)
			wrong = kill_again(operation, images_at(&images, i),
			                   stage, &known, &tally);
		if (wrong)
			print_message("%s, image %d: %s\n", operation->name, i,
			              wrong);
	}
	if (!wrong && operation->stores && stage != 1)
		wrong = "it was not stored";
	images_end(&images);
	images_end(&known);
	print_message("%s: %llu instructions, %d images, %d more\n",
	              operation->name, (unsigned long long)tally.steps,
	              tally.images, tally.again);
	must(!wrong);
}

/* ---- the calls */

static int store_record(struct scene *scene)
{
	return weir_value_store(scene->value, scene_bytes[1]);
}

static int load_record(struct scene *scene)
{
	unsigned char record[LARGEST];

	return weir_value_load(scene->value, record);
}

static int lock_and_unlock(struct scene *scene)
{
	int code = weir_value_lock(scene->value, WEIR_NOWAIT);

	return code < 0 ? code : weir_value_unlock(scene->value);
}

static int store_range(struct scene *scene)
{
	return weir_array_store(scene->array, FIRST, COUNT,
	                        scene_numbers[1] + FIRST);
}

static int take_snapshot(struct scene *scene)
{
	uint64_t all[LENGTH];

	return weir_array_snapshot(scene->array, 0, LENGTH, all);
}

/* Some words have come round. */
static void was_used(struct scene *scene)
{
	for (int i = 0; i < 11; i++)
		must_be(store(scene, i == 10 ? 0 : i % 3), 0);
}

static void somebody_sleeps(struct scene *scene)
{
	was_used(scene);
	or32(&cells_at(scene->cells)->changed, EVENT_SLEEPING);
}

static void test_records_killed_at_every_instruction(void **state)
{
	static const struct operation operations[] = {
		{ "store 12 bytes", 12, NULL, store_record, true, false },
		{ "store 100 bytes", 100, was_used, store_record, true, false },
		{ "store, somebody sleeps", 40, somebody_sleeps, store_record,
		  true, false },
		{ "load", 40, was_used, load_record, false, false },
		{ "lock and unlock", 40, NULL, lock_and_unlock, false, true },
	};

	scene_contents();
	victims_share_one_cpu();
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		explore(&operations[i]);
}

static void test_arrays_killed_at_every_instruction(void **state)
{
	static const struct operation operations[] = {
		{ "store a range", 0, NULL, store_range, true, false },
		{ "store a range again", 0, was_used, store_range, true,
		  false },
		{ "store a range, somebody sleeps", 0, somebody_sleeps,
		  store_range, true, false },
		{ "snapshot", 0, was_used, take_snapshot, false, false },
	};

	scene_contents();
	victims_share_one_cpu();
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		explore(&operations[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_records_killed_at_every_instruction),
		sentence(test_arrays_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
