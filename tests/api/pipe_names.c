/* SPDX-License-Identifier: MIT */
/* Named pipes: who gets which end, and when there is none left to get. */
#include "child.h"
#include "names.h"
#include "pipes.h"

static struct weir_pipe *create(const char *name, bool simplex)
{
	struct weir_pipe_options options = { .simplex = simplex };
	struct weir_pipe *end;

	must_be(weir_pipe_create(&end, name, &options), 0);
	return end;
}

static struct weir_pipe *open_other(const char *name)
{
	struct weir_pipe *end;

	must_be(weir_pipe_open(&end, name), 0);
	return end;
}

static void refuse(const char *name, int code)
{
	struct weir_pipe *untouched = (struct weir_pipe *)&untouched;
	struct weir_pipe *end = untouched;

	must_be(weir_pipe_open(&end, name), code);
	must(end == untouched);
}

static void test_p2_the_creator_of_a_simplex_pipe_receives(void **state)
{
	const char *name = name_new("simplex");
	struct weir_pipe *creator = create(name, true);
	struct weir_pipe *opener = open_other(name);

	say(opener, "x");
	hear(creator, "x");
	must_be(weir_pipe_send(creator, "x", 1, WEIR_NOWAIT), -EPERM);
	must_be(weir_pipe_poll(opener, WEIR_NOWAIT), -EPERM);
	weir_pipe_close(creator);
	weir_pipe_close(opener);
}

static void test_a_pipe_has_two_ends_and_no_third(void **state)
{
	const char *name = name_new("third");
	struct weir_pipe *creator = create(name, false);
	struct weir_pipe *opener = open_other(name);

	refuse(name, -EBUSY);
	say(creator, "there");
	hear(opener, "there");
	say(opener, "back");
	hear(creator, "back");
	refuse(name, -EBUSY);
	weir_pipe_close(creator);
	weir_pipe_close(opener);
}

static void test_the_creator_may_send_before_anyone_opens(void **state)
{
	const char *name = name_new("early");
	struct weir_pipe *creator = create(name, false);
	struct weir_pipe *opener;

	hear_nothing(creator);
	must_be(weir_pipe_poll(creator, WEIR_NOWAIT), 0);
	say(creator, "early");
	opener = open_other(name);
	hear(opener, "early");
	weir_pipe_close(creator);
	hear_the_end(opener);
	weir_pipe_close(opener);
}

static void test_end_of_file_is_final(void **state)
{
	const char *name = name_new("final");
	struct weir_pipe *creator = create(name, false);
	struct weir_pipe *opener = open_other(name);

	weir_pipe_close(opener);
	refuse(name, -EPIPE);
	hear_the_end(creator);
	weir_pipe_close(creator);
	refuse(name, -EPIPE);
	must(name_exists(name));
}

static void test_a_creator_that_left_without_a_word_is_an_end(void **state)
{
	const char *name = name_new("gone");

	weir_pipe_close(create(name, false));
	refuse(name, -EPIPE);
}

static void test_what_the_creator_left_can_be_opened_and_received(void **state)
{
	const char *name = name_new("left");
	struct weir_pipe *creator = create(name, false);
	struct weir_pipe *opener;

	say(creator, "one");
	say(creator, "two");
	weir_pipe_close(creator);
	opener = open_other(name);
	must_be(weir_pipe_send(opener, "x", 1, WEIR_FOREVER), -EPIPE);
	hear(opener, "one");
	hear(opener, "two");
	hear_the_end(opener);
	weir_pipe_close(opener);
	refuse(name, -EPIPE);
}

struct visit {
	const char *name;
	int did;
	int go;
};

static void open_and_stay(void *argument)
{
	struct visit *visit = argument;
	struct weir_pipe *end = open_other(visit->name);

	hear(end, "one");
	step_post(visit->did);
	step_await(visit->go);
	weir_pipe_close(end);
}

