/* SPDX-License-Identifier: MIT */
/* Two threads that pass on messages of all sizes in every way there is. */
#include "pipe_sides.h"

static void two_sides(void *(*sender)(void *), void *(*receiver)(void *),
                      uint64_t count, size_t largest)
{
	struct weir_pipe *ends[2];
	struct side out, in;
	pthread_t thread;

	two_ends(ends, true);
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

static void test_two_threads_copy_at_one_side_only(void **state)
{
	two_sides(commit_side, recv_side, 20000, 1000);
	two_sides(send_side, release_side, 20000, 1000);
}

static void test_two_threads_send_whole_and_in_parts(void **state)
{
	two_sides(send_side, recv_side, 5000, 9000);
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

	two_ends(ends, false);
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

static void test_two_threads_play_ping_pong(void **state)
{
	struct weir_pipe *ends[2];
	pthread_t thread;
	uint64_t number = 0;

	two_ends(ends, false);
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

/* Sends and receives in turn, of all sizes, as both sides do. */
static void *talk(void *argument)
{
	struct side *side = argument;
	unsigned char *buffer = malloc(side->largest);

	must(buffer);
	for (uint64_t i = 0; i < side->count; i++) {
		size_t size = side_size(side, i);

		if (i % 2 == side->salt)
			send_pattern(side->end, buffer, size, i);
		else
			recv_pattern(side->end, buffer, size, i);
	}
	free(buffer);
	return NULL;
}

static void test_two_threads_talk(void **state)
{
	struct weir_pipe *ends[2];
	struct side sides[2];
	pthread_t thread;

	two_ends(ends, false);
	for (int i = 0; i < 2; i++)
		sides[i] = (struct side){ ends[i], 5000, 9000, (uint64_t)i };
	thread = start(talk, &sides[1]);
	talk(&sides[0]);
	pthread_join(thread, NULL);
	unpair(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_two_threads_send_and_receive),
		sentence(test_two_threads_reserve_and_peek),
		sentence(test_two_threads_copy_at_one_side_only),
		sentence(test_two_threads_send_whole_and_in_parts),
		sentence(test_two_threads_stream),
		sentence(test_four_threads_use_both_directions),
		sentence(test_two_threads_play_ping_pong),
		sentence(test_two_threads_talk),
	};

	return run_apart_and_together(tests);
}
