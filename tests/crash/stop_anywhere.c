/* SPDX-License-Identifier: MIT */
/*
 * A process that stands still at any instruction keeps nobody waiting, and
 * misses nothing that happens meanwhile.
 */
#include "crash/meeting.h"
#include "names.h"
#include "pipes.h"

enum { VICTIM = 100, OTHER = 200, STREAM = 2100, AT_PAD = MEETING_RING - 24 };

static unsigned char bytes[MEETING_RING], heard_here[MEETING_RING];

/* ---- what was before */

static void owe(struct spot *spot, size_t size)
{
	pattern_fill(bytes, size, VICTIM);
	meeting_owe(spot, VICTIM, size);
}

static void owe_8(struct spot *spot)
{
	owe(spot, 8);
}

static void owe_100_behind_a_pad(struct spot *spot)
{
	const struct ring *ring = &spot->ends[1]->out;

	while (load64_relaxed(&ring->shared->tail) != AT_PAD) {
		must_be(weir_pipe_send(spot->ends[1], "", 0, WEIR_NOWAIT), 0);
		must_be(weir_pipe_recv(spot->ends[0], bytes, 0, WEIR_NOWAIT),
		        0);
	}
	owe(spot, 100);
}

static void owe_a_stream(struct spot *spot)
{
	owe(spot, STREAM);
}

static void two_wait(struct spot *spot)
{
	meeting_send(spot, spot->ends[1], 1, 100);
	meeting_send(spot, spot->ends[1], 2, 0);
}

static void a_stream_waits(struct spot *spot)
{
	meeting_send(spot, spot->ends[1], 1, STREAM);
}

static void full(struct spot *spot)
{
	uint64_t seed = 1;

	while (meeting_send(spot, spot->ends[1], seed, 1000) == 0)
		seed++;
	while (meeting_send(spot, spot->ends[1], seed, 8) == 0)
		seed++;
}

static void full_and_one_more(struct spot *spot)
{
	full(spot);
	owe_8(spot);
}

static void a_request(struct spot *spot)
{
	owe(spot, 100);
	must_be(weir_pipe_send(spot->ends[0], bytes, 100, WEIR_NOWAIT), 0);
}

/* ---- who is held up */

static int send_owed(struct spot *spot, size_t size, int64_t timeout)
{
	return weir_pipe_send(spot->ends[1], bytes, size, timeout);
}

static int send_8(struct spot *spot)
{
	return send_owed(spot, 8, WEIR_NOWAIT);
}

static int send_100(struct spot *spot)
{
	return send_owed(spot, 100, WEIR_NOWAIT);
}

static int send_stream(struct spot *spot)
{
	return send_owed(spot, STREAM, WEIR_FOREVER);
}

static int send_and_wait(struct spot *spot)
{
	return send_owed(spot, 8, WEIR_FOREVER);
}

static int reserve_and_commit(struct spot *spot)
{
	void *space;
	int code = weir_pipe_reserve(spot->ends[1], 100, WEIR_NOWAIT, &space);

	if (code < 0)
		return code;
	memset(space, 0x09, 100);
	memcpy(space, bytes, 8);
	return weir_pipe_commit(spot->ends[1], 8);
}

static int close_sender(struct spot *spot)
{
	weir_pipe_close(spot->ends[1]);
	return 0;
}

static int close_receiver(struct spot *spot)
{
	weir_pipe_close(spot->ends[0]);
	return 0;
}

static int receive(struct spot *spot)
{
	struct heard *heard = spot->heard;

	heard->length = weir_pipe_recv(spot->ends[0], heard->bytes,
	                               sizeof(heard->bytes), WEIR_FOREVER);
	return 0;
}

static int peek_and_release(struct spot *spot)
{
	struct heard *heard = spot->heard;
	const void *message;

	heard->length = weir_pipe_peek(spot->ends[0], WEIR_FOREVER, &message);
	if (heard->length < 0)
		return (int)heard->length;
	memcpy(heard->bytes, message, (size_t)heard->length);
	return weir_pipe_release(spot->ends[0]);
}

static int poll_now(struct spot *spot)
{
	return weir_pipe_poll(spot->ends[0], WEIR_NOWAIT);
}

/* Hears a request, answers; both ends do it in turn. */
static int answer(struct spot *spot)
{
	struct weir_pipe *end = spot->ends[1];
	struct heard *heard = spot->heard;

	heard->length = weir_pipe_recv(end, heard->bytes, sizeof(heard->bytes),
	                               WEIR_NOWAIT);
	return weir_pipe_send(end, heard->bytes, (size_t)heard->length,
	                      WEIR_NOWAIT);
}

static int open_it(struct spot *spot)
{
	struct weir_pipe *end;

	return weir_pipe_open(&end, spot->name);
}

/* ---- what somebody else does meanwhile */

static int take_one(struct spot *spot)
{
	return meeting_receive(spot, spot->ends[0]);
}

static int give_one(struct spot *spot)
{
	return meeting_send(spot, spot->ends[1], OTHER, 50);
}

static int give_one_and_go(struct spot *spot)
{
	int code = give_one(spot);

	weir_pipe_close(spot->ends[1]);
	spot->ends[1] = NULL;
	return code;
}

static int go(struct spot *spot)
{
	weir_pipe_close(spot->ends[0]);
	weir_pipe_close(spot->ends[1]);
	spot->ends[0] = spot->ends[1] = NULL;
	return 0;
}

static int open_too(struct spot *spot)
{
	return weir_pipe_open(&spot->ends[1], spot->name);
}

/* Asks once more, and hears the first answer if it is there. */
static int ask_and_take(struct spot *spot)
{
	must_be(weir_pipe_send(spot->ends[0], "more", 4, WEIR_NOWAIT), 0);
	return take_one(spot);
}

