/* SPDX-License-Identifier: MIT */
/* One end used by several processes, one after another. */
#include "child.h"
#include "pipes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Whose turn it is on one end: numbers from `next` on, `count` of them. */
struct turn {
	struct weir_pipe *end;
	uint64_t next;
	uint64_t count;
	size_t largest;
};

static size_t turn_size(const struct turn *turn, uint64_t number)
{
	return (size_t)(number * 61 % (turn->largest + 1));
}

static void send_turn(void *argument)
{
	struct turn *turn = argument;
	unsigned char *buffer = malloc(turn->largest);

	must(buffer);
	for (uint64_t i = 0; i < turn->count; i++, turn->next++)
		send_pattern(turn->end, buffer, turn_size(turn, turn->next),
		             turn->next);
	free(buffer);
}

static void recv_turn(void *argument)
{
	struct turn *turn = argument;
	unsigned char *buffer = malloc(turn->largest);

	must(buffer);
	for (uint64_t i = 0; i < turn->count; i++, turn->next++)
		recv_pattern(turn->end, buffer, turn_size(turn, turn->next),
		             turn->next);
	free(buffer);
}

/* A child takes the turn; the caller's numbers go on behind it. */
static void in_child(void (*body)(void *), struct turn *turn)
{
	child_join(child_start(body, turn));
	turn->next += turn->count;
}

static void test_p16_parent_and_child_send_in_turn(void **state)
{
	struct weir_pipe *ends[2];
	struct turn out = { .count = 5, .largest = 150 };
	struct turn in = { .count = 15, .largest = 150 };

	pair(ends, 4096, true);
	out.end = ends[1];
	in.end = ends[0];
	for (int round = 0; round < 100; round++) {
		send_turn(&out);
		in_child(send_turn, &out);
		send_turn(&out);
		recv_turn(&in);
	}
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_p16_parent_and_child_receive_in_turn(void **state)
{
	struct weir_pipe *ends[2];
	struct turn out = { .count = 15, .largest = 150 };
	struct turn in = { .count = 5, .largest = 150 };

	pair(ends, 4096, true);
	out.end = ends[1];
	in.end = ends[0];
	for (int round = 0; round < 100; round++) {
		send_turn(&out);
		recv_turn(&in);
		in_child(recv_turn, &in);
		recv_turn(&in);
	}
	hear_nothing(ends[0]);
	unpair(ends);
}

static void poll_and_leave(void *argument)
{
	struct weir_pipe **ends = argument;

	must_be(weir_pipe_poll(ends[0], WEIR_FOREVER), 1);
	must_be(weir_pipe_next_size(ends[0], WEIR_FOREVER), 4);
}

static void test_p16_a_child_polls_and_the_parent_receives(void **state)
{
	struct weir_pipe *ends[2];
	pid_t child;

	pair(ends, 0, true);
	child = child_start(poll_and_leave, ends);
	say(ends[1], "mine");
	child_join(child);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 1);
	hear(ends[0], "mine");
	unpair(ends);
}

/* Members of a ring of processes that all hold the same two ends. */
enum { MEMBERS = 3, ROUNDS = 300 };

struct circle {
	struct weir_pipe *ends[2];
	int turn[MEMBERS];
	uint64_t *number; /* shared */
};

struct member {
	struct circle *circle;
	int place;
	void (*act)(void *turn);
	struct weir_pipe *end;
	size_t largest;
};

static void go_round(void *argument)
{
	struct member *member = argument;
	struct circle *circle = member->circle;
	struct turn turn = { .end = member->end, .largest = member->largest };

	for (int round = 0; round < ROUNDS; round++) {
		step_await(circle->turn[member->place]);
		turn.next = *circle->number;
		turn.count = 1 + turn.next % 7;
		member->act(&turn);
		*circle->number = turn.next;
		step_post(circle->turn[(member->place + 1) % MEMBERS]);
	}
}

static void circle_begin(struct circle *circle, pid_t children[MEMBERS],
                         void (*act)(void *), struct weir_pipe *end,
                         size_t largest)
{
	struct member member = { circle, 0, act, end, largest };

	circle->number = shared_new(sizeof(uint64_t));
	for (int i = 0; i < MEMBERS; i++)
		circle->turn[i] = step_new();
	for (int i = 0; i < MEMBERS; i++) {
		member.place = i;
		children[i] = child_start(go_round, &member);
	}
	step_post(circle->turn[0]);
}

static void circle_end(struct circle *circle, pid_t children[MEMBERS])
{
	for (int i = 0; i < MEMBERS; i++)
		child_join(children[i]);
	for (int i = 0; i < MEMBERS; i++)
		step_free(circle->turn[i]);
	shared_free(circle->number, sizeof(uint64_t));
}

