/* SPDX-License-Identifier: MIT */
/*
 * A message that was received was sent: the call that sent it succeeds, though
 * the receiver is gone before it returns.  Both run on one CPU, where the
 * receiver, once it is woken, goes first.
 */
#include "child.h"
#include "pipes.h"

#include <sched.h>

enum { ROUNDS = 100 };

/* How the last message is sent. */
typedef int (*sender)(struct weir_pipe *end);

static int by_send(struct weir_pipe *end)
{
	return weir_pipe_send(end, "last", 4, WEIR_FOREVER);
}

static int by_sendv(struct weir_pipe *end)
{
	char text[] = "last";
	struct iovec parts[] = { { text, 1 }, { text + 1, 3 } };

	return weir_pipe_sendv(end, parts, 2, WEIR_FOREVER);
}

static int by_commit(struct weir_pipe *end)
{
	void *space;
	int code = weir_pipe_reserve(end, 4, WEIR_FOREVER, &space);

	if (code < 0)
		return code;
	memcpy(space, "last", 4);
	return weir_pipe_commit(end, 4);
}

static void go_first(void)
{
	struct sched_param first = { .sched_priority = 1 };

	/* Without leave for that it is only likely. */
	sched_setscheduler(0, SCHED_FIFO, &first);
}

static void hear_and_leave(void *argument)
{
	struct weir_pipe **ends = argument;

	weir_pipe_close(ends[1]);
	go_first();
	hear(ends[0], "last");
	weir_pipe_close(ends[0]);
}

static void share_a_cpu(cpu_set_t *before)
{
	cpu_set_t one;

	must_be(sched_getaffinity(0, sizeof(*before), before), 0);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	must_be(sched_setaffinity(0, sizeof(one), &one), 0);
}

static void last_words(sender send)
{
	cpu_set_t before;

	share_a_cpu(&before);
	for (int i = 0; i < ROUNDS; i++) {
		struct weir_pipe *ends[2];
		pid_t child;

		pair(ends, 4096, true);
		child = child_start(hear_and_leave, ends);
		weir_pipe_close(ends[0]);
		until_asleep(child);
		must_be(send(ends[1]), 0);
		child_join(child);
		/* And one that nobody receives fails, sooner or later. */
		while (send(ends[1]) == 0)
			;
		must_be(send(ends[1]), -EPIPE);
		weir_pipe_close(ends[1]);
	}
	must_be(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void test_send_succeeds_if_its_message_was_received(void **state)
{
	last_words(by_send);
}

static void test_sendv_succeeds_if_its_message_was_received(void **state)
{
	last_words(by_sendv);
}

static void test_commit_succeeds_if_its_message_was_received(void **state)
{
	last_words(by_commit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_send_succeeds_if_its_message_was_received),
		sentence(test_sendv_succeeds_if_its_message_was_received),
		sentence(test_commit_succeeds_if_its_message_was_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
