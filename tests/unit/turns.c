/* SPDX-License-Identifier: MIT */
/* Who has the turn at a semaphore, from inside. */
#include "case.h"
#include "child.h"
#include "sync/semaphore.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { ROUNDS = 50 };

/* A semaphore whose only permit the test has, and one who waits for it. */
struct scene {
	struct weir_semaphore *semaphore;
	struct turn turn;
	int64_t timeout;
	int *had; /* how many permits the children had */
	pid_t child;
};

static void take(void *argument)
{
	struct scene *scene = argument;

	must_be(weir_semaphore_acquire(scene->semaphore, scene->timeout), 0);
	__atomic_fetch_add(scene->had, 1, __ATOMIC_SEQ_CST);
	must_be(weir_semaphore_release(scene->semaphore, 1), 0);
}

static void begin(struct scene *scene, bool owned)
{
	struct weir_semaphore_options options = { .owned = owned };

	*scene = (struct scene){ .timeout = WEIR_FOREVER,
		                 .had = shared_new(sizeof(int)) };
	must_be(weir_semaphore_create(&scene->semaphore, NULL, 1, &options), 0);
	scene->turn = turn_at(sync_at(&scene->semaphore->sync), owned);
	must_be(weir_semaphore_acquire(scene->semaphore, WEIR_NOWAIT), 0);
}

/* He waits until it is his turn, and sleeps. */
static void until_turn(struct scene *scene)
{
	scene->child = child_start(take, scene);
	while (!turn_is_set(scene->turn))
		usleep(1000);
	until_asleep(scene->child);
}

static void until_turn_and_stopped(struct scene *scene)
{
	until_turn(scene);
	must_be(kill(scene->child, SIGSTOP), 0);
	until_stopped(scene->child);
}

static void give(struct scene *scene)
{
	must_be(weir_semaphore_release(scene->semaphore, 1), 0);
}

static int had(struct scene *scene)
{
	return __atomic_load_n(scene->had, __ATOMIC_SEQ_CST);
}

static void end(struct scene *scene)
{
	must_be(weir_semaphore_value(scene->semaphore), 1);
	must(!turn_is_set(scene->turn));
	weir_semaphore_close(scene->semaphore);
	shared_free(scene->had, sizeof(int));
}

/*
 * Without turns who gives it and asks for it again has it long before who is
 * woken; with them, he has not, unless the other one gets no CPU for as long as
 * a turn lasts.
 */
static void comes_first(bool owned)
{
	struct scene scene;
	int first = 0;

	begin(&scene, owned);
	for (int i = 0; i < ROUNDS; i++) {
		until_turn(&scene);
		give(&scene);
		must_be(weir_semaphore_acquire(scene.semaphore, WEIR_FOREVER),
		        0);
		first += had(&scene) == i + 1;
		if (had(&scene) <= i) {
			give(&scene);
			child_join(scene.child);
			must_be(weir_semaphore_acquire(scene.semaphore,
			                               WEIR_FOREVER),
			        0);
		} else {
			child_join(scene.child);
		}
	}
	print_message("first in %d of %d\n", first, ROUNDS);
	must(first >= ROUNDS / 5);
	give(&scene);
	end(&scene);
}

static void test_who_has_waited_for_long_comes_first(void **state)
{
	comes_first(false);
	comes_first(true);
}

/* It costs the first who comes the time of a turn, and then nobody. */
static void is_no_obstacle(bool owned, int signal)
{
	struct scene scene;

	begin(&scene, owned);
	until_turn_and_stopped(&scene);
	if (signal == SIGKILL)
		child_kill(scene.child);
	give(&scene);
	must(turn_is_set(scene.turn));
	must_be(weir_semaphore_acquire(scene.semaphore, WEIR_FOREVER), 0);
	must(!turn_is_set(scene.turn));
	must_be(had(&scene), 0);
	give(&scene);
	if (signal == SIGCONT) {
		must_be(kill(scene.child, SIGCONT), 0);
		child_join(scene.child);
		must_be(had(&scene), 1);
	}
	end(&scene);
}

static void test_a_turn_of_a_dead_one_ends(void **state)
{
	is_no_obstacle(false, SIGKILL);
	is_no_obstacle(true, SIGKILL);
}

static void test_a_turn_of_a_stopped_one_ends_and_he_goes_on(void **state)
{
	is_no_obstacle(false, SIGCONT);
	is_no_obstacle(true, SIGCONT);
}

/* And so does one whose time is over. */
static void does_not_wait(bool owned)
{
	struct scene scene;

	begin(&scene, owned);
	until_turn_and_stopped(&scene);
	for (int i = 0; i < 3; i++) {
		give(&scene);
		must_be(weir_semaphore_acquire(scene.semaphore,
		                               i < 2 ? WEIR_NOWAIT : 1),
		        0);
		must(turn_is_set(scene.turn));
	}
	must_be(kill(scene.child, SIGCONT), 0);
	give(&scene);
	child_join(scene.child);
	must_be(had(&scene), 1);
	end(&scene);
}

static void test_who_does_not_wait_takes_what_there_is(void **state)
{
	does_not_wait(false);
	does_not_wait(true);
}

static void gives_up(void *argument)
{
	struct scene *scene = argument;

	must_be(weir_semaphore_acquire(scene->semaphore, scene->timeout),
	        -ETIMEDOUT);
}

static void leaves_none(bool owned)
{
	struct scene scene;

	begin(&scene, owned);
	scene.timeout = 3 * TURN_AFTER;
	scene.child = child_start(gives_up, &scene);
	child_join(scene.child);
	must(!turn_is_set(scene.turn));
	give(&scene);
	end(&scene);
}

static void test_who_gives_up_leaves_no_turn(void **state)
{
	leaves_none(false);
	leaves_none(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_who_has_waited_for_long_comes_first),
		sentence(test_a_turn_of_a_dead_one_ends),
		sentence(test_a_turn_of_a_stopped_one_ends_and_he_goes_on),
		sentence(test_who_does_not_wait_takes_what_there_is),
		sentence(test_who_gives_up_leaves_no_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
