/* SPDX-License-Identifier: MIT */
/* Whoever makes, opens, finds or removes a pipe is killed at each instruction. */
#include "crash/replay.h"
#include "names.h"
#include "pipes.h"

#include <stdio.h>

#define PATIENCE WEIR_SECONDS(1)

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

static const struct weir_pipe_options small = { .size = 4096 };

/* ---- what happened before */

static void nobody_was_here(struct scene *scene)
{
}

static void made_by_us(struct scene *scene)
{
	must_be(weir_pipe_create(&scene->ends[0], scene->name, &small), 0);
}

static void made_and_filled(struct scene *scene)
{
	made_by_us(scene);
	say(scene->ends[0], "one");
	say(scene->ends[0], "two");
	scene->given = true;
}

static void both_ends_ours(struct scene *scene)
{
	made_by_us(scene);
	must_be(weir_pipe_open(&scene->ends[1], scene->name), 0);
}

static void leave_both(struct scene *scene)
{
	weir_pipe_close(scene->ends[0]);
	weir_pipe_close(scene->ends[1]);
	scene->ends[0] = scene->ends[1] = NULL;
}

static void only_a_name_is_left(struct scene *scene)
{
	both_ends_ours(scene);
	leave_both(scene);
}

static void messages_are_left(struct scene *scene)
{
	made_and_filled(scene);
	leave_both(scene);
}

static void made_without_a_name(struct scene *scene)
{
	must_be(weir_pipe_create(&scene->ends[0], NULL, &small), 0);
}

static void a_pair(struct scene *scene)
{
	must_be(weir_pipe_pair(scene->ends, &small), 0);
}

/* ---- the calls; what they return is lost with the victim */

static struct weir_pipe *got[2];

static int create(struct scene *scene)
{
	return weir_pipe_create(&got[0], scene->name, &small);
}

static int create_without_a_name(struct scene *scene)
{
	return weir_pipe_create(&got[0], NULL, &small);
}

static int open_it(struct scene *scene)
{
	return weir_pipe_open(&got[0], scene->name);
}

static int open_or_create(struct scene *scene)
{
	return weir_pipe_open_or_create(&got[0], scene->name, &small);
}

static int create_and_close(struct scene *scene)
{
	int code = create(scene);

	weir_pipe_close(got[0]);
	return code;
}

static int unlink_it(struct scene *scene)
{
	return weir_unlink(scene->name);
}

static int make_pair(struct scene *scene)
{
	return weir_pipe_pair(got, &small);
}

static int open_descriptor(struct scene *scene)
{
	return weir_pipe_open_fd(&got[0], weir_pipe_fd(scene->ends[0]));
}

static int open_second_descriptor(struct scene *scene)
{
	return weir_pipe_open_fd(&got[0], weir_pipe_fd(scene->ends[1]));
}

/* ---- going on */

static const char *pass(struct weir_pipe *from, struct weir_pipe *to)
{
	char byte = 'x';
	int code = weir_pipe_send(from, &byte, 1, PATIENCE);

	if (code == 0)
		code = (int)weir_pipe_recv(to, &byte, 1, PATIENCE) - 1;
	return code == 0 ? NULL : complain("a message: %d", code);
}

static const char *works(struct weir_pipe *ends[2])
{
	const char *wrong = pass(ends[0], ends[1]);

	return wrong ? wrong : pass(ends[1], ends[0]);
}

/* `end` was had from open_or_create, and its other end is free to open. */
static const char *is_new(struct scene *scene, struct weir_pipe *end)
{
	struct weir_pipe *ends[2] = { end, NULL };
	int code = weir_pipe_open(&ends[1], scene->name);
	const char *wrong =
		code ? complain("open of a new pipe: %d", code) : works(ends);

	weir_pipe_close(ends[1]);
	weir_pipe_close(ends[0]);
	return wrong;
}

static const char *had_by_name(struct scene *scene)
{
	struct weir_pipe *end;
	int code = open_or_create(scene);

	end = got[0];
	return code == 0 ? is_new(scene, end)
	                 : complain("open_or_create: %d", code);
}

static const char *create_anew(struct scene *scene)
{
	bool there = name_exists(scene->name);
	int code = create(scene);

	if (code == 0 && !there)
		return is_new(scene, got[0]);
	if (code == 0)
		weir_pipe_close(got[0]);
	if (code != (there ? -EEXIST : 0))
		return complain("create: %d", code);
	must_be(weir_unlink(scene->name), 0);
	code = create(scene);
	return code == 0 ? is_new(scene, got[0])
	                 : complain("create after unlink: %d", code);
}

/* What we sent before anybody opened is received by who opens now. */
static const char *heir_hears(struct weir_pipe *heir)
{
	static const char *const texts[] = { "one", "two" };
	char buffer[8];

	for (int i = 0; i < 2; i++) {
		ssize_t length =
			weir_pipe_recv(heir, buffer, sizeof(buffer), PATIENCE);

		if (length != 3 || memcmp(buffer, texts[i], 3) != 0)
			return complain("message %d: %zd", i, length);
	}
	return NULL;
}