static void test_what_a_dead_opener_did_not_receive_waits(void **state)
{
	struct visit visit = { name_new("heir"), step_new(), step_new() };
	struct weir_pipe *creator = create(visit.name, false);
	struct weir_pipe *heir;
	pid_t child = child_start(open_and_stay, &visit);

	say(creator, "one");
	say(creator, "two");
	say(creator, "three");
	step_await(visit.did);
	refuse(visit.name, -EBUSY);
	child_kill(child);
	heir = open_other(visit.name);
	hear(heir, "two");
	must_be(weir_pipe_send(heir, "x", 1, WEIR_FOREVER), -EPIPE);
	hear(heir, "three");
	weir_pipe_close(heir);
	refuse(visit.name, -EPIPE);
	weir_pipe_close(creator);
	step_free(visit.did);
	step_free(visit.go);
}

static void create_and_stay(void *argument)
{
	struct visit *visit = argument;

	create(visit->name, true);
	step_post(visit->did);
	step_await(visit->go);
}

static void test_what_a_dead_creator_did_not_receive_waits(void **state)
{
	struct visit visit = { name_new("will"), step_new(), step_new() };
	pid_t child = child_start(create_and_stay, &visit);
	struct weir_pipe *opener, *heir;

	step_await(visit.did);
	opener = open_other(visit.name);
	say(opener, "one");
	say(opener, "two");
	child_kill(child);
	heir = open_other(visit.name);
	hear(heir, "one");
	weir_pipe_close(opener);
	hear(heir, "two");
	hear_the_end(heir);
	weir_pipe_close(heir);
	refuse(visit.name, -EPIPE);
	step_free(visit.did);
	step_free(visit.go);
}

static void test_open_or_create_creates_and_then_opens(void **state)
{
	const char *name = name_new("either");
	struct weir_pipe_options options = { .simplex = true };
	struct weir_pipe *first, *second, *third = NULL;

	must_be(weir_pipe_open_or_create(&first, name, &options), 0);
	must_be(weir_pipe_open_or_create(&second, name, &options), 0);
	must_be(weir_pipe_open_or_create(&third, name, &options), -EBUSY);
	must(third == NULL);
	say(second, "x");
	hear(first, "x");
	weir_pipe_close(first);
	weir_pipe_close(second);
}

static void test_open_or_create_starts_anew_where_all_is_gone(void **state)
{
	const char *name = name_new("anew");
	struct weir_pipe *first, *second;

	for (int i = 0; i < 50; i++) {
		must_be(weir_pipe_open_or_create(&first, name, NULL), 0);
		must_be(weir_pipe_open_or_create(&second, name, NULL), 0);
		say(first, "x");
		hear(second, "x");
		hear_nothing(first);
		unpair((struct weir_pipe *[2]){ first, second });
	}
}

static void test_open_or_create_takes_over_what_is_unread(void **state)
{
	const char *name = name_new("unread");
	struct weir_pipe *end = create(name, false);

	say(end, "unread");
	weir_pipe_close(end);
	must_be(weir_pipe_open_or_create(&end, name, NULL), 0);
	hear(end, "unread");
	hear_the_end(end);
	weir_pipe_close(end);
	must_be(weir_pipe_open_or_create(&end, name, NULL), 0);
	hear_nothing(end);
	weir_pipe_close(end);
}

static void test_open_or_create_works_after_a_crash(void **state)
{
	struct visit visit = { name_new("crash"), step_new(), step_new() };
	pid_t child = child_start(create_and_stay, &visit);
	struct weir_pipe *first, *second;

	step_await(visit.did);
	child_kill(child);
	must_be(weir_pipe_open_or_create(&first, visit.name, NULL), 0);
	must_be(weir_pipe_open_or_create(&second, visit.name, NULL), 0);
	say(first, "x");
	hear(second, "x");
	weir_pipe_close(first);
	weir_pipe_close(second);
	step_free(visit.did);
	step_free(visit.go);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p2_the_creator_of_a_simplex_pipe_receives),
		sentence(test_a_pipe_has_two_ends_and_no_third),
		sentence(test_the_creator_may_send_before_anyone_opens),
		sentence(test_end_of_file_is_final),
		sentence(test_a_creator_that_left_without_a_word_is_an_end),
		sentence(test_what_the_creator_left_can_be_opened_and_received),
		sentence(test_what_a_dead_opener_did_not_receive_waits),
		sentence(test_what_a_dead_creator_did_not_receive_waits),
		sentence(test_open_or_create_creates_and_then_opens),
		sentence(test_open_or_create_starts_anew_where_all_is_gone),
		sentence(test_open_or_create_takes_over_what_is_unread),
		sentence(test_open_or_create_works_after_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
