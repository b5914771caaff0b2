/* SPDX-License-Identifier: MIT */
#include "crash/replay.h"

#include "case.h"
#include "child.h"
#include "crash/images.h"
#include "crash/victim.h"
#include "must.h"
#include "names.h"
#include "private_shm.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOOKED_AT = 16384 };

struct replay {
	const struct killing *killing;
	struct scene scene;
	bool own_shm;
	/* Tallies. */
	uint64_t steps;
	int states, kills;
	uint64_t steps_again;
	int states_again, kills_again;
};

static uint64_t hash_file(uint64_t hash, int fd)
{
	static unsigned char bytes[LOOKED_AT];
	ssize_t length = pread(fd, bytes, sizeof(bytes), 0);

	must(length >= 0);
	return hash_bytes(hash, bytes, (size_t)length);
}

/* Names that the library made, of ours or, if /dev/shm is ours, of anybody. */
static bool counts(const struct replay *replay, const char *name)
{
	static const char prefix[] = "weir.";

	if (replay->own_shm)
		return name[0] != '.';
	return strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
	       strstr(name, replay->scene.name);
}

static uint64_t hash_names(const struct replay *replay)
{
	DIR *directory = opendir("/dev/shm");
	const struct dirent *entry;
	uint64_t hash = 0;

	must(directory);
	while ((entry = readdir(directory))) {
		if (counts(replay, entry->d_name))
			hash += hash_bytes(1, entry->d_name,
			                   strlen(entry->d_name));
	}
	closedir(directory);
	return hash;
}

/* Everything that a kill leaves. */
static uint64_t state_of(const struct replay *replay)
{
	const struct scene *scene = &replay->scene;
	char path[NAME_PATH];
	uint64_t hash;
	int fd;

	if (scene->state)
		return scene->state(scene);
	hash = hash_names(replay);
	name_path(path, scene->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		hash = hash_file(hash, fd);
		close(fd);
	}
	if (scene->ends[0])
		hash = hash_file(hash, weir_pipe_fd(scene->ends[0]));
	return hash;
}

static void set(struct replay *replay)
{
	const char *name = replay->scene.name;

	replay->scene = (struct scene){ .name = name };
	if (replay->killing->prepare)
		replay->killing->prepare(&replay->scene);
}

static void strike(struct replay *replay)
{
	weir_pipe_close(replay->scene.ends[0]);
	weir_pipe_close(replay->scene.ends[1]);
	weir_region_close(replay->scene.region);
	weir_unlink(replay->scene.name);
}

static int call_it(void *argument)
{
	struct replay *replay = argument;

	return replay->killing->call(&replay->scene);
}

static int recover_it(void *argument)
{
	struct replay *replay = argument;

	return replay->killing->recover(&replay->scene);
}

/* Every state that the call passes, in order. */
static uint64_t survey(struct replay *replay, int (*call)(void *),
                       struct images *states, int *result)
{
	struct victim victim;

	images_begin(states, 0);
	victim_start(&victim, call, replay);
	do
		images_add_hash(states, state_of(replay));
	while (victim_step(&victim));
	images_add_hash(states, state_of(replay));
	*result = victim_result(&victim);
	victim_kill(&victim);
	return victim.steps;
}

/* Kills it in this state, or when it has returned. */
static void kill_in(struct replay *replay, int (*call)(void *), uint64_t state)
{
	struct victim victim;

	victim_start(&victim, call, replay);
	while (state_of(replay) != state && victim_step(&victim))
		;
	victim_kill(&victim);
}

static void judge(struct replay *replay, const char *when, int state)
{
	const char *wrong = replay->killing->check(&replay->scene);

	strike(replay);
	if (!wrong && hash_names(replay) != 0)
		wrong = "something is left in /dev/shm";
	if (!wrong)
		return;
	print_error("%s, %s in state %d: %s\n", replay->killing->title, when,
	            state, wrong);
	must(!"as it should be");
}

static void kill_recovery(struct replay *replay, uint64_t state)
{
	struct images states;
	int result;

	set(replay);
	kill_in(replay, call_it, state);
	replay->steps_again += survey(replay, recover_it, &states, &result);
	strike(replay);
	for (int i = 0; i < states.count; i++) {
		set(replay);
		kill_in(replay, call_it, state);
		kill_in(replay, recover_it, states.hashes[i]);
		judge(replay, "recovery killed", i);
		replay->kills_again++;
	}
	replay->states_again += states.count;
	images_end(&states);
}

static void replay_one(struct replay *replay)
{
	struct images states;
	int result;

	set(replay);
	replay->steps = survey(replay, call_it, &states, &result);
	must_be(result, replay->killing->result);
	strike(replay);
	for (int i = 0; i < states.count; i++) {
		set(replay);
		kill_in(replay, call_it, states.hashes[i]);
		judge(replay, "killed", i);
		replay->kills++;
		if (replay->killing->recover)
			kill_recovery(replay, states.hashes[i]);
	}
	replay->states = states.count;
	images_end(&states);
}

struct order {
	const struct killing *killings; /* the next */
	const char *name;
	bool own_shm;
};

static void replay_in_child(void *argument)
{
	const struct order *order = argument;
	struct replay replay = {
		.killing = order->killings,
		.scene = { .name = order->name },
		.own_shm = order->own_shm,
	};

	if (order->own_shm)
		private_shm_enter("4m");
	victims_share_one_cpu();
	replay_one(&replay);
	print_message("%-34s %7llu %6d %6d   %7llu %6d %6d\n",
	              replay.killing->title, (unsigned long long)replay.steps,
	              replay.states, replay.kills,
	              (unsigned long long)replay.steps_again,
	              replay.states_again, replay.kills_again);
	fflush(stdout);
}

void replay_all(const struct killing *killings, size_t count, const char *name)
{
	struct order order = { killings, name, private_shm_refused() == NULL };

	print_message("%-34s %7s %6s %6s   %7s %6s %6s\n", "", "steps",
	              "states", "kills", "steps", "states", "kills");
	fflush(stdout);
	for (; order.killings < killings + count; order.killings++) {
		alarm(CASE_SECONDS);
		child_join(child_start(replay_in_child, &order));
	}
}
