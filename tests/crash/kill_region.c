/* SPDX-License-Identifier: MIT */
/* Whoever works in a region is killed at each instruction. */
#include "crash/images.h"
#include "crash/replay.h"
#include "members/recovery.h"
#include "names.h"
#include "pipes.h"
#include "region/directory.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE WEIR_SECONDS(1)

/* Room for two simplex pipes, and not for three. */
enum { PLANT = 12288, RING = 4096, ROOM = 2 };

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

static int create(struct weir_pipe **end, struct scene *scene, const char *name)
{
	struct weir_pipe_options options = {
		.segment.region = scene->region,
		.size = RING,
		.simplex = true,
	};

	return weir_pipe_create(end, name, &options);
}

/* The words of the region, and the first of its entries and seats. */
static uint64_t state_of_region(const struct scene *scene)
{
	const struct weir_region *region = scene->region;
	uint64_t hash = hash_bytes(0, region->shared, 640);

	hash = hash_bytes(hash, region->entries.items, 192);
	hash = hash_bytes(hash, region->membership.seats.items, 256);
	return hash_bytes(hash, region->objects, 256);
}

/* ---- what happened before */

static void a_region(struct scene *scene)
{
	must_be(weir_region_create(&scene->region, NULL, PLANT, NULL), 0);
	scene->state = state_of_region;
}

static void a_pipe(struct scene *scene)
{
	a_region(scene);
	must_be(create(&scene->ends[0], scene, "pipe"), 0);
}

static void both_ends(struct scene *scene)
{
	a_pipe(scene);
	must_be(weir_pipe_open_in(&scene->ends[1], scene->region, "pipe"), 0);
}

static void a_name_of_the_dead(struct scene *scene)
{
	both_ends(scene);
	weir_pipe_close(scene->ends[0]);
	weir_pipe_close(scene->ends[1]);
	scene->ends[0] = scene->ends[1] = NULL;
}

/* ---- the calls; what they return is lost with the victim */

static struct weir_pipe *got[2];

static int create_named(struct scene *scene)
{
	return create(&got[0], scene, "pipe");
}

static int create_nameless(struct scene *scene)
{
	return create(&got[0], scene, NULL);
}

static int make_pair(struct scene *scene)
{
	struct weir_pipe_options options = {
		.segment.region = scene->region,
		.size = RING,
		.simplex = true,
	};

	return weir_pipe_pair(got, &options);
}

static int create_and_close(struct scene *scene)
{
	int code = create_nameless(scene);

	weir_pipe_close(got[0]);
	return code;
}

static int open_it(struct scene *scene)
{
	return weir_pipe_open_in(&got[0], scene->region, "pipe");
}

static int open_or_create(struct scene *scene)
{
	struct weir_pipe_options options = {
		.segment.region = scene->region,
		.size = RING,
		.simplex = true,
	};

	return weir_pipe_open_or_create(&got[0], "pipe", &options);
}

static int remove_it(struct scene *scene)
{
	return weir_region_remove(scene->region, "pipe");
}

static int open_region(struct scene *scene)
{
	struct weir_region *region;
	int code = weir_region_open_fd(&region, weir_region_fd(scene->region));

	if (code == 0)
		weir_region_close(region);
	return code;
}

/* Where there is room for one: the victim had it, or let it go. */
static int create_the_last(struct scene *scene)
{
	struct weir_pipe *end;
	int code = create(&end, scene, NULL);

	return code == -ENOSPC ? 0 : code;
}

static int fork_a_child(struct scene *scene)
{
	sigset_t its_end;
	pid_t child;

	/* The tracer would see it. */
	sigemptyset(&its_end);
	sigaddset(&its_end, SIGCHLD);
	sigprocmask(SIG_BLOCK, &its_end, NULL);
	child = fork();
	if (child == 0)
		_exit(0);
	return child < 0;
}

/* ---- going on */

/* What a dead member leaves is found by the next recovery. */
static const char *nothing_half_done(struct scene *scene)
{
	const struct weir_region *region = scene->region;
	int attached = 0, taken = 0;

	for (uint32_t i = 0; i < MEMBERS_MOST; i++) {
		uint64_t word = load64_acquire(&region->shared->member[i]);

		attached += owner_state(word) == MEMBER_ATTACHED;
	}
	for (uint32_t i = 0; i < table_count(&region->membership.seats); i++) {
		const struct seat_layout *seat =
			table_at(&region->membership.seats, i);

		taken +=
			owner_state(load64_acquire(&seat->owner)) == SEAT_TAKEN;
	}
	for (uint32_t i = 0; i < table_count(&region->entries); i++) {
		const struct entry_layout *entry =
			table_at(&region->entries, i);
		uint32_t state = owner_state(load64_acquire(&entry->owner));

		if (state == ENTRY_DRAFT || state == ENTRY_NAMING)
			return complain("entry %u is half made", i);
	}
	return attached == 1 && taken <= 1
	               ? NULL
	               : complain("%d members, %d seats", attached, taken);
}

