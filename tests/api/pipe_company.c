/* SPDX-License-Identifier: MIT */
/* Threads that open, poll, take turns and close while others are at it. */
#include "pipe_sides.h"

static void *poll_until_message(void *argument)
{
	struct weir_pipe *end = argument;

	must_be(weir_pipe_poll(end, WEIR_FOREVER), 1);
	must(weir_pipe_fd(end) >= 0 || region);
	must_be(weir_pipe_backing(end), 0);
	return NULL;
}

static void test_poll_runs_beside_both_families(void **state)
{
	struct weir_pipe *ends[2];
	struct side out, back;
	pthread_t poller, sender;

	for (int i = 0; i < 100; i++) {
		two_ends(ends, false);
		out = (struct side){ ends[0], 100, 500, 0 };
		back = (struct side){ ends[1], 100, 500, 0 };
		poller = start(poll_until_message, ends[1]);
		sender = start(send_side, &out);
		must_be(weir_pipe_poll(ends[1], WEIR_FOREVER), 1);
		/* Nothing is taken until the other poll has seen it too. */
		pthread_join(poller, NULL);
		recv_side(&back);
		pthread_join(sender, NULL);
		unpair(ends);
	}
}

/* A place where one thread leaves an end to the next. */
struct relay {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	int turn;
	struct weir_pipe *end;
};

struct runner {
	struct relay *relay;
	int place;
};

static void *run_relay(void *argument)
{
	struct runner *runner = argument;
	struct relay *relay = runner->relay;

	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&relay->lock);
		while (relay->turn % 2 != runner->place)
			pthread_cond_wait(&relay->moved, &relay->lock);
		must_be(weir_pipe_send(relay->end, &relay->turn,
		                       sizeof(relay->turn), WEIR_FOREVER),
		        0);
		relay->turn++;
		pthread_cond_signal(&relay->moved);
		pthread_mutex_unlock(&relay->lock);
	}
	return NULL;
}

static void test_p16_two_threads_send_in_turn_on_one_end(void **state)
{
	struct relay relay = { PTHREAD_MUTEX_INITIALIZER,
		               PTHREAD_COND_INITIALIZER, 0, NULL };
	struct runner runners[2] = { { &relay, 0 }, { &relay, 1 } };
	struct weir_pipe *ends[2];
	pthread_t threads[2];
	int number;

	two_ends(ends, true);
	relay.end = ends[1];
	for (int i = 0; i < 2; i++)
		threads[i] = start(run_relay, &runners[i]);
	for (int i = 0; i < 4000; i++) {
		must_be(weir_pipe_recv(ends[0], &number, sizeof(number),
		                       WEIR_FOREVER),
		        sizeof(number));
		must_be(number, i);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	unpair(ends);
}

static void *open_and_close(void *argument)
{
	struct weir_pipe *ends[2];

	for (int i = 0; i < 300; i++) {
		two_ends(ends, false);
		say(ends[0], "x");
		hear(ends[1], "x");
		unpair(ends);
	}
	return NULL;
}

static void test_threads_make_and_close_pipes_side_by_side(void **state)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		threads[i] = start(open_and_close, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void test_a_close_wakes_the_thread_at_the_other_end(void **state)
{
	struct weir_pipe *ends[2];
	pthread_t thread;

	for (int i = 0; i < 200; i++) {
		two_ends(ends, false);
		thread = start(echo, ends[1]);
		weir_pipe_close(ends[0]);
		pthread_join(thread, NULL);
	}
}

static void *send_to_the_end(void *argument)
{
	struct weir_pipe *end = argument;
	static const char text[3000];
	int code = 0;

	for (size_t i = 0; code == 0; i++)
		code = weir_pipe_send(end, text, i % sizeof(text),
		                      WEIR_FOREVER);
	must_be(code, -EPIPE);
	weir_pipe_close(end);
	return NULL;
}

static void test_a_close_ends_the_thread_that_lacks_room(void **state)
{
	struct weir_pipe *ends[2];
	pthread_t thread;

	for (int i = 0; i < 200; i++) {
		two_ends(ends, true);
		thread = start(send_to_the_end, ends[1]);
		for (int k = 0; k < i % 5; k++)
			must_be(weir_pipe_poll(ends[0], WEIR_FOREVER), 1);
		weir_pipe_close(ends[0]);
		pthread_join(thread, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_poll_runs_beside_both_families),
		sentence(test_p16_two_threads_send_in_turn_on_one_end),
		sentence(test_threads_make_and_close_pipes_side_by_side),
		sentence(test_a_close_wakes_the_thread_at_the_other_end),
		sentence(test_a_close_ends_the_thread_that_lacks_room),
	};

	return run_apart_and_together(tests);
}
