/* SPDX-License-Identifier: MIT */
#include "crash/queue_explore.h"

#include "case.h"
#include "crash/queue_passage.h"
#include "crash/victim.h"
#include "doors/locks.h"
#include "members/recovery.h"
#include "pattern.h"

#include <stdio.h>
#include <stdlib.h>

/* For one operation: some seconds, and much more where others work too. */
enum { EXPLORE_SECONDS = 3 * CASE_SECONDS };

unsigned char queue_in_flight[OPERATION_PUTS][ITEM_LARGEST];

/* Everything that one exploration has in hand. */
struct exploration {
	const struct queue_operation *operation;
	struct queue_tally *tally;
	struct queue_world world; /* built anew for each death */
	/* The items when the victim is killed, and where they were last. */
	int count;
	const char *fates[ITEMS_MOST];
	int stages[ITEMS_MOST];
	bool task_was_done, was_shut;
	struct images settled;
};

static void name_fates(struct exploration *run)
{
	const struct queue_operation *operation = run->operation;
	struct queue_world *world = &run->world;

	for (int i = 0; i < OPERATION_FATES && operation->fates[i]; i++)
		world->items[i].fate = operation->fates[i];
	for (int i = 0; i < world->count; i++) {
		world->items[i].finishes = operation->finishes;
		world->items[i].drops = operation->shuts && operation->finishes;
	}
	for (int i = 0; i < OPERATION_PUTS && operation->puts[i]; i++)
		queue_world_owe(world, (uint64_t)IN_FLIGHT + (uint64_t)i,
		                operation->puts[i], "01");
	world->task_done = operation->task_done;
	world->shuts = operation->shuts;
}

static void rebuild(struct exploration *run)
{
	queue_world_begin(&run->world, run->operation->plan);
	if (run->operation->prepare)
		run->operation->prepare(&run->world);
	name_fates(run);
	run->count = run->world.count;
	for (int i = 0; i < run->count; i++)
		run->fates[i] = run->world.items[i].fate;
}

/* What is left when the victim was killed and this was the memory then. */
static void rebuild_dead(struct exploration *run, const void *image)
{
	struct queue_world *world = &run->world;

	rebuild(run);
	for (int i = 0; i < run->count; i++)
		world->items[i].stage = run->stages[i];
	world->task_was_done = run->task_was_done;
	queue_world_load(world, image);
}

static const char *wrong_with(const struct exploration *run, const char *who,
                              int image, int way, const char *wrong)
{
	static char text[512];

	snprintf(text, sizeof(text), "%s, %s, image %d, way %d: %s",
	         run->operation->name, who, image, way, wrong);
	return text;
}

/* ---- the second death */

/* It may be dropped from where it is now. */
static void may_be_dropped(struct item *item)
{
	static const char *const fates[] = { "10", "20", "30" };
	int deliveries = item->fate[item->stage] - '0';

	if (deliveries == 0)
		return;
	item->fate = fates[deliveries - 1];
	item->stage = 0;
	item->exact = false;
	item->finishes = true;
	item->drops = true;
}

static void name_second(struct exploration *run,
                        const struct queue_second *second)
{
	struct queue_world *world = &run->world;

	world->takes = second->takes;
	world->takes_finish = second->takes_finish;
	world->task_done |= second->task_done;
	world->shuts |= second->shuts;
	for (int i = 0; i < world->count; i++) {
		world->items[i].exact = !run->operation->shuts;
		if (second->shuts)
			may_be_dropped(&world->items[i]);
	}
	if (second->puts)
		queue_world_owe(world, (uint64_t)IN_FLIGHT + OPERATION_PUTS,
		                second->puts, "01");
}

/* The memory is one that the second one left. */
static const char *settle_again(struct exploration *run,
                                const struct queue_second *second,
                                const void *image)
{
	const char *wrong;

	rebuild_dead(run, image);
	name_second(run, second);
	wrong = queue_settle(&run->world, BY_LEASE);
	run->tally->checks_again++;
	return wrong;
}

/* Each image that the second one leaves, from one first image. */
static const char *kill_again(struct exploration *run,
                              const struct queue_second *second,
                              const void *image, int number)
{
	struct stepped stepped = { &run->world, second->before, second->call,
		                   second->looks };
	const char *wrong = NULL;
	struct passage passage;
	const struct images *images = &passage.images;
	uint64_t key;

	rebuild_dead(run, image);
	passage_begin(&passage, &stepped);
	run->tally->steps_again += passage.steps;
	queue_world_end(&run->world);
	for (int i = 0; i < images->count && !wrong; i++) {
		if (!passage_counts(&passage, i))
			continue;
		key = hash_bytes((uint64_t)second, images_at(images, i),
		                 images->size);
		key = hash_bytes(key, run->stages, sizeof(run->stages));
		if (!images_add_hash(&run->settled, key + run->task_was_done))
			continue;
		wrong = settle_again(run, second, images_at(images, i));
		if (wrong)
			wrong = wrong_with(run, second->name, number, i, wrong);
	}
	run->tally->images_again += images->count;
	passage_end(&passage);
	return wrong;
}

/* As recover_all, without asking after those who were never there. */
static int recover_the_dead(struct queue_world *world)
{
	struct membership *membership = &world->own->home.region->membership;
	int fd = membership->place.probe_fd;
	int code = lock_try_exclusive(fd, LOCK_MEMBERS + 1);

	if (code == 0)
		code = recover_member(membership, 1);
	lock_release(fd, LOCK_MEMBERS + 1);
	return code;
}

static const struct queue_second recovery = {
	.name = "recovery killed",
	.call = recover_the_dead,
};