/* With everything removed, there is as much room as in the beginning. */
static const char *room_is_whole(struct scene *scene)
{
	struct weir_pipe *ends[ROOM + 2];
	int count = 0, code;

	while (count < ROOM + 2 &&
	       (code = create(&ends[count], scene, NULL)) == 0)
		count++;
	for (int i = 0; i < count; i++)
		weir_pipe_close(ends[i]);
	if (count != ROOM || code != -ENOSPC)
		return complain("room for %d, then %d", count, code);
	return nothing_half_done(scene);
}

static const char *pass(struct weir_pipe *from, struct weir_pipe *to)
{
	char byte = 'x';
	int code = weir_pipe_send(from, &byte, 1, PATIENCE);

	if (code == 0)
		code = (int)weir_pipe_recv(to, &byte, 1, PATIENCE) - 1;
	return code == 0 ? NULL : complain("a message: %d", code);
}

/* The name can be had, and what has it works. */
static const char *name_serves(struct scene *scene)
{
	int removed = weir_region_remove(scene->region, "pipe");
	struct weir_pipe *ends[2];
	const char *wrong;
	int code;

	if (removed != 0 && removed != -ENOENT)
		return complain("remove: %d", removed);
	code = create(&ends[0], scene, "pipe");
	if (code != 0)
		return complain("create: %d", code);
	code = weir_pipe_open_in(&ends[1], scene->region, "pipe");
	if (code != 0)
		return complain("open_in: %d", code);
	wrong = pass(ends[1], ends[0]);
	unpair(ends);
	code = weir_region_remove(scene->region, "pipe");
	if (code != 0)
		return complain("remove of our own: %d", code);
	return wrong ? wrong : room_is_whole(scene);
}

/* We hold the first end: the second one was had by the dead, or is free. */
static const char *first_end_goes_on(struct scene *scene)
{
	struct weir_pipe *second;
	const char *wrong = NULL;
	char byte;
	ssize_t heard = weir_pipe_recv(scene->ends[0], &byte, 1, WEIR_MS(1));
	int code = weir_pipe_open_in(&second, scene->region, "pipe");

	if (heard == -ETIMEDOUT && code == 0) {
		wrong = pass(second, scene->ends[0]);
		weir_pipe_close(second);
	} else if (heard != -EPIPE || code != -EPIPE) {
		wrong = complain("recv %zd, open %d", heard, code);
	}
	weir_pipe_close(scene->ends[0]);
	scene->ends[0] = NULL;
	return wrong ? wrong : name_serves(scene);
}

/* Removed or not: who holds the ends goes on, and then all is free. */
static const char *both_ends_go_on(struct scene *scene)
{
	const char *wrong = pass(scene->ends[1], scene->ends[0]);

	unpair(scene->ends);
	scene->ends[0] = scene->ends[1] = NULL;
	return wrong ? wrong : name_serves(scene);
}

static const struct killing killings[] = {
	{ "create", a_region, create_named, .check = name_serves },
	{ "create, then create", a_pipe, create_nameless,
	  .recover = create_the_last, .check = first_end_goes_on },
	{ "create without a name", a_region, create_nameless,
	  .check = room_is_whole },
	{ "create and close", a_region, create_and_close,
	  .check = room_is_whole },
	{ "pair", a_region, make_pair, .check = room_is_whole },
	{ "create of a name that is taken", both_ends, create_named, -EEXIST,
	  .check = both_ends_go_on },
	{ "open", a_pipe, open_it, .check = first_end_goes_on },
	{ "open_or_create, remains there", a_name_of_the_dead, open_or_create,
	  .check = name_serves },
	{ "remove, in use", both_ends, remove_it, .check = both_ends_go_on },
	{ "remove, then remove", a_name_of_the_dead, remove_it,
	  .recover = remove_it, .check = name_serves },
	{ "region_open, region_close", a_pipe, open_region,
	  .check = first_end_goes_on },
	{ "fork", a_pipe, fork_a_child, .check = first_end_goes_on },
};

static void test_regions_survive_a_kill_at_any_instruction(void **state)
{
	replay_all(killings, sizeof(killings) / sizeof(killings[0]),
	           name_new("kill"));
	/* Children of who was killed. */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_regions_survive_a_kill_at_any_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
