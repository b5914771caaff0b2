/* SPDX-License-Identifier: MIT */
#include "crash/explore.h"

#include "crash/images.h"
#include "crash/victim.h"
#include "pipes.h"

#include <stdio.h>
#include <unistd.h>

enum { MANY_TRIES = 6000 };

unsigned char in_flight[WORLD_RING];

/* Everything that one exploration has in hand. */
struct exploration {
	const struct operation *operation;
	const char *name;
	struct tally *tally;
	struct world world; /* built anew for each death */
	struct images settled;
};

/* What has become of the message that was under way. */
enum in_flight { OPEN_QUESTION, BEFORE, AFTER };

/* The victim's call, and what is owed when it was killed. */
static void owe_in_flight(struct exploration *run, enum in_flight state)
{
	const struct operation *operation = run->operation;
	struct world *world = &run->world;

	if (operation->sends && state != BEFORE)
		world_owe(world, IN_FLIGHT, operation->size)->maybe =
			state == OPEN_QUESTION;
	for (int i = 0; i < operation->takes; i++) {
		if (state == OPEN_QUESTION)
			world->owed[world->front + i].maybe = true;
		else if (state == AFTER)
			world->front++;
	}
}

static void rebuild(struct exploration *run)
{
	world_begin(&run->world, run->name, run->operation->offset);
	if (run->operation->prepare)
		run->operation->prepare(&run->world);
}

/* What is left when the victim was killed and this was the memory then. */
static void rebuild_dead(struct exploration *run, enum fate fate,
                         const void *image, enum in_flight state)
{
	struct world *world = &run->world;

	rebuild(run);
	owe_in_flight(run, state);
	if (fate != FATE_SHARED)
		world_close(world, run->operation->side);
	if (fate == FATE_NONE)
		world_close(world, !run->operation->side);
	memcpy(world->view, image, WORLD_SIZE);
}

static int call_stepped(void *argument)
{
	struct exploration *run = argument;

	return run->operation->call(&run->world);
}

/*
 * Who opens tries ten thousand times for the lock of an end that another
 * process holds.  From the hundredth on each try counts as one step.
 */
static void hop_over_tries(struct victim *victim, const void *bytes,
                           const void *last)
{
	bool failed;

	do {
		failed = victim_hop(victim);
		must(memcmp(bytes, last, WORLD_SIZE) == 0);
	} while (failed);
}

/* Steps through call(argument) and collects what the memory looked like. */
static uint64_t collect(struct exploration *run, int (*call)(void *),
                        void *argument, bool tries, struct images *images,
                        int *result)
{
	const void *bytes = run->world.view;
	struct victim victim;
	int unchanged = 0;

	images_add(images, bytes);
	victim_start(&victim, call, argument);
	do {
		const void *last = images_at(images, images->count - 1);

		if (++unchanged == MANY_TRIES && tries)
			hop_over_tries(&victim, bytes, last);
		if (memcmp(bytes, last, WORLD_SIZE) == 0)
			continue;
		images_add(images, bytes);
		unchanged = 0;
	} while (victim_step(&victim));
	images_add(images, bytes);
	*result = victim_result(&victim);
	victim_kill(&victim);
	return victim.steps;
}

struct recovering {
	struct exploration *run;
	const struct recovery *recovery;
};

static int recover_stepped(void *argument)
{
	struct recovering *recovering = argument;

	return recovering->recovery->call(&recovering->run->world);
}

static const char *wrong_with(struct exploration *run, const char *who,
                              enum fate fate, int image, const char *wrong)
{
	static const char *const fates[] = { "shared", "alone", "none" };
	static char text[512];

	snprintf(text, sizeof(text), "%s, %s, %s, image %d: %s",
	         run->operation->name, who, fates[fate], image, wrong);
	return text;
}

/* Each image that recovery leaves when it is killed, from one first image. */
static const char *kill_again(struct exploration *run,
                              const struct recovery *recovery,
                              const void *image, enum in_flight state)
{
	struct recovering recovering = { run, recovery };
	const char *wrong = NULL;
	struct images images;
	int result;

	rebuild_dead(run, recovery->fate, image, state);
	images_begin(&images, WORLD_SIZE);
	run->tally->steps_again += collect(run, recover_stepped, &recovering,
	                                   recovery->tries, &images, &result);
	world_end(&run->world);
	for (int i = 0; i < images.count && !wrong; i++) {
		uint64_t key =
			hash_bytes((uint64_t)(recovery - recoveries) << 2,
		                   images_at(&images, i), images.size);

		if (!images_add_hash(&run->settled, key + (uint64_t)state))
			continue;
		rebuild_dead(run, recovery->fate, images_at(&images, i), state);
		recovery_owe(recovery, &run->world);
		wrong = settle(&run->world, run->operation->side);
		world_end(&run->world);
		if (wrong)
			wrong = wrong_with(run, "recovery killed",
			                   recovery->fate, i, wrong);
		run->tally->recoveries_again++;
	}
	run->tally->images_again += images.count;
	images_end(&images);
	return wrong;
}

