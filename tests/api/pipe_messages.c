/* SPDX-License-Identifier: MIT */
/* Messages arrive whole, in order, and once; directions are kept. */
#include "pipes.h"

#include <limits.h>
#include <stdlib.h>

static void test_p1_both_ends_of_a_duplex_pipe_send_and_receive(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, 0, false);
	say(ends[0], "there");
	say(ends[1], "back");
	hear(ends[1], "there");
	hear(ends[0], "back");
	hear_nothing(ends[0]);
	hear_nothing(ends[1]);
	unpair(ends);
}

static void test_p1_the_directions_have_room_of_their_own(void **state)
{
	struct weir_pipe *ends[2];
	int there, back;

	pair(ends, 4096, false);
	there = fill(ends[0], 100);
	back = fill(ends[1], 100);
	must(there > 10 && back > 10);
	must_be(drain(ends[1]), there);
	must_be(drain(ends[0]), back);
	unpair(ends);
}

static void test_p2_a_simplex_pipe_has_one_direction(void **state)
{
	struct weir_pipe *ends[2];
	char buffer[8];
	void *space = NULL;
	const void *message = NULL;
	struct iovec part = { .iov_base = buffer, .iov_len = 1 };

	pair(ends, 0, true);
	say(ends[1], "x");
	must_be(weir_pipe_send(ends[0], "x", 1, WEIR_FOREVER), -EPERM);
	must_be(weir_pipe_sendv(ends[0], &part, 1, WEIR_FOREVER), -EPERM);
	must_be(weir_pipe_reserve(ends[0], 1, WEIR_FOREVER, &space), -EPERM);
	must_be(weir_pipe_commit(ends[0], 0), -EPERM);
	must(space == NULL);
	must_be(weir_pipe_recv(ends[1], buffer, 8, WEIR_FOREVER), -EPERM);
	must_be(weir_pipe_next_size(ends[1], WEIR_FOREVER), -EPERM);
	must_be(weir_pipe_poll(ends[1], WEIR_FOREVER), -EPERM);
	must_be(weir_pipe_peek(ends[1], WEIR_FOREVER, &message), -EPERM);
	must_be(weir_pipe_release(ends[1]), -EPERM);
	must(message == NULL);
	weir_pipe_abandon(ends[0]);
	hear(ends[0], "x");
	unpair(ends);
}

static void test_p3_messages_never_merge_or_split(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, 0, true);
	say(ends[1], "a");
	say(ends[1], "b");
	say(ends[1], "cd");
	hear(ends[0], "a");
	hear(ends[0], "b");
	hear(ends[0], "cd");
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_p3_every_size_keeps_its_content_at_every_place(void **state)
{
	static unsigned char buffer[2048];
	struct weir_pipe *ends[2];
	uint64_t seed = 0;

	pair(ends, 4096, true);
	for (size_t size = 0; size <= sizeof(buffer); size++) {
		for (int i = 0; i < 5; i++, seed++) {
			send_pattern(ends[1], buffer, size, seed);
			memset(buffer, 0, size);
			recv_pattern(ends[0], buffer, size, seed);
		}
	}
	unpair(ends);
}

static void test_p3_mixed_sizes_come_in_the_order_they_were_sent(void **state)
{
	static unsigned char buffer[2000];
	struct weir_pipe *ends[2];
	uint64_t sender = 1, receiver = 1;
	uint64_t sent = 0, received = 0;

	pair(ends, 16384, true);
	while (received < 20000) {
		uint64_t burst = sent + random_next(&sender) % 8;

		random_next(&receiver);
		for (; sent < burst; sent++)
			send_pattern(ends[1], buffer,
			             (size_t)((sent * 769) % sizeof(buffer)),
			             sent);
		for (; received < sent; received++)
			recv_pattern(
				ends[0], buffer,
				(size_t)((received * 769) % sizeof(buffer)),
				received);
	}
	unpair(ends);
}

static void test_p3_a_full_ring_has_its_room_again_when_drained(void **state)
{
	struct weir_pipe *ends[2];
	int first;

	pair(ends, 4096, true);
	first = fill(ends[1], 24);
	must(first >= 4096 / 64);
	must_be(drain(ends[0]), first);
	for (int lap = 0; lap < 300; lap++) {
		int again = fill(ends[1], 24);

		must(again >= first - 1);
		must_be(drain(ends[0]), again);
		say(ends[1], "moves the start of the next lap");
		hear(ends[0], "moves the start of the next lap");
	}
	unpair(ends);
}

static void test_p3_what_is_taken_makes_room_for_more(void **state)
{
	struct weir_pipe *ends[2];
	char buffer[100] = "";
	int first, waiting;

	pair(ends, 4096, true);
	first = waiting = fill(ends[1], sizeof(buffer));
	for (int i = 0; i < 5000; i++) {
		must_be(weir_pipe_recv(ends[0], buffer, 100, WEIR_NOWAIT), 100);
		waiting--;
		while (weir_pipe_send(ends[1], buffer, 100, WEIR_NOWAIT) == 0)
			waiting++;
		must(waiting >= first / 2);
	}
	must_be(drain(ends[0]), waiting);
	unpair(ends);
}