static void go_round_with(size_t largest)
{
	struct circle senders, receivers;
	pid_t sending[MEMBERS], receiving[MEMBERS];
	struct weir_pipe *ends[2];

	pair(ends, 4096, true);
	circle_begin(&senders, sending, send_turn, ends[1], largest);
	circle_begin(&receivers, receiving, recv_turn, ends[0], largest);
	circle_end(&senders, sending);
	circle_end(&receivers, receiving);
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_p16_three_processes_at_either_end_take_turns(void **state)
{
	go_round_with(200);
}

static void test_p16_large_messages_are_sent_and_received_in_turn(void **state)
{
	go_round_with(20000);
}

static void reserve_and_die(void *argument)
{
	struct weir_pipe **ends = argument;
	void *space;

	must_be(weir_pipe_reserve(ends[1], 100, WEIR_FOREVER, &space), 0);
	memset(space, 0xff, 100);
}

static void test_p16_an_open_reserve_goes_with_its_process(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, 4096, true);
	for (int i = 0; i < 100; i++) {
		child_join(child_start(reserve_and_die, ends));
		say(ends[1], "after");
		hear(ends[0], "after");
		hear_nothing(ends[0]);
	}
	unpair(ends);
}

static void peek_and_die(void *argument)
{
	struct weir_pipe **ends = argument;
	const void *message;

	must_be(weir_pipe_peek(ends[0], WEIR_FOREVER, &message), 4);
	must(memcmp(message, "kept", 4) == 0);
}

static void test_p16_a_peeked_message_outlives_its_reader(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, 4096, true);
	for (int i = 0; i < 100; i++) {
		say(ends[1], "kept");
		child_join(child_start(peek_and_die, ends));
		hear(ends[0], "kept");
		hear_nothing(ends[0]);
	}
	unpair(ends);
}

static void test_p16_two_handles_of_one_end_take_turns(void **state)
{
	struct weir_pipe *ends[2], *out, *in;

	pair(ends, 4096, true);
	must_be(weir_pipe_open_fd(&in, weir_pipe_fd(ends[0])), 0);
	must_be(weir_pipe_open_fd(&out, weir_pipe_fd(ends[1])), 0);
	for (int i = 0; i < 1000; i++) {
		say(ends[1], "one");
		say(out, "two");
		say(ends[1], "three");
		hear(in, "one");
		hear(ends[0], "two");
		hear(in, "three");
	}
	weir_pipe_close(ends[1]);
	hear_nothing(ends[0]);
	weir_pipe_close(out);
	hear_the_end(ends[0]);
	hear_the_end(in);
	weir_pipe_close(in);
	weir_pipe_close(ends[0]);
}

struct descent {
	struct weir_pipe *ends[2];
	int depth;
};

static void descend(void *argument)
{
	struct descent *descent = argument;
	int depth = descent->depth--;
	char text[32];

	snprintf(text, sizeof(text), "depth %d", depth);
	say(descent->ends[1], text);
	if (depth > 0)
		child_join(child_start(descend, descent));
	hear(descent->ends[1], text);
}

static void test_o10_handles_work_in_children_of_children(void **state)
{
	struct descent descent = { .depth = 12 };
	char text[32];
	pid_t child;

	pair(descent.ends, 0, false);
	child = child_start(descend, &descent);
	for (int depth = 12; depth >= 0; depth--) {
		snprintf(text, sizeof(text), "depth %d", depth);
		hear(descent.ends[0], text);
	}
	for (int depth = 0; depth <= 12; depth++) {
		snprintf(text, sizeof(text), "depth %d", depth);
		say(descent.ends[0], text);
	}
	child_join(child);
	hear_nothing(descent.ends[0]);
	unpair(descent.ends);
}

static void answer(void *argument)
{
	struct weir_pipe **ends = argument;

	say(ends[1], "from a child");
	hear(ends[1], "from a parent");
}

static void *fork_in_thread(void *argument)
{
	struct weir_pipe **ends = argument;

	/* The child dies with the thread that made it: wait for it here. */
	child_join(child_start(answer, ends));
	return NULL;
}

static void test_o10_a_thread_forks_while_another_receives(void **state)
{
	struct weir_pipe *ends[2];
	pthread_t thread;

	for (int i = 0; i < 50; i++) {
		pair(ends, 4096, false);
		must_be(pthread_create(&thread, NULL, fork_in_thread, ends), 0);
		hear(ends[0], "from a child");
		say(ends[0], "from a parent");
		pthread_join(thread, NULL);
		hear_nothing(ends[0]);
		unpair(ends);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p16_parent_and_child_send_in_turn),
		sentence(test_p16_parent_and_child_receive_in_turn),
		sentence(test_p16_a_child_polls_and_the_parent_receives),
		sentence(test_p16_three_processes_at_either_end_take_turns),
		sentence(test_p16_large_messages_are_sent_and_received_in_turn),
		sentence(test_p16_an_open_reserve_goes_with_its_process),
		sentence(test_p16_a_peeked_message_outlives_its_reader),
		sentence(test_p16_two_handles_of_one_end_take_turns),
		sentence(test_o10_handles_work_in_children_of_children),
		sentence(test_o10_a_thread_forks_while_another_receives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
