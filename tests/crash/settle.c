/* SPDX-License-Identifier: MIT */
#include "crash/settle.h"

#include "pipes.h"

#include <stdio.h>

#define PATIENCE WEIR_SECONDS(1)

enum { LEAST_OF_8_BYTES = WORLD_RING / 16 - 2, DEAF_SENDS = 100000 };

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

/* The message that came is the next one that is owed. */
static const char *expect(struct world *world, const void *bytes,
                          ssize_t length)
{
	while (world->front < world->count) {
		const struct message *message = &world->owed[world->front++];

		if (length == (ssize_t)message->size &&
		    pattern_holds(bytes, message->size, message->seed)) {
			world->arrived +=
				message->maybe && world->front <= world->asked;
			return NULL;
		}
		if (!message->maybe)
			return complain("message %d of %u bytes is owed, "
			                "%zd other bytes came",
			                world->front - 1, message->size,
			                length);
	}
	return complain("%zd bytes came that are not owed", length);
}

/* Each way to receive has its turn. */
static ssize_t receive(struct world *world, struct weir_pipe *end,
                       unsigned char *buffer, size_t capacity, int64_t timeout)
{
	const void *message;
	ssize_t length;

	if (world->front % 3 == 1) {
		length = weir_pipe_next_size(end, timeout);
		if (length < 0)
			return length;
	}
	if (world->front % 3 == 2) {
		length = weir_pipe_peek(end, timeout, &message);
		if (length >= 0) {
			memcpy(buffer, message, (size_t)length);
			must_be(weir_pipe_release(end), 0);
		}
		if (length != -EMSGSIZE)
			return length;
	}
	return weir_pipe_recv(end, buffer, capacity, timeout);
}

/* Receives everything; then the answer must be `last`. */
static const char *drain_to(struct world *world, struct weir_pipe *end,
                            int last)
{
	int64_t timeout = last == -EAGAIN ? WEIR_NOWAIT : PATIENCE;
	unsigned char buffer[WORLD_BROKEN];
	const char *wrong = NULL;
	ssize_t length;

	for (;;) {
		length = receive(world, end, buffer, sizeof(buffer), timeout);
		if (length < 0)
			break;
		wrong = expect(world, buffer, length);
		if (wrong)
			return wrong;
	}
	if (length != last)
		return complain("receive: %zd, not %d", length, last);
	while (world->front < world->count) {
		if (!world->owed[world->front++].maybe)
			return complain("message %d never came",
			                world->front - 1);
	}
	return NULL;
}

static int send_next(struct world *world, uint32_t size)
{
	unsigned char buffer[WORLD_BROKEN];
	int code;

	pattern_fill(buffer, size, world->seed + 1);
	code = weir_pipe_send(world->ends[SENDER], buffer, size, WEIR_NOWAIT);
	/* It may have been under way when the receiver was found dead. */
	if (code == 0 || code == -EPIPE)
		world_owe(world, ++world->seed, size)->maybe = code != 0;
	return code;
}

/* The ring is empty, and its capacity is what it should be. */
static const char *check_room(struct world *world)
{
	int before = world->count;
	int code;

	do
		code = send_next(world, 8);
	while (code == 0);
	if (code != -EAGAIN)
		return complain("send to a ring with little room: %d", code);
	if (world->count - before < LEAST_OF_8_BYTES)
		return complain("room for %d messages only",
		                world->count - before);
	return drain_to(world, world->ends[RECEIVER], -EAGAIN);
}

/* Both ends are held: the pipe works as if nothing had happened. */
static const char *go_on(struct world *world, int side)
{
	static const uint32_t sizes[] = { 24, 0, 7, 1000, WORLD_STREAM };
	struct weir_pipe *receiver = world->ends[RECEIVER];
	const char *wrong = NULL;
	int code;

	if (side == RECEIVER)
		wrong = drain_to(world, receiver, -EAGAIN);
	for (int i = 0; i < 5 && !wrong; i++) {
		code = send_next(world, sizes[i]);
		if (code == -EAGAIN) {
			wrong = drain_to(world, receiver, -EAGAIN);
			code = wrong ? 0 : send_next(world, sizes[i]);
		}
		if (code != 0)
			return complain("send of %u: %d", sizes[i], code);
	}
	if (!wrong)
		wrong = drain_to(world, receiver, -EAGAIN);
	if (!wrong)
		wrong = check_room(world);
	if (wrong)
		return wrong;
	world_close(world, SENDER);
	return drain_to(world, receiver, -EPIPE);
}