static void test_p4_a_message_of_no_bytes_is_a_message(void **state)
{
	struct weir_pipe *ends[2];
	char byte = 'u';

	pair(ends, 0, true);
	must_be(weir_pipe_send(ends[1], NULL, 0, WEIR_FOREVER), 0);
	must_be(weir_pipe_send(ends[1], "", 0, WEIR_FOREVER), 0);
	must_be(weir_pipe_sendv(ends[1], NULL, 0, WEIR_FOREVER), 0);
	must_be(weir_pipe_next_size(ends[0], WEIR_FOREVER), 0);
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_FOREVER), 0);
	must_be(weir_pipe_recv(ends[0], NULL, 0, WEIR_FOREVER), 0);
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_NOWAIT), 0);
	must_be(byte, 'u');
	hear_nothing(ends[0]);
	say(ends[1], "on");
	hear(ends[0], "on");
	weir_pipe_close(ends[1]);
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
}

static void test_p6_too_small_a_buffer_leaves_the_message(void **state)
{
	struct weir_pipe *ends[2];
	char buffer[16] = "untouched";

	pair(ends, 0, true);
	say(ends[1], "first message");
	say(ends[1], "second");
	must_be(weir_pipe_recv(ends[0], buffer, 12, WEIR_FOREVER), -EMSGSIZE);
	must_be(weir_pipe_recv(ends[0], NULL, 0, WEIR_NOWAIT), -EMSGSIZE);
	must(strcmp(buffer, "untouched") == 0);
	must_be(weir_pipe_next_size(ends[0], WEIR_NOWAIT), 13);
	must_be(weir_pipe_next_size(ends[0], WEIR_FOREVER), 13);
	must_be(weir_pipe_recv(ends[0], buffer, 13, WEIR_FOREVER), 13);
	must(memcmp(buffer, "first message", 13) == 0);
	must_be(weir_pipe_next_size(ends[0], WEIR_FOREVER), 6);
	hear(ends[0], "second");
	must_be(weir_pipe_next_size(ends[0], WEIR_NOWAIT), -EAGAIN);
	unpair(ends);
}

static void test_p7_bytes_beyond_the_message_are_untouched(void **state)
{
	struct weir_pipe *ends[2];
	unsigned char buffer[256], expected[256];

	pair(ends, 0, true);
	for (size_t size = 0; size <= 200; size++) {
		send_pattern(ends[1], buffer, size, size);
		memset(buffer, 0xa5, sizeof(buffer));
		memset(expected, 0xa5, sizeof(expected));
		pattern_fill(expected, size, size);
		must_be(weir_pipe_recv(ends[0], buffer, sizeof(buffer),
		                       WEIR_FOREVER),
		        (ssize_t)size);
		must(memcmp(buffer, expected, sizeof(buffer)) == 0);
	}
	unpair(ends);
}

static void test_the_parts_of_sendv_are_one_message(void **state)
{
	struct weir_pipe *ends[2];
	char one[] = "one ", message[] = "message";
	struct iovec parts[] = { { .iov_base = one, .iov_len = 4 },
		                 { .iov_base = NULL, .iov_len = 0 },
		                 { .iov_base = message, .iov_len = 7 } };

	pair(ends, 0, true);
	must_be(weir_pipe_sendv(ends[1], parts, 3, WEIR_FOREVER), 0);
	must_be(weir_pipe_sendv(ends[1], parts, 2, WEIR_FOREVER), 0);
	must_be(weir_pipe_sendv(ends[1], parts + 1, 1, WEIR_FOREVER), 0);
	hear(ends[0], "one message");
	hear(ends[0], "one ");
	hear(ends[0], "");
	hear_nothing(ends[0]);
	unpair(ends);
}

static void test_sendv_takes_as_many_parts_as_the_system_does(void **state)
{
	static struct iovec parts[IOV_MAX];
	static unsigned char content[3 * IOV_MAX], buffer[3 * IOV_MAX];
	struct weir_pipe *ends[2];

	pair(ends, 16384, true);
	pattern_fill(content, sizeof(content), 7);
	for (size_t i = 0; i < IOV_MAX; i++)
		parts[i] = (struct iovec){ .iov_base = &content[3 * i],
			                   .iov_len = 3 };
	must_be(weir_pipe_sendv(ends[1], parts, IOV_MAX, WEIR_FOREVER), 0);
	recv_pattern(ends[0], buffer, sizeof(buffer), 7);
	unpair(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p1_both_ends_of_a_duplex_pipe_send_and_receive),
		sentence(test_p1_the_directions_have_room_of_their_own),
		sentence(test_p2_a_simplex_pipe_has_one_direction),
		sentence(test_p3_messages_never_merge_or_split),
		sentence(test_p3_every_size_keeps_its_content_at_every_place),
		sentence(test_p3_mixed_sizes_come_in_the_order_they_were_sent),
		sentence(test_p3_a_full_ring_has_its_room_again_when_drained),
		sentence(test_p3_what_is_taken_makes_room_for_more),
		sentence(test_p4_a_message_of_no_bytes_is_a_message),
		sentence(test_p6_too_small_a_buffer_leaves_the_message),
		sentence(test_p7_bytes_beyond_the_message_are_untouched),
		sentence(test_the_parts_of_sendv_are_one_message),
		sentence(test_sendv_takes_as_many_parts_as_the_system_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