/*
 * We hold the first end.  Either nobody has had the second one, and the pipe
 * works; or its holder is dead, which we are told, and what waits can be had.
 */
static const char *first_end_goes_on(struct scene *scene)
{
	struct weir_pipe *ends[2] = { scene->ends[0], NULL };
	const char *wrong = NULL;
	char byte;
	ssize_t heard = weir_pipe_recv(ends[0], &byte, 1, WEIR_MS(1));
	int code = weir_pipe_open(&ends[1], scene->name);

	if (heard != -EPIPE && heard != -ETIMEDOUT)
		return complain("recv at the first end: %zd", heard);
	if (code == -EPIPE && heard == -EPIPE && !scene->given)
		return NULL;
	if (code != 0)
		return complain("open: %d after %zd", code, heard);
	if (scene->given)
		wrong = heir_hears(ends[1]);
	if (!wrong && heard == -ETIMEDOUT)
		wrong = works(ends);
	weir_pipe_close(ends[1]);
	return wrong;
}

/* The same, for who does not care whether it opens or creates. */
static const char *first_end_by_name(struct scene *scene)
{
	struct weir_pipe *end = scene->ends[0];
	const char *wrong = NULL;
	struct weir_pipe *ends[2];
	char byte;
	ssize_t heard = weir_pipe_recv(end, &byte, 1, WEIR_MS(1));
	int code = open_or_create(scene);

	if (code != 0)
		return complain("open_or_create: %d", code);
	ends[0] = end;
	ends[1] = got[0];
	if (heard == -EPIPE)
		return is_new(scene, got[0]);
	wrong = works(ends);
	weir_pipe_close(got[0]);
	return wrong;
}

static const char *heir_by_name(struct scene *scene)
{
	const char *wrong = NULL;
	int code = open_or_create(scene);

	if (code != 0)
		return complain("open_or_create: %d", code);
	wrong = heir_hears(got[0]);
	weir_pipe_close(got[0]);
	return wrong ? wrong : had_by_name(scene);
}

static const char *both_ends_go_on(struct scene *scene)
{
	return works(scene->ends);
}

/* The second end, which the descriptor stood for, was had or was not. */
static const char *first_descriptor_goes_on(struct scene *scene)
{
	struct weir_pipe *ends[2] = { scene->ends[0], NULL };
	const char *wrong;
	char byte;
	ssize_t heard = weir_pipe_recv(ends[0], &byte, 1, WEIR_MS(1));
	int code;

	if (heard == -EPIPE)
		return NULL;
	code = open_descriptor(scene);
	if (code != 0)
		return complain("open_fd: %d after %zd", code, heard);
	ends[1] = got[0];
	wrong = works(ends);
	weir_pipe_close(ends[1]);
	return wrong;
}

static const char *nothing_happened(struct scene *scene)
{
	return name_exists(scene->name) ? "a name came from nowhere" : NULL;
}

static const struct killing killings[] = {
	{ "create, then create", nobody_was_here, create, 0, create,
	  create_anew },
	{ "create, then open_or_create", nobody_was_here, create, 0,
	  open_or_create, had_by_name },
	{ "create and close", nobody_was_here, create_and_close, 0,
	  open_or_create, had_by_name },
	{ "create of a name that is taken", both_ends_ours, create, -EEXIST,
	  NULL, both_ends_go_on },
	{ "open", made_by_us, open_it, 0, NULL, first_end_goes_on },
	{ "open, then open_or_create", made_by_us, open_it, 0, NULL,
	  first_end_by_name },
	{ "open where messages wait", made_and_filled, open_it, 0, open_it,
	  first_end_goes_on },
	{ "open_or_create, nothing there", nobody_was_here, open_or_create, 0,
	  open_or_create, had_by_name },
	{ "open_or_create, a pipe there", made_by_us, open_or_create, 0, NULL,
	  first_end_by_name },
	{ "open_or_create, remains there", only_a_name_is_left, open_or_create,
	  0, open_or_create, had_by_name },
	{ "open_or_create, messages there", messages_are_left, open_or_create,
	  0, open_or_create, heir_by_name },
	{ "unlink, then unlink", only_a_name_is_left, unlink_it, 0, unlink_it,
	  had_by_name },
	{ "unlink", only_a_name_is_left, unlink_it, 0, open_or_create,
	  had_by_name },
	{ "pair", nobody_was_here, make_pair, 0, NULL, nothing_happened },
	{ "create without a name", nobody_was_here, create_without_a_name, 0,
	  NULL, nothing_happened },
	{ "open_fd of a free end", made_without_a_name, open_descriptor, 0,
	  open_descriptor, first_descriptor_goes_on },
	{ "open_fd of an end that is held", a_pair, open_second_descriptor, 0,
	  open_second_descriptor, both_ends_go_on },
};

static void test_names_survive_a_kill_at_any_instruction(void **state)
{
	replay_all(killings, sizeof(killings) / sizeof(killings[0]),
	           name_new("kill"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_names_survive_a_kill_at_any_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
