/* SPDX-License-Identifier: MIT */
/* Creators that race, die, or find no room. */
#include "child.h"
#include "names.h"
#include "pipes.h"
#include "private_shm.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RACERS = 8, RACES = 150 };

/* Processes that start at the same time, many times over. */
struct race {
	const char *name;
	atomic_int *gate;    /* shared: races begun and judged */
	atomic_int *winners; /* shared */
	int done;
};

static void race_new(struct race *race, const char *label)
{
	race->name = name_new(label);
	race->gate = shared_new(sizeof(*race->gate));
	race->winners = shared_new(sizeof(*race->winners));
	race->done = step_new();
}

static void race_end(struct race *race)
{
	shared_free(race->gate, sizeof(*race->gate));
	shared_free(race->winners, sizeof(*race->winners));
	step_free(race->done);
}

static void await_gate(const struct race *race, int number)
{
	while (atomic_load(race->gate) <= number)
		sched_yield();
}

static void race_to_create(void *argument)
{
	struct race *race = argument;
	struct weir_pipe *end;
	int code;

	for (int i = 0; i < RACES; i++) {
		await_gate(race, 2 * i);
		code = weir_pipe_create(&end, race->name, NULL);
		if (code == 0)
			atomic_fetch_add(race->winners, 1);
		else
			must_be(code, -EEXIST);
		step_post(race->done);
		await_gate(race, 2 * i + 1);
		if (code == 0)
			weir_pipe_close(end);
	}
}

static void run_race(void (*racer)(void *), int racers,
                     void (*judge)(struct race *), const char *label)
{
	pid_t children[RACERS];
	struct race race;

	race_new(&race, label);
	for (int i = 0; i < racers; i++)
		children[i] = child_start(racer, &race);
	for (int i = 0; i < RACES; i++) {
		atomic_store(race.winners, 0);
		atomic_fetch_add(race.gate, 1);
		for (int j = 0; j < racers; j++)
			step_await(race.done);
		judge(&race);
		must_be(weir_unlink(race.name), 0);
		atomic_fetch_add(race.gate, 1);
	}
	for (int i = 0; i < racers; i++)
		child_join(children[i]);
	race_end(&race);
}

static void one_winner(struct race *race)
{
	must_be(atomic_load(race->winners), 1);
}

static void test_o4_of_simultaneous_creators_one_wins(void **state)
{
	run_race(race_to_create, RACERS, one_winner, "creators");
}

/* Each gets one end of the same pipe, so they hear each other. */
static void race_to_meet(void *argument)
{
	struct race *race = argument;
	struct weir_pipe *end;

	for (int i = 0; i < RACES; i++) {
		await_gate(race, 2 * i);
		must_be(weir_pipe_open_or_create(&end, race->name, NULL), 0);
		say(end, "is it you?");
		hear(end, "is it you?");
		step_post(race->done);
		await_gate(race, 2 * i + 1);
		weir_pipe_close(end);
	}
}

static void no_third(struct race *race)
{
	struct weir_pipe *end;

	must_be(weir_pipe_open_or_create(&end, race->name, NULL), -EBUSY);
}

static void test_o4_simultaneous_open_or_create_meet(void **state)
{
	run_race(race_to_meet, 2, no_third, "meeting");
}

struct small {
	const char *name;
	int64_t lifetime;
};

/*
 * Both ends of a pipe that works; its first message is "x".  What dead ones
 * left unread comes first.
 */
static void fresh(struct weir_pipe *ends[2], const char *name)
{
	struct weir_pipe_options options = { .size = 16384 };
	char byte;

	for (;;) {
		must_be(weir_pipe_open_or_create(&ends[0], name, &options), 0);
		if (weir_pipe_send(ends[0], "x", 1, WEIR_FOREVER) == 0)
			break;
		must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_FOREVER), 1);
		hear_the_end(ends[0]);
		weir_pipe_close(ends[0]);
	}
	must_be(weir_pipe_open_or_create(&ends[1], name, &options), 0);
	hear(ends[1], "x");
}

static void create_until_death(void *argument)
{
	struct small *small = argument;
	struct weir_pipe *ends[2];

	die_after(small->lifetime);
	for (;;) {
		fresh(ends, small->name);
		say(ends[0], "y");
		unpair(ends);
		weir_unlink(small->name);
	}
}