/* Enough for who waits. */
static int take_half(struct spot *spot)
{
	for (int i = 0; i < 2; i++)
		must(take_one(spot) >= 0);
	return 0;
}

/* The stream may need the room that another attempt at it takes. */
static void take_stream(struct spot *spot)
{
	ssize_t length;

	if (spot->front == spot->count)
		return;
	length = weir_pipe_recv(spot->ends[0], heard_here, sizeof(heard_here),
	                        SOON);
	meeting_match(spot, heard_here, length);
}

/* ---- what must be so afterwards */

/* The receiver is ours: everything owed comes, then nothing. */
static void all_comes(struct spot *spot)
{
	char byte;

	must_be(spot->result, 0);
	while (spot->front < spot->count)
		must(take_one(spot) >= 0);
	must(weir_pipe_recv(spot->ends[0], &byte, 1, WEIR_NOWAIT) < 0);
}

/* The same, and the answer in between was one of two. */
static void all_comes_in_time(struct spot *spot)
{
	must(spot->whole == -EAGAIN || spot->whole >= 0);
	all_comes(spot);
}

static void end_comes(struct spot *spot)
{
	must_be(spot->result, 0);
	must(spot->whole == -EAGAIN || spot->whole == -EPIPE);
	hear_the_end(spot->ends[0]);
}

/* The sender is ours: what was heard was owed, and what is left is whole. */
static void heard_first(struct spot *spot)
{
	must_be(spot->result, 0);
	must(spot->whole == -EAGAIN || spot->whole == 0);
	meeting_match(spot, spot->heard->bytes, spot->heard->length);
}

static void heard_the_end(struct spot *spot)
{
	must_be(spot->heard->length, -EPIPE);
}

static void told_of_the_end(struct spot *spot)
{
	must_be(spot->result, -EPIPE);
}

static void one_has_it(struct spot *spot)
{
	must(spot->whole == 0 || spot->whole == -EBUSY);
	must_be(spot->result, spot->whole == 0 ? -EBUSY : 0);
}

static void found_or_not(struct spot *spot)
{
	must(spot->result == 0 || spot->result == 1);
}

/* ---- the meetings */

static const struct meeting sends[] = {
	{ "send | recv", 1, .prepare = owe_8, .held_up = send_8,
	  .meanwhile = take_one, .check = all_comes_in_time },
	{ "send behind a PAD | recv", 1, .prepare = owe_100_behind_a_pad,
	  .held_up = send_100, .meanwhile = take_one,
	  .check = all_comes_in_time },
	{ "reserve, commit | recv", 1, .prepare = owe_8,
	  .held_up = reserve_and_commit, .meanwhile = take_one,
	  .check = all_comes_in_time },
	{ "send in parts | recv", 1, .prepare = owe_a_stream,
	  .held_up = send_stream, .meanwhile = take_one, .help = take_stream,
	  .check = all_comes_in_time },
	{ "close of the sender | recv", 1, .parts = true,
	  .held_up = close_sender, .meanwhile = take_one, .check = end_comes },
	{ "send into a full ring | recv", 1, .prepare = full_and_one_more,
	  .held_up = send_and_wait, .meanwhile = take_half, .waits = true,
	  .check = all_comes },
	{ "recv, send | send, recv", 1, .duplex = true, .prepare = a_request,
	  .held_up = answer, .meanwhile = ask_and_take,
	  .check = all_comes_in_time },
	{ "open | open", 1, .unopened = true, .held_up = open_it,
	  .meanwhile = open_too, .check = one_has_it, .stride = 11 },
	{ "send into a full ring | close", 1, .parts = true, .prepare = full,
	  .held_up = send_and_wait, .meanwhile = go, .waits = true,
	  .check = told_of_the_end },
};

static const struct meeting receives[] = {
	{ "recv | send", 0, .prepare = two_wait, .held_up = receive,
	  .meanwhile = give_one, .check = heard_first },
	{ "recv of a full ring | send", 0, .prepare = full, .held_up = receive,
	  .meanwhile = give_one, .check = heard_first },
	{ "peek, release in a full ring | send", 0, .prepare = full,
	  .held_up = peek_and_release, .meanwhile = give_one,
	  .check = heard_first },
	{ "recv in parts | send", 0, .prepare = a_stream_waits,
	  .held_up = receive, .meanwhile = give_one, .check = heard_first },
	{ "close of the receiver | send", 0, .prepare = two_wait,
	  .held_up = close_receiver, .meanwhile = give_one,
	  .check = found_or_not },
	{ "recv, nothing there | send", 0, .held_up = receive,
	  .meanwhile = give_one, .check = heard_first, .waits = true },
	{ "peek, nothing there | send", 0, .held_up = peek_and_release,
	  .meanwhile = give_one, .check = heard_first, .waits = true },
	{ "recv, nothing there | send, close", 0, .parts = true,
	  .held_up = receive, .meanwhile = give_one_and_go,
	  .check = heard_first, .waits = true },
	{ "recv, nothing there | close", 0, .parts = true, .held_up = receive,
	  .meanwhile = go, .check = heard_the_end, .waits = true },
	{ "poll | send", 0, .held_up = poll_now, .meanwhile = give_one,
	  .check = found_or_not },
};

static void test_a_sender_held_up_anywhere_holds_up_nobody(void **state)
{
	meet_all(sends, sizeof(sends) / sizeof(sends[0]), name_new("meet"));
}

static void test_a_receiver_held_up_anywhere_holds_up_nobody(void **state)
{
	meet_all(receives, sizeof(receives) / sizeof(receives[0]),
	         name_new("meet"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_sender_held_up_anywhere_holds_up_nobody),
		sentence(test_a_receiver_held_up_anywhere_holds_up_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