static const char *kill_seconds(struct exploration *run, const void *image,
                                int number)
{
	const char *wrong = kill_again(run, &recovery, image, number);

	for (int i = 0; i < OPERATION_SECONDS && !wrong; i++) {
		if (run->operation->seconds[i])
			wrong = kill_again(run, run->operation->seconds[i],
			                   image, number);
	}
	return wrong;
}

/* ---- the first death */

/* NULL, or what was wrong in one way. */
static const char *kill_once(struct exploration *run, const void *image,
                             enum queue_way way)
{
	struct queue_world *world = &run->world;
	const char *wrong;

	rebuild_dead(run, image);
	for (int i = 0; i < world->count; i++)
		world->items[i].exact = way != BY_LEASE;
	wrong = queue_settle(world, way);
	run->tally->checks++;
	if (!wrong && run->was_shut && !world->was_shut && way == BY_LEASE)
		wrong = "it was shut down, and is not any more";
	if (wrong || way != BY_LEASE)
		return wrong;
	for (int i = 0; i < run->count; i++)
		run->stages[i] = world->items[i].stage;
	run->task_was_done = world->task_was_done;
	run->was_shut = world->was_shut;
	return NULL;
}

static const char *kill_in_each_way(struct exploration *run, const void *image,
                                    int number)
{
	const char *wrong = NULL;

	for (int way = 0; way < QUEUE_WAYS && !wrong; way++) {
		if (run->operation->shuts && way != BY_LEASE && way != BY_END)
			continue;
		wrong = kill_once(run, image, (enum queue_way)way);
		if (wrong)
			wrong = wrong_with(run, "killed", number, way, wrong);
	}
	return wrong;
}

static bool is_new(const struct exploration *run, uint64_t meaning,
                   struct images *meanings)
{
	return images_add_hash(meanings, hash_bytes(meaning, run->stages,
	                                            sizeof(run->stages)));
}

static const char *kill_each(struct exploration *run,
                             const struct passage *passage)
{
	const struct images *images = &passage->images;
	const char *wrong = NULL;
	struct images meanings;

	images_begin(&meanings, 0);
	for (int i = 0; i < images->count && !wrong; i++) {
		const void *image = images_at(images, i);

		if (!passage_counts(passage, i))
			continue;
		wrong = kill_in_each_way(run, image, i);
		if (!wrong && is_new(run, passage->meanings[i], &meanings))
			wrong = kill_seconds(run, image, i);
	}
	images_end(&meanings);
	return wrong;
}

/* When the call had returned, everything is in its last stage. */
static const char *check_last(const struct exploration *run)
{
	const struct queue_operation *operation = run->operation;

	if (operation->result < 0)
		return NULL;
	for (int i = 0; i < run->count; i++) {
		if (run->stages[i] + 1 != (int)strlen(run->fates[i]))
			return wrong_with(
				run, "after the call", i, 0,
				"a message is not where it should be");
	}
	if (run->task_was_done != operation->task_done ||
	    run->was_shut != operation->shuts)
		return wrong_with(run, "after the call", 0, 0, "no effect");
	return NULL;
}

static const char *explore(struct exploration *run)
{
	const struct queue_operation *operation = run->operation;
	struct stepped stepped = { &run->world, operation->before,
		                   operation->call, operation->looks };
	struct passage passage;
	const char *wrong;

	rebuild(run);
	passage_begin(&passage, &stepped);
	run->tally->steps = passage.steps;
	queue_world_end(&run->world);
	run->tally->images = passage.images.count;
	if (passage.result != operation->result)
		wrong = wrong_with(run, "stepped", passage.result, 0,
		                   "its result");
	else
		wrong = kill_each(run, &passage);
	passage_end(&passage);
	return wrong ? wrong : check_last(run);
}

const char *queue_explore(const struct queue_operation *operation,
                          struct queue_tally *tally)
{
	struct exploration run = { .operation = operation, .tally = tally };
	const char *wrong;

	for (int i = 0; i < OPERATION_PUTS; i++)
		pattern_fill(queue_in_flight[i], ITEM_LARGEST,
		             (uint64_t)IN_FLIGHT + (uint64_t)i);
	images_begin(&run.settled, 0);
	wrong = explore(&run);
	images_end(&run.settled);
	return wrong;
}

static void print_tally(const char *name, const struct queue_tally *tally)
{
	print_message("%-34s %7llu %6d %7d   %8llu %6d %7d\n", name,
	              (unsigned long long)tally->steps, tally->images,
	              tally->checks, (unsigned long long)tally->steps_again,
	              tally->images_again, tally->checks_again);
}

static void tally_add(struct queue_tally *to, const struct queue_tally *from)
{
	to->steps += from->steps;
	to->images += from->images;
	to->checks += from->checks;
	to->steps_again += from->steps_again;
	to->images_again += from->images_again;
	to->checks_again += from->checks_again;
}

void queue_explore_all(const struct queue_operation *operations, size_t count)
{
	struct queue_tally total = { .steps = 0 };

	victims_share_one_cpu();
	print_message("%-34s %22s   %s\n", "", "killed at each step of it",
	              "and of what goes on from that");
	print_message("%-34s %7s %6s %7s   %8s %6s %7s\n", "", "steps",
	              "images", "checks", "steps", "images", "checks");
	for (size_t i = 0; i < count; i++) {
		struct queue_tally tally = { .steps = 0 };
		const char *wrong;

		alarm(EXPLORE_SECONDS);
		wrong = queue_explore(&operations[i], &tally);
		print_tally(operations[i].name, &tally);
		tally_add(&total, &tally);
		if (wrong)
			print_error("%s\n", wrong);
		must(!wrong);
	}
	print_tally("in all", &total);
}