/* The sender is gone: what it sent, then end of file, for ever. */
static const char *hear_out(struct world *world)
{
	struct weir_pipe *end = world->ends[RECEIVER];
	const char *wrong = drain_to(world, end, -EPIPE);
	struct weir_pipe *other;
	char byte;
	int code;

	if (wrong)
		return wrong;
	if (weir_pipe_recv(end, &byte, 1, WEIR_NOWAIT) != -EPIPE ||
	    weir_pipe_poll(end, WEIR_NOWAIT) != 1)
		return complain("end of file did not last");
	code = weir_pipe_open(&other, world->name);
	if (code == 0)
		weir_pipe_close(other);
	return code == -EPIPE ? NULL : complain("open: %d, not EPIPE", code);
}

/* The receiver is gone: what it left can be had by opening its end again. */
static const char *inherit(struct world *world)
{
	struct weir_pipe *heir;
	const char *wrong = NULL;
	int code = weir_pipe_open(&heir, world->name);

	if (code == -EPIPE) {
		while (world->front < world->count) {
			if (!world->owed[world->front++].maybe)
				return complain("open: EPIPE, but message %d",
				                world->front - 1);
		}
		return NULL;
	}
	if (code != 0)
		return complain("open of what is left: %d", code);
	code = weir_pipe_send(heir, "x", 1, WEIR_NOWAIT);
	if (code != -EPERM)
		wrong = complain("the heir may send: %d", code);
	if (!wrong)
		wrong = drain_to(world, heir, -EPIPE);
	weir_pipe_close(heir);
	return wrong;
}

/* The receiver is gone: the sender is told, soon. */
static const char *speak_in_vain(struct world *world)
{
	int code = 0;

	for (int i = 0; i < DEAF_SENDS && (code == 0 || code == -EAGAIN); i++)
		code = send_next(world, 24);
	if (code != -EPIPE)
		return complain("send to the dead: %d", code);
	code = weir_pipe_send(world->ends[SENDER], "x", 1, PATIENCE);
	if (code != -EPIPE)
		return complain("send to the dead, again: %d", code);
	return inherit(world);
}

/* All handles are closed; the name must serve for a new pipe. */
static const char *reuse_name(const char *name)
{
	struct weir_pipe *ends[2] = { NULL, NULL };
	const char *wrong = NULL;
	char byte = 'x';
	int code = weir_pipe_open_or_create(&ends[0], name, NULL);

	if (code == 0)
		code = weir_pipe_open(&ends[1], name);
	if (code == 0)
		code = weir_pipe_send(ends[1], &byte, 1, PATIENCE);
	if (code == 0)
		code = (int)weir_pipe_recv(ends[0], &byte, 1, PATIENCE) - 1;
	if (code != 0)
		wrong = complain("a new pipe of the old name: %d", code);
	weir_pipe_close(ends[0]);
	weir_pipe_close(ends[1]);
	code = weir_unlink(name);
	if (!wrong && code != 0)
		wrong = complain("unlink: %d", code);
	return wrong;
}

const char *settle(struct world *world, int side)
{
	const char *wrong;

	world->arrived = 0;
	world->asked = world->count;
	if (world->ends[RECEIVER] && world->ends[SENDER])
		wrong = go_on(world, side);
	else if (world->ends[RECEIVER])
		wrong = hear_out(world);
	else if (world->ends[SENDER])
		wrong = speak_in_vain(world);
	else
		wrong = inherit(world);
	world_close(world, RECEIVER);
	world_close(world, SENDER);
	return wrong ? wrong : reuse_name(world->name);
}
