/* SPDX-License-Identifier: MIT */
/* A sender that is killed at each instruction of each call it has. */
#include "crash/explore.h"
#include "names.h"
#include "pipes.h"

enum { ENDS_WITH_24 = WORLD_RING - 24, ENDS_WITH_8 = WORLD_RING - 8 };

static void send_several(struct world *world)
{
	world_give(world, 8);
	world_give(world, 100);
}

static void fall_asleep(struct weir_pipe *receiver)
{
	char byte;

	must_be(weir_pipe_recv(receiver, &byte, 1, 1), -ETIMEDOUT);
}

/* Nobody wakes up, but the sender has to ring. */
static void receiver_sleeps(struct world *world)
{
	fall_asleep(world->ends[RECEIVER]);
}

/* A little is free, more than an eighth of the ring, room for one part. */
static void some_room(struct world *world)
{
	world_fill(world);
	for (int i = 0; i < 80; i++)
		world_take(world);
}

static void receiver_goes(struct world *world)
{
	send_several(world);
	world_close(world, RECEIVER);
}

/* Full up to the last word. */
static void room_for_one(struct world *world)
{
	world_fill(world);
	world_take(world);
}

/* Whoever streamed into the ring was killed; the receiver has noticed that. */
static void after_a_broken_stream(struct world *world)
{
	world_break_stream(world);
	must_be(weir_pipe_recv(world->ends[RECEIVER], world->scratch,
	                       WORLD_BROKEN, WEIR_NOWAIT),
	        -EAGAIN);
	world_give(world, 8);
}

static int call_send(struct world *world, size_t size, int64_t timeout)
{
	return weir_pipe_send(world->ends[SENDER], in_flight, size, timeout);
}

static int send_0(struct world *world)
{
	return call_send(world, 0, WEIR_NOWAIT);
}

static int send_8(struct world *world)
{
	return call_send(world, 8, WEIR_NOWAIT);
}

static int send_100(struct world *world)
{
	return call_send(world, 100, WEIR_NOWAIT);
}

static int send_8_in_time(struct world *world)
{
	return call_send(world, 8, WEIR_US(1));
}

static int send_stream(struct world *world)
{
	return call_send(world, WORLD_STREAM, WEIR_NOWAIT);
}

static int send_parts(struct world *world)
{
	const struct iovec parts[] = { { in_flight, 5 },
		                       { in_flight + 5, 0 },
		                       { in_flight + 5, 40 } };

	return weir_pipe_sendv(world->ends[SENDER], parts, 3, WEIR_NOWAIT);
}

static int send_stream_parts(struct world *world)
{
	const struct iovec parts[] = { { in_flight, 1000 },
		                       { in_flight + 1000, 0 },
		                       { in_flight + 1000, 30 },
		                       { in_flight + 1030,
		                         WORLD_STREAM - 1030 } };

	return weir_pipe_sendv(world->ends[SENDER], parts, 4, WEIR_NOWAIT);
}

static int reserve_and_commit(struct world *world)
{
	struct weir_pipe *end = world->ends[SENDER];
	void *space;
	int code = weir_pipe_reserve(end, 64, WEIR_NOWAIT, &space);

	if (code < 0)
		return code;
	memset(space, 0xff, 64);
	memcpy(space, in_flight, 30);
	return weir_pipe_commit(end, 30);
}

static int reserve_and_abandon(struct world *world)
{
	struct weir_pipe *end = world->ends[SENDER];
	void *space;
	int code = weir_pipe_reserve(end, 64, WEIR_NOWAIT, &space);

	if (code < 0)
		return code;
	memset(space, 0x09, 64);
	weir_pipe_abandon(end);
	return 0;
}

static int close_sender(struct world *world)
{
	weir_pipe_close(world->ends[SENDER]);
	return 0;
}

#define SENDS(length) .side = SENDER, .sends = true, .size = (length)

static const struct operation sends[] = {
	{ "send 8 bytes", SENDS(8), .offset = 64, .prepare = send_several,
	  .call = send_8 },
	{ "send 0 bytes", SENDS(0), .offset = 64, .prepare = send_several,
	  .call = send_0 },
	{ "send 0 bytes, last word", SENDS(0), .offset = ENDS_WITH_8,
	  .call = send_0 },
	{ "send 100 bytes", SENDS(100), .offset = 64, .call = send_100 },
	{ "send 8 bytes, PAD of 8", SENDS(8), .offset = ENDS_WITH_8,
	  .call = send_8 },
	{ "send 100 bytes, PAD of 24", SENDS(100), .offset = ENDS_WITH_24,
	  .call = send_100 },
	{ "send 8 bytes, new limit", SENDS(8), .offset = 64,
	  .prepare = some_room, .call = send_8 },
	{ "send to a sleeper", SENDS(8), .offset = 64,
	  .prepare = receiver_sleeps, .call = send_8 },
	{ "send 8 bytes, the ring full then", SENDS(8), .offset = 64,
	  .prepare = room_for_one, .call = send_8 },
	{ "send after a broken stream", SENDS(100), .offset = 64,
	  .prepare = after_a_broken_stream, .call = send_100 },
	{ "send, no room", .side = SENDER, .offset = 64, .prepare = world_fill,
	  .call = send_8, .result = -EAGAIN },
	{ "send, no room in time", .side = SENDER, .offset = 64,
	  .prepare = world_fill, .call = send_8_in_time, .result = -ETIMEDOUT },
	{ "send to a gone end", .side = SENDER, .offset = 64,
	  .prepare = receiver_goes, .call = send_8, .result = -EPIPE },
	{ "sendv", SENDS(45), .offset = 64, .prepare = send_several,
	  .call = send_parts },
	{ "sendv, PAD of 24", SENDS(45), .offset = ENDS_WITH_24,
	  .call = send_parts },
};

static const struct operation others[] = {
	{ "reserve, commit", SENDS(30), .offset = 64, .prepare = send_several,
	  .call = reserve_and_commit },
	{ "reserve, commit, PAD of 24", SENDS(30), .offset = ENDS_WITH_24,
	  .call = reserve_and_commit },
	{ "reserve, abandon", .side = SENDER, .offset = 64,
	  .prepare = send_several, .call = reserve_and_abandon },
	{ "reserve, abandon, PAD of 24", .side = SENDER, .offset = ENDS_WITH_24,
	  .call = reserve_and_abandon },
	{ "close of the sender", .side = SENDER, .offset = 64,
	  .prepare = send_several, .call = close_sender },
};

static const struct operation streams[] = {
	{ "send in parts", SENDS(WORLD_STREAM), .offset = 64,
	  .call = send_stream },
	{ "send in parts, PADs", SENDS(WORLD_STREAM), .offset = ENDS_WITH_24,
	  .prepare = send_several, .call = send_stream },
	{ "sendv in parts", SENDS(WORLD_STREAM), .offset = 64,
	  .call = send_stream_parts },
	{ "send in parts, after a broken one", SENDS(WORLD_STREAM),
	  .offset = 64, .prepare = after_a_broken_stream, .call = send_stream },
	{ "send in parts, no room", .side = SENDER, .offset = 1064,
	  .prepare = some_room, .call = send_stream, .result = -EAGAIN },
};

static void test_send_killed_at_every_instruction(void **state)
{
	explore_these(sends);
}

static void test_reserve_killed_at_every_instruction(void **state)
{
	explore_these(others);
}

static void test_stream_killed_at_every_instruction(void **state)
{
	explore_these(streams);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_send_killed_at_every_instruction),
		sentence(test_reserve_killed_at_every_instruction),
		sentence(test_stream_killed_at_every_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