/* The first call of everybody who may go on from here is killed as well. */
static const char *kill_recoveries(struct exploration *run, enum fate fate,
                                   const void *image, enum in_flight state)
{
	const char *wrong = NULL;

	for (int i = 0; i < recovery_count && !wrong; i++) {
		if (recoveries[i].fate == fate &&
		    (recoveries[i].side == -1 ||
		     recoveries[i].side == run->operation->side))
			wrong = kill_again(run, &recoveries[i], image, state);
	}
	return wrong;
}

/* NULL, or what was wrong; *state: what became of what was under way. */
static const char *kill_once(struct exploration *run, enum fate fate,
                             const void *image, enum in_flight *state)
{
	const struct operation *operation = run->operation;
	const char *wrong;

	rebuild_dead(run, fate, image, *state);
	wrong = settle(&run->world, operation->side);
	world_end(&run->world);
	run->tally->recoveries++;
	if (*state == OPEN_QUESTION)
		*state = (run->world.arrived > 0) == operation->sends ? AFTER
		                                                      : BEFORE;
	return wrong;
}

/* Each image, for one fate; a message gets through from some image on. */
static const char *kill_each(struct exploration *run, enum fate fate,
                             const struct images *images)
{
	enum in_flight state, last = BEFORE;
	const char *wrong = NULL;
	struct images meanings;

	images_begin(&meanings, 0);
	for (int i = 0; i < images->count && !wrong; i++) {
		const void *image = images_at(images, i);

		state = OPEN_QUESTION;
		wrong = kill_once(run, fate, image, &state);
		if (!wrong && state == BEFORE && last == AFTER)
			wrong = "a message that was through is not any more";
		if (wrong)
			wrong = wrong_with(run, "killed", fate, i, wrong);
		else if (images_add_hash(&meanings, world_meaning(image)))
			wrong = kill_recoveries(run, fate, image, state);
		last = state;
	}
	images_end(&meanings);
	return wrong;
}

/* Killed when the call had returned: nothing is in question then. */
static const char *kill_after(struct exploration *run, enum fate fate,
                              const struct images *images)
{
	enum in_flight state = AFTER;
	const char *wrong;

	wrong = kill_once(run, fate, images_at(images, images->count - 1),
	                  &state);
	return wrong ? wrong_with(run, "after the call", fate,
	                          images->count - 1, wrong)
	             : NULL;
}

const char *explore(const struct operation *operation, const char *name,
                    struct tally *tally)
{
	struct exploration run = {
		.operation = operation,
		.name = name,
		.tally = tally,
	};
	const char *wrong = NULL;
	struct images images;
	int result;

	pattern_fill(in_flight, sizeof(in_flight), IN_FLIGHT);
	images_begin(&images, WORLD_SIZE);
	images_begin(&run.settled, 0);
	rebuild(&run);
	tally->steps = collect(&run, call_stepped, &run, operation->tries,
	                       &images, &result);
	world_end(&run.world);
	tally->images = images.count;
	if (result != operation->result)
		wrong = wrong_with(&run, "stepped", 0, result, "its result");
	for (int fate = FATE_SHARED; fate <= FATE_NONE && !wrong; fate++) {
		wrong = kill_each(&run, (enum fate)fate, &images);
		if (!wrong)
			wrong = kill_after(&run, (enum fate)fate, &images);
	}
	images_end(&images);
	images_end(&run.settled);
	return wrong;
}

static void print_tally(const char *name, const struct tally *tally)
{
	print_message("%-28s %7llu %6d %7d   %7llu %6d %7d\n", name,
	              (unsigned long long)tally->steps, tally->images,
	              tally->recoveries, (unsigned long long)tally->steps_again,
	              tally->images_again, tally->recoveries_again);
}

static void tally_add(struct tally *to, const struct tally *from)
{
	to->steps += from->steps;
	to->images += from->images;
	to->recoveries += from->recoveries;
	to->steps_again += from->steps_again;
	to->images_again += from->images_again;
	to->recoveries_again += from->recoveries_again;
}

void explore_all(const struct operation *operations, size_t count,
                 const char *name)
{
	struct tally total = { .steps = 0 };

	victims_share_one_cpu();
	print_message("%-28s %22s   %s\n", "", "killed at each step of it",
	              "and of what recovers from that");
	print_message("%-28s %7s %6s %7s   %7s %6s %7s\n", "", "steps",
	              "images", "checks", "steps", "images", "checks");
	for (size_t i = 0; i < count; i++) {
		struct tally tally = { .steps = 0 };
		const char *wrong;

		alarm(CASE_SECONDS);
		wrong = explore(&operations[i], name, &tally);
		print_tally(operations[i].name, &tally);
		tally_add(&total, &tally);
		if (wrong)
			print_error("%s\n", wrong);
		must(!wrong);
	}
	print_tally("in all", &total);
}
