/* SPDX-License-Identifier: MIT */
#include "crash/sync_explore.h"

#include "case.h"
#include "crash/images.h"
#include "crash/victim.h"

#include <stdlib.h>
#include <unistd.h>

/* What a victim is told. */
struct task {
	const struct sync_operation *operation;
	struct sync_world *world;
};

struct tally {
	uint64_t steps;
	int images;
	int checks;
};

/* ---- worlds */

static void world_begin(struct sync_world *world,
                        const struct sync_operation *operation)
{
	const struct home *home;

	*world = (struct sync_world){ .own = operation->create() };
	home = &world->own->home;
	world->base = home->region->segment.base;
	world->image_size =
		(size_t)(home->at - world->base) + (size_t)home_bytes(home);
	if (operation->prepare)
		operation->prepare(world);
}

static void before(void *argument)
{
	const struct task *task = argument;

	if (task->operation->before)
		task->operation->before(task->world);
}

static int call(void *argument)
{
	const struct task *task = argument;

	return task->operation->call(task->world);
}

/* Places are given from the first: the survivor has that. */
enum { VICTIM = 1 };

/* Who recovers it, and is killed too. */
static int recover(void *argument)
{
	const struct task *task = argument;

	return home_recover_one(&task->world->own->home, VICTIM);
}

/* The others in this image have no lock byte, so they are dead. */
static void world_after(struct sync_world *world,
                        const struct sync_operation *operation,
                        const void *image)
{
	world_begin(world, operation);
	memcpy(world->base, image, world->image_size);
}

static char settle_after(const struct sync_operation *operation,
                         const void *image)
{
	struct sync_world world;
	char outcome;

	world_after(&world, operation, image);
	must(home_recover(&world.own->home) >= 0);
	must_be(home_recover(&world.own->home), 0);
	outcome = operation->settle(&world);
	operation->close(&world);
	return outcome;
}

/* ---- stepping */

static void look(struct images *images, const struct sync_world *world)
{
	const void *last =
		images->count > 0 ? images_at(images, images->count - 1) : NULL;

	if (!last || memcmp(last, world->base, world->image_size) != 0)
		images_add(images, world->base);
}

/* All images that the call leaves, the one before it included. */
static void step_call(const struct sync_operation *operation,
                      struct images *images, struct tally *tally)
{
	struct sync_world world;
	struct task task = { operation, &world };
	struct victim victim;

	world_begin(&world, operation);
	images_begin(images, world.image_size);
	victim_start_after(&victim, before, call, &task);
	look(images, &world);
	while (victim_step(&victim)) {
		look(images, &world);
		if (operation->meanwhile && !world.done) {
			world.done = operation->meanwhile(&world);
			if (world.done)
				look(images, &world);
		}
	}
	look(images, &world);
	must(!operation->meanwhile || world.done);
	must_be(victim_result(&victim), operation->result);
	tally->steps += victim.steps;
	tally->images += images->count;
	victim_kill(&victim);
	must(home_recover(&world.own->home) >= 0);
	operation->settle(&world);
	operation->close(&world);
}

/* The same of the recovery from one of them. */
static void step_recovery(const struct sync_operation *operation,
                          const void *image, struct images *images,
                          struct tally *tally)
{
	struct sync_world world;
	struct task task = { operation, &world };
	struct victim second;

	world_after(&world, operation, image);
	images_begin(images, world.image_size);
	victim_start(&second, recover, &task);
	do
		look(images, &world);
	while (victim_step(&second));
	look(images, &world);
	must_be(victim_result(&second), 1);
	tally->steps += second.steps;
	victim_kill(&second);
	must(home_recover(&world.own->home) >= 0);
	operation->settle(&world);
	operation->close(&world);
}

static void explore_recovery(const struct sync_operation *operation,
                             const void *image, char outcome,
                             struct tally *tally)
{
	struct images images;

	step_recovery(operation, image, &images, tally);
	for (int i = 0; i < images.count; i++) {
		char again = settle_after(operation, images_at(&images, i));

		if (!operation->doubles || again != outcome + 1)
			must_be(again, outcome);
		tally->checks++;
	}
	images_end(&images);
}

static void explore(const struct sync_operation *operation, struct tally *tally)
{
	const char *fate = operation->fate;
	struct images images;

	step_call(operation, &images, tally);
	for (int i = 0; i < images.count; i++) {
		const void *image = images_at(&images, i);
		char outcome = settle_after(operation, image);

		while (*fate && *fate != outcome)
			fate++;
		if (!*fate)
			print_message("%s, image %d: %c, its fate is %s\n",
			              operation->name, i, outcome,
			              operation->fate);
		must(*fate);
		tally->checks++;
		explore_recovery(operation, image, outcome, tally);
	}
	/* It came to its end. */
	must_be(fate[1], 0);
	images_end(&images);
}

void sync_explore_all(const struct sync_operation *operations, size_t count)
{
	victims_share_one_cpu();
	for (size_t i = 0; i < count; i++) {
		struct tally tally = { 0 };

		alarm(CASE_SECONDS);
		print_message("%s: ", operations[i].name);
		explore(&operations[i], &tally);
		print_message("%d steps, %d images, %d checks\n",
		              (int)tally.steps, tally.images, tally.checks);
	}
}
