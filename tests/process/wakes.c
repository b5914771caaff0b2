/* SPDX-License-Identifier: MIT */
/*
 * Who sleeps is woken, and does not wait for the end of a slice of its sleep.
 * One slow wake may be the machine's; so the fastest of several counts.
 */
#include "child.h"
#include "pipes.h"

#include <unistd.h>

/* A slice of a receiver's sleep is 80 ms long. */
enum { TRIES = 9 };

#define PROMPT WEIR_MS(15)

struct sleeper {
	struct weir_pipe *ends[2];
	int64_t *woken; /* when */
	int ready;
};

static void sleeper_new(struct sleeper *sleeper)
{
	pair(sleeper->ends, 4096, true);
	/* The first message takes the slow path. */
	say(sleeper->ends[1], "first");
	hear(sleeper->ends[0], "first");
	sleeper->woken = shared_new(sizeof(*sleeper->woken));
	sleeper->ready = step_new();
}

static void sleeper_end(struct sleeper *sleeper)
{
	unpair(sleeper->ends);
	shared_free(sleeper->woken, sizeof(*sleeper->woken));
	step_free(sleeper->ready);
}

static void receive_once(void *argument)
{
	struct sleeper *sleeper = argument;
	char byte;

	weir_pipe_close(sleeper->ends[1]);
	step_post(sleeper->ready);
	weir_pipe_recv(sleeper->ends[0], &byte, 1, WEIR_FOREVER);
	*sleeper->woken = now();
}

static void poll_once(void *argument)
{
	struct sleeper *sleeper = argument;

	weir_pipe_close(sleeper->ends[1]);
	step_post(sleeper->ready);
	must_be(weir_pipe_poll(sleeper->ends[0], WEIR_FOREVER), 1);
	*sleeper->woken = now();
}

static void send_it(struct weir_pipe *end)
{
	must_be(weir_pipe_send(end, "x", 1, WEIR_FOREVER), 0);
}

static void sendv_it(struct weir_pipe *end)
{
	const struct iovec part = { "x", 1 };

	must_be(weir_pipe_sendv(end, &part, 1, WEIR_FOREVER), 0);
}

static void commit_it(struct weir_pipe *end)
{
	void *space;

	must_be(weir_pipe_reserve(end, 1, WEIR_FOREVER, &space), 0);
	must_be(weir_pipe_commit(end, 1), 0);
}

static void do_nothing(struct weir_pipe *end)
{
}

/* From the call, or from the close after it, until the sleeper runs. */
static int64_t wake_time(void (*sleep)(void *),
                         void (*call)(struct weir_pipe *))
{
	struct sleeper sleeper;
	int64_t began, took;
	pid_t child;

	sleeper_new(&sleeper);
	child = child_start(sleep, &sleeper);
	step_await(sleeper.ready);
	until_asleep(child);
	began = now();
	call(sleeper.ends[1]);
	if (call == do_nothing) {
		weir_pipe_close(sleeper.ends[1]);
		sleeper.ends[1] = NULL;
	}
	child_join(child);
	took = *sleeper.woken - began;
	sleeper_end(&sleeper);
	return took;
}

static void must_be_prompt(void (*sleep)(void *),
                           void (*call)(struct weir_pipe *))
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < TRIES && best >= PROMPT; i++) {
		int64_t took = wake_time(sleep, call);

		best = took < best ? took : best;
	}
	must(best < PROMPT);
}

static void test_a_message_wakes_who_receives(void **state)
{
	must_be_prompt(receive_once, send_it);
	must_be_prompt(receive_once, sendv_it);
	must_be_prompt(receive_once, commit_it);
}

static void test_a_message_wakes_who_polls(void **state)
{
	must_be_prompt(poll_once, send_it);
}

static void test_a_close_wakes_who_receives(void **state)
{
	must_be_prompt(receive_once, do_nothing);
	must_be_prompt(poll_once, do_nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_message_wakes_who_receives),
		sentence(test_a_message_wakes_who_polls),
		sentence(test_a_close_wakes_who_receives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
