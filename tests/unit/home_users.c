/* SPDX-License-Identifier: MIT */
/* Who uses an object: several handles, processes, children, and the dead. */
#include "child.h"
#include "unit/homes.h"

#include <sys/wait.h>
#include <unistd.h>

struct guest {
	struct weir_region *region;
	int there, opened, go_on;
};

static void open_for_a_while(void *argument)
{
	struct guest *guest = argument;
	struct weir_region *region;
	struct home home;

	step_await(guest->there);
	must_be(weir_region_open_fd(&region, weir_region_fd(guest->region)), 0);
	must_be(home_open_in(&home, region, "name", OBJECT_EVENT), 0);
	step_post(guest->opened);
	step_await(guest->go_on);
	must(is_whole(&home));
	home_close(&home);
	weir_region_close(region);
}

/* Two handles here, and one in another process. */
static void test_memory_is_free_when_the_last_handle_is_closed(void **state)
{
	struct guest guest = { plant(), step_new(), step_new(), step_new() };
	struct weir_region *region = guest.region;
	struct home home, second;
	/* Before there is anything that it would inherit. */
	pid_t child = child_start(open_for_a_while, &guest);

	must_be(create_in(&home, region, "name"), 0);
	must_be(home_open_in(&second, region, "name", OBJECT_EVENT), 0);
	step_post(guest.there);
	step_await(guest.opened);
	must_be(weir_region_remove(region, "name"), 0);
	home_close(&second);
	must_be(entry_state(region, 0), ENTRY_REMOVED);
	home_close(&home);
	must_be(entry_state(region, 0), ENTRY_REMOVED);
	step_post(guest.go_on);
	child_join(child);
	must_be(entry_state(region, 0), ENTRY_FREE);
	step_free(guest.there);
	step_free(guest.opened);
	step_free(guest.go_on);
	weir_region_close(region);
}

/* The child's sweep must find its parent's second handle. */
static void open_then_sweep(void *argument)
{
	struct guest *guest = argument;
	struct weir_region *region;

	must_be(weir_region_open_fd(&region, weir_region_fd(guest->region)), 0);
	registry_lock();
	directory_reclaim(region, 0);
	registry_unlock();
	weir_region_close(region);
}

static void test_closing_one_of_two_handles_keeps_the_other(void **state)
{
	struct guest guest = { .region = plant() };
	struct weir_region *region = guest.region;
	struct home home, second;

	must_be(create_in(&home, region, "name"), 0);
	must_be(home_open_in(&second, region, "name", OBJECT_EVENT), 0);
	must_be(weir_region_remove(region, "name"), 0);
	home_close(&home);
	child_join(child_start(open_then_sweep, &guest));
	must_be(entry_state(region, 0), ENTRY_REMOVED);
	must(is_whole(&second));
	home_close(&second);
	must_be(entry_state(region, 0), ENTRY_FREE);
	weir_region_close(region);
}

/* A look at a thing that one has a handle of. */
static void test_who_looks_and_fails_keeps_the_handles(void **state)
{
	struct guest guest = { .region = plant() };
	struct weir_region *region = guest.region;
	struct home home, second;

	must_be(create_in(&home, region, "name"), 0);
	must_be(home_open_in(&second, region, "name", OBJECT_VALUE), -EPROTO);
	registry_lock();
	must_be(directory_use(region, 0), 0);
	directory_let_go(region, 0);
	registry_unlock();
	must_be(weir_region_remove(region, "name"), 0);
	child_join(child_start(open_then_sweep, &guest));
	must_be(entry_state(region, 0), ENTRY_REMOVED);
	home_close(&home);
	weir_region_close(region);
}

/* ---- forks */

/* Parent and child each close what they have, the parent first. */
static void pass_on(struct home *home)
{
	uint32_t before = home_member(home);
	int step = step_new();
	int status;
	pid_t child = fork();

	must(child >= 0);
	if (child == 0) {
		alarm(CASE_SECONDS);
		step_await(step);
		must(is_whole(home));
		must_be(home_code(home), 0);
		must(home_member(home) != before);
		home_close(home);
		_exit(0);
	}
	home_close(home);
	step_post(step);
	must_be(waitpid(child, &status, 0), child);
	must_be(status, 0);
	step_free(step);
}

static void test_a_handle_works_in_a_forked_child(void **state)
{
	struct guest guest = { .region = plant() };
	struct home home;

	must_be(create_own(&home, NULL), 0);
	pass_on(&home);
	must_be(create_in(&home, guest.region, NULL), 0);
	pass_on(&home);
	must_be(entry_state(guest.region, 0), ENTRY_FREE);
	weir_region_close(guest.region);
}

/* The child's is the last one: nobody frees it under the child. */
static void test_a_forked_child_keeps_the_memory(void **state)
{
	struct guest guest = { .region = plant(), .go_on = step_new() };
	struct home home;
	pid_t child;
	int status;

	must_be(create_in(&home, guest.region, NULL), 0);
	child = fork();
	must(child >= 0);
	if (child == 0) {
		alarm(CASE_SECONDS);
		step_await(guest.go_on);
		_exit(is_whole(&home) ? 0 : 1);
	}
	home_close(&home);
	must_be(entry_state(guest.region, 0), ENTRY_REMOVED);
	step_post(guest.go_on);
	must_be(waitpid(child, &status, 0), child);
	must_be(status, 0);
	registry_lock();
	directory_reclaim(guest.region, 0);
	registry_unlock();
	must_be(entry_state(guest.region, 0), ENTRY_FREE);
	must_be(recover(guest.region), 1);
	step_free(guest.go_on);
	weir_region_close(guest.region);
}

/* ---- death */

static void open_and_die(void *argument)
{
	struct home *home = argument, own;

	must_be(home_open_fd(&own, home_fd(home), OBJECT_EVENT), 0);
}

static void test_members_that_died_are_settled(void **state)
{
	struct home home;

	must_be(create_own(&home, NULL), 0);
	must_be(home_recover(&home), 0);
	for (int i = 0; i < 3; i++) {
		child_join(child_start(open_and_die, &home));
		must_be(home_recover(&home), 2);
		must_be(home_recover(&home), 0);
	}
	must_be(members_attached(home.region), 1);
	home_close(&home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_memory_is_free_when_the_last_handle_is_closed),
		sentence(test_closing_one_of_two_handles_keeps_the_other),
		sentence(test_who_looks_and_fails_keeps_the_handles),
		sentence(test_a_handle_works_in_a_forked_child),
		sentence(test_a_forked_child_keeps_the_memory),
		sentence(test_members_that_died_are_settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