static void must_work(const char *name)
{
	struct weir_pipe *ends[2];

	fresh(ends, name);
	say(ends[0], "works");
	hear(ends[1], "works");
	say(ends[1], "works");
	hear(ends[0], "works");
	unpair(ends);
	must_be(weir_unlink(name), 0);
}

static void kill_creators(const char *name)
{
	struct small small = { .name = name };
	uint64_t random = 100;

	for (int i = 0; i < 300; i++) {
		int status;

		small.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_US(1500));
		status = child_wait(child_start(create_until_death, &small));
		must(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		/* Half of the time the next process finds what is left. */
		if (i % 2)
			must_work(name);
	}
}

static void test_o5_a_killed_creator_stops_nobody(void **state)
{
	const char *name = name_new("killed");

	kill_creators(name);
	must_work(name);
}

static void kill_creators_and_count(void *argument)
{
	const char *name = argument;
	int64_t room;

	private_shm_enter("16m");
	room = private_shm_room();
	kill_creators(name);
	must_work(name);
	must_be(private_shm_files(), 0);
	must_be(private_shm_room(), room);
}

static void needs_private_shm(void)
{
	const char *reason = private_shm_refused();

	if (reason)
		case_skip(reason);
}

static void test_o5_a_killed_creator_leaves_no_file_behind(void **state)
{
	const char *name = name_new("traces");

	needs_private_shm();
	child_join(
		child_start(kill_creators_and_count, (void *)(uintptr_t)name));
}

static void create_without_room(void *argument)
{
	struct weir_pipe_options large = { .size = 1 << 20 };
	struct weir_pipe_options small = { .size = 4096 };
	struct weir_pipe *end = NULL;
	const char *name = argument;
	int64_t room;

	private_shm_enter("256k");
	room = private_shm_room();
	for (int i = 0; i < 100; i++) {
		must_be(weir_pipe_create(&end, name, &large), -ENOSPC);
		must_be(weir_pipe_open_or_create(&end, name, &large), -ENOSPC);
		must(end == NULL);
		must_be(private_shm_files(), 0);
		must_be(private_shm_room(), room);
	}
	/* The largest possible ring, too. */
#if SIZE_MAX > UINT32_MAX
	large.size = (size_t)1 << 40;
	must_be(weir_pipe_create(&end, name, &large), -ENOSPC);
	must_be(private_shm_room(), room);
#endif
	must_be(weir_pipe_create(&end, name, &small), 0);
	weir_pipe_close(end);
	must_be(weir_unlink(name), 0);
	must_be(private_shm_room(), room);
}

static void test_o6_no_room_is_enospc_and_leaves_nothing(void **state)
{
	const char *name = name_new("full");

	needs_private_shm();
	child_join(child_start(create_without_room, (void *)(uintptr_t)name));
}

static void fill_up(void)
{
	static const char zeros[4096];
	int fd = open("/dev/shm/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t written;

	must(fd >= 0);
	do
		written = write(fd, zeros, sizeof(zeros));
	while (written > 0);
	must_be(written, -1);
	must_be(errno, ENOSPC);
	close(fd);
}

/* All memory was taken at creation, so that filling up cannot hurt. */
static void work_without_room(void *argument)
{
	struct weir_pipe_options options = { .size = 65536 };
	unsigned char buffer[1000];
	struct weir_pipe *ends[2], *none = NULL;
	const char *name = argument;

	private_shm_enter("512k");
	must_be(weir_pipe_create(&ends[0], name, &options), 0);
	fill_up();
	must_be(weir_pipe_create(&none, "another", NULL), -ENOSPC);
	must_be(weir_pipe_open(&ends[1], name), 0);
	for (int way = 0; way < 2; way++) {
		for (uint64_t i = 0; i < 500; i++) {
			send_pattern(ends[way], buffer, 1000, i);
			recv_pattern(ends[!way], buffer, 1000, i);
		}
	}
	unpair(ends);
}

static void test_o6_filling_up_later_hurts_no_pipe(void **state)
{
	const char *name = name_new("filled");

	needs_private_shm();
	child_join(child_start(work_without_room, (void *)(uintptr_t)name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_o4_of_simultaneous_creators_one_wins),
		sentence(test_o4_simultaneous_open_or_create_meet),
		sentence(test_o5_a_killed_creator_stops_nobody),
		sentence(test_o5_a_killed_creator_leaves_no_file_behind),
		sentence(test_o6_no_room_is_enospc_and_leaves_nothing),
		sentence(test_o6_filling_up_later_hurts_no_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
