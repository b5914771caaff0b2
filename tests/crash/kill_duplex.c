/* SPDX-License-Identifier: MIT */
/*
 * A process that hears requests and answers them over one duplex pipe is killed
 * at each instruction, and so is the one who goes on in its place.
 */
#include "crash/replay.h"
#include "names.h"
#include "pipes.h"

#include <stdio.h>

enum { REQUESTS = 3, SIZE = 200, TURNS = 19, KILLS_MOST = 2 };

#define PATIENCE WEIR_SECONDS(1)

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

static unsigned char bytes[SIZE];

/* ---- requests and answers: the same numbers, other bytes */

static uint64_t request(uint64_t number)
{
	return number;
}

static uint64_t reply(uint64_t number)
{
	return number + 100;
}

static int say_number(struct weir_pipe *end, uint64_t seed)
{
	memset(bytes, (int)seed, SIZE);
	return weir_pipe_send(end, bytes, SIZE, WEIR_NOWAIT);
}

/* Which of them it is, or -errno; 0 it is none. */
static int hear_number(struct weir_pipe *end, uint64_t (*which)(uint64_t),
                       int64_t timeout)
{
	ssize_t length = weir_pipe_recv(end, bytes, SIZE, timeout);

	if (length < 0)
		return (int)length;
	if (length != SIZE || memcmp(bytes, bytes + 1, SIZE - 1) != 0)
		return 0;
	for (int i = 1; i <= REQUESTS; i++) {
		if (bytes[0] == which((uint64_t)i))
			return i;
	}
	return 0;
}

static int answer_with(struct weir_pipe *end)
{
	int number = hear_number(end, request, WEIR_NOWAIT);

	return number <= 0 ? number : say_number(end, reply((uint64_t)number));
}

/* ---- what happened before */

static void made_by_us(struct scene *scene)
{
	struct weir_pipe_options options = { .size = 4096 };

	must_be(weir_pipe_create(&scene->ends[0], scene->name, &options), 0);
}

/* The next record but one does not fit before the end of either ring. */
static void turn(struct weir_pipe *ends[2])
{
	for (int i = 0; i < 2 * TURNS; i++) {
		must_be(say_number(ends[i % 2], 0), 0);
		must_be(weir_pipe_recv(ends[!(i % 2)], bytes, SIZE,
		                       WEIR_NOWAIT),
		        SIZE);
	}
}

static void requests_wait(struct scene *scene)
{
	for (uint64_t i = 1; i <= REQUESTS; i++)
		must_be(say_number(scene->ends[0], request(i)), 0);
}

static void both_ends_ours(struct scene *scene)
{
	made_by_us(scene);
	must_be(weir_pipe_open(&scene->ends[1], scene->name), 0);
	turn(scene->ends);
	requests_wait(scene);
}

static void first_end_ours(struct scene *scene)
{
	made_by_us(scene);
	requests_wait(scene);
}

/* ---- the calls */

static int answer(struct scene *scene)
{
	return answer_with(scene->ends[1]);
}

static int open_and_answer(struct scene *scene)
{
	struct weir_pipe *end;
	int code = weir_pipe_open(&end, scene->name);

	if (code == 0)
		code = answer_with(end);
	return code == 0 ? answer_with(end) : code;
}

static int open_and_hear(struct scene *scene)
{
	struct weir_pipe *heir;
	int code = weir_pipe_open(&heir, scene->name);

	return code < 0 ? code : hear_number(heir, request, WEIR_NOWAIT);
}

/* ---- going on */

/* Adds what comes, in order, to `seen`, until it ends like `last`. */
static const char *hear_all(struct weir_pipe *end, uint64_t (*which)(uint64_t),
                            int last, int seen[REQUESTS + 1])
{
	int64_t timeout = last == -EAGAIN ? WEIR_NOWAIT : PATIENCE;
	int number, before = 0;

	while ((number = hear_number(end, which, timeout)) > 0) {
		if (number <= before || seen[number]++)
			return complain("%d came after %d", number, before);
		before = number;
	}
	return number == last ? NULL : complain("it ended with %d", number);
}

/* What neither came nor waits went with those who died, one each. */
static const char *count_lost(const int seen[REQUESTS + 1])
{
	int lost = 0;

	for (int i = 1; i <= REQUESTS; i++)
		lost += seen[i] == 0;
	return lost <= KILLS_MOST ? NULL : complain("%d are lost", lost);
}

/* We hold both ends: we answer the rest, and hear the answers. */
static const char *sibling_answers(struct scene *scene)
{
	int seen[REQUESTS + 1] = { 0 };
	const char *wrong;
	int code;

	for (int i = 0; i <= REQUESTS; i++) {
		code = answer(scene);
		if (code < 0 && code != -EAGAIN)
			return complain("answer: %d", code);
	}
	wrong = hear_all(scene->ends[0], reply, -EAGAIN, seen);
	if (!wrong)
		wrong = count_lost(seen);
	if (!wrong)
		turn(scene->ends);
	return wrong;
}

/* We hold the first end: answers, the end, and an heir hears the rest. */
static const char *heir_hears(struct scene *scene)
{
	int seen[REQUESTS + 1] = { 0 };
	struct weir_pipe *heir = NULL;
	const char *wrong;
	int code = hear_number(scene->ends[0], reply, WEIR_MS(1));

	/* Nobody had opened it: then it is free, and not at its end. */
	if (code == -ETIMEDOUT) {
		must_be(weir_pipe_open(&heir, scene->name), 0);
		wrong = hear_all(heir, request, -EAGAIN, seen);
		weir_pipe_close(heir);
		return wrong ? wrong : count_lost(seen);
	}
	if (code > 0)
		seen[code]++;
	wrong = hear_all(scene->ends[0], reply, -EPIPE, seen);
	code = weir_pipe_open(&heir, scene->name);
	if (!wrong && code == 0 && weir_pipe_send(heir, "x", 1, 0) != -EPIPE)
		wrong = "the heir may send";
	if (!wrong && code == 0)
		wrong = hear_all(heir, request, -EPIPE, seen);
	if (!wrong && code != 0 && code != -EPIPE)
		wrong = complain("open of what is left: %d", code);
	weir_pipe_close(heir);
	return wrong ? wrong : count_lost(seen);
}

static const struct killing killings[] = {
	{ "answer", both_ends_ours, answer, 0, answer, sibling_answers },
	{ "open, answer twice", first_end_ours, open_and_answer, 0,
	  open_and_hear, heir_hears },
};

static void test_who_answers_is_killed_at_every_instruction(void **state)
{
	replay_all(killings, sizeof(killings) / sizeof(killings[0]),
	           name_new("kill"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_who_answers_is_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
