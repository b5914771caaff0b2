/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process as the two sides; ThreadSanitizer looks on in its
 * build.
 */
#include "pipes.h"

#include <pthread.h>
#include <stdlib.h>

enum { RING = 4096 };

/* What one thread does: `count` messages of up to `largest` bytes. */
struct side {
	struct weir_pipe *end;
	uint64_t count;
	size_t largest;
	uint64_t salt;
};

static size_t side_size(const struct side *side, uint64_t number)
{
	return (size_t)(number * 97 % (side->largest + 1));
}

static void *send_side(void *argument)
{
	struct side *side = argument;
	unsigned char *buffer = malloc(side->largest);

	must(buffer);
	for (uint64_t i = 0; i < side->count; i++)
		send_pattern(side->end, buffer, side_size(side, i),
		             i + side->salt);
	free(buffer);
	return NULL;
}

static void *recv_side(void *argument)
{
	struct side *side = argument;
	unsigned char *buffer = malloc(side->largest);

	must(buffer);
	for (uint64_t i = 0; i < side->count; i++)
		recv_pattern(side->end, buffer, side_size(side, i),
		             i + side->salt);
	free(buffer);
	return NULL;
}

static void *commit_side(void *argument)
{
	struct side *side = argument;
	void *space;

	for (uint64_t i = 0; i < side->count; i++) {
		must_be(weir_pipe_reserve(side->end, side->largest,
		                          WEIR_FOREVER, &space),
		        0);
		pattern_fill(space, side_size(side, i), i + side->salt);
		must_be(weir_pipe_commit(side->end, side_size(side, i)), 0);
	}
	return NULL;
}

static void *release_side(void *argument)
{
	struct side *side = argument;
	const void *message;

	for (uint64_t i = 0; i < side->count; i++) {
		must_be(weir_pipe_peek(side->end, WEIR_FOREVER, &message),
		        (ssize_t)side_size(side, i));
		must(pattern_holds(message, side_size(side, i),
		                   i + side->salt));
		must_be(weir_pipe_release(side->end), 0);
	}
	return NULL;
}

static pthread_t start(void *(*body)(void *), void *argument)
{
	pthread_t thread;

	must_be(pthread_create(&thread, NULL, body, argument), 0);
	return thread;
}

static void two_sides(void *(*sender)(void *), void *(*receiver)(void *),
                      uint64_t count, size_t largest)
{
	struct weir_pipe *ends[2];
	struct side out, in;
	pthread_t thread;

	pair(ends, RING, true);
	in = (struct side){ ends[0], count, largest, 0 };
	out = (struct side){ ends[1], count, largest, 0 };
	thread = start(sender, &out);
	receiver(&in);
	pthread_join(thread, NULL);
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_two_threads_send_and_receive(void **state)
{
	two_sides(send_side, recv_side, 100000, 200);
}

static void test_two_threads_reserve_and_peek(void **state)
{
	two_sides(commit_side, release_side, 20000, 1000);
}

static void test_two_threads_stream(void **state)
{
	two_sides(send_side, recv_side, 500, 30000);
}

/* The send family and the recv family of one end may overlap. */
static void test_four_threads_use_both_directions(void **state)
{
	struct weir_pipe *ends[2];
	struct side sides[4];
	pthread_t threads[4];

	pair(ends, RING, false);
	sides[0] = (struct side){ ends[0], 20000, 3000, 0 };
	sides[1] = (struct side){ ends[1], 20000, 3000, 0 };
	sides[2] = (struct side){ ends[1], 20000, 3000, 7 };
	sides[3] = (struct side){ ends[0], 20000, 3000, 7 };
	for (int i = 0; i < 4; i++)
		threads[i] = start(i % 2 ? recv_side : send_side, &sides[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	hear_nothing(ends[0]);
	hear_nothing(ends[1]);
	unpair(ends);
}

static void *echo(void *argument)
{
	struct weir_pipe *end = argument;
	uint64_t number;

	while (weir_pipe_recv(end, &number, sizeof(number), WEIR_FOREVER) ==
	       (ssize_t)sizeof(number)) {
		number++;
		must_be(weir_pipe_send(end, &number, sizeof(number),
		                       WEIR_FOREVER),
		        0);
	}
	weir_pipe_close(end);
	return NULL;
}

static void test_two_threads_play_ping_pong(void **state)
{
	struct weir_pipe *ends[2];
	pthread_t thread;
	uint64_t number = 0;

	pair(ends, RING, false);
	thread = start(echo, ends[1]);
	while (number < 20000) {
		uint64_t sent = number;

		must_be(weir_pipe_send(ends[0], &number, sizeof(number),
		                       WEIR_FOREVER),
		        0);
		must_be(weir_pipe_recv(ends[0], &number, sizeof(number),
		                       WEIR_FOREVER),
		        sizeof(number));
		must_be(number, sent + 1);
	}
	must_be(weir_pipe_send(ends[0], "bye", 3, WEIR_FOREVER), 0);
	pthread_join(thread, NULL);
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
}

static void *poll_until_message(void *argument)
{
	struct weir_pipe *end = argument;

	must_be(weir_pipe_poll(end, WEIR_FOREVER), 1);
	must(weir_pipe_fd(end) >= 0);
	must_be(weir_pipe_backing(end), 0);
	return NULL;
}

static void test_poll_runs_beside_both_families(void **state)
{
	struct weir_pipe *ends[2];
	struct side out, back;
	pthread_t poller, sender;

	for (int i = 0; i < 100; i++) {
		pair(ends, RING, false);
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

	pair(ends, RING, true);
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
		pair(ends, RING, false);
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
		pair(ends, RING, false);
		thread = start(echo, ends[1]);
		weir_pipe_close(ends[0]);
		pthread_join(thread, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_two_threads_send_and_receive),
		sentence(test_two_threads_reserve_and_peek),
		sentence(test_two_threads_stream),
		sentence(test_four_threads_use_both_directions),
		sentence(test_two_threads_play_ping_pong),
		sentence(test_poll_runs_beside_both_families),
		sentence(test_p16_two_threads_send_in_turn_on_one_end),
		sentence(test_threads_make_and_close_pipes_side_by_side),
		sentence(test_a_close_wakes_the_thread_at_the_other_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
