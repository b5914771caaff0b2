/* SPDX-License-Identifier: MIT */
#include "crash/recoveries.h"

#include "pipes.h"

static unsigned char buffer[WORLD_BROKEN];

static int next_send(struct world *world)
{
	pattern_fill(buffer, NEXT_SIZE, NEXT);
	return weir_pipe_send(world->ends[SENDER], buffer, NEXT_SIZE,
	                      WEIR_NOWAIT);
}

static int next_reserve(struct world *world)
{
	struct weir_pipe *end = world->ends[SENDER];
	void *space;
	int code = weir_pipe_reserve(end, 2 * NEXT_SIZE, WEIR_NOWAIT, &space);

	if (code < 0)
		return code;
	pattern_fill(space, NEXT_SIZE, NEXT);
	return weir_pipe_commit(end, NEXT_SIZE);
}

static int receive_from(struct weir_pipe *end)
{
	return (int)weir_pipe_recv(end, buffer, sizeof(buffer), WEIR_NOWAIT);
}

static int next_receive(struct world *world)
{
	return receive_from(world->ends[RECEIVER]);
}

static int next_peek(struct world *world)
{
	struct weir_pipe *end = world->ends[RECEIVER];
	const void *message;
	ssize_t length = weir_pipe_peek(end, WEIR_NOWAIT, &message);

	return length < 0 ? (int)length : weir_pipe_release(end);
}

static int next_look(struct world *world)
{
	struct weir_pipe *end = world->ends[RECEIVER];
	int found = weir_pipe_poll(end, WEIR_NOWAIT);

	return found < 1 ? found : (int)weir_pipe_next_size(end, WEIR_NOWAIT);
}

static int next_open(struct world *world)
{
	struct weir_pipe *heir;
	int code = weir_pipe_open(&heir, world->name);

	return code < 0 ? code : receive_from(heir);
}

const struct recovery recoveries[] = {
	{ next_send, FATE_SHARED, SENDER, .sends = true },
	{ next_reserve, FATE_SHARED, SENDER, .sends = true },
	{ next_receive, FATE_SHARED, SENDER, .takes = true },
	{ next_receive, FATE_SHARED, RECEIVER, .takes = true },
	{ next_peek, FATE_SHARED, RECEIVER, .takes = true },
	{ next_look, FATE_SHARED, RECEIVER, .takes = false },
	{ next_send, FATE_SHARED, RECEIVER, .sends = true },
	{ next_receive, FATE_ALONE, SENDER, .takes = true },
	{ next_peek, FATE_ALONE, SENDER, .takes = true },
	{ next_send, FATE_ALONE, RECEIVER, .sends = true },
	{ next_open, FATE_ALONE, RECEIVER, .takes = true, .tries = true },
	{ next_open, FATE_NONE, -1, .takes = true },
};

const int recovery_count = sizeof(recoveries) / sizeof(recoveries[0]);

void recovery_owe(const struct recovery *recovery, struct world *world)
{
	if (recovery->sends)
		world_owe(world, NEXT, NEXT_SIZE)->maybe = true;
	if (!recovery->takes)
		return;
	for (int i = world->front; i < world->count; i++) {
		bool last = !world->owed[i].maybe;

		world->owed[i].maybe = true;
		if (last)
			return;
	}
}
