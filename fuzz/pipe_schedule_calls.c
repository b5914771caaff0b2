/* SPDX-License-Identifier: MIT */
#include "pipe_schedule_calls.h"

#include "sim/heap.h"

#include <errno.h>

/* Small ones, ones that wrap, that fill the ring, and that stream. */
static const size_t sizes[8][4] = {
	{ 8, 8, 8, 8 },          { 0, 24, 1, 100 },    { 1000, 1000, 8, 2000 },
	{ 2032, 2032, 2032, 0 }, { 2033, 8, 2033, 8 }, { 5000, 8, 5000, 8 },
	{ 700, 2100, 700, 24 },  { 8, 40, 8, 3000 },
};

size_t size_of(int number)
{
	return sizes[scene.shape->sizes][number % 4];
}

unsigned char byte_of(int number, size_t offset)
{
	return (unsigned char)(number * 37 + 1 + offset * 3 + offset / 256);
}

static int64_t timeout(void)
{
	static const int64_t timeouts[] = { WEIR_SECONDS(2), WEIR_US(300),
		                            WEIR_NOWAIT, WEIR_FOREVER };

	return timeouts[scene.shape->patience];
}

void sim_rest(void)
{
	sim_nap(WEIR_MS(1));
}

static int send_in_place(struct weir_pipe *end, const unsigned char *bytes,
                         size_t size)
{
	void *space;
	int code = weir_pipe_reserve(end, size, timeout(), &space);

	if (code < 0)
		return code;
	copy_in(space, bytes, size);
	return weir_pipe_commit(end, size);
}

int send_one(struct weir_pipe *end, int number)
{
	/* One for each: another actor may run before it is copied. */
	static unsigned char buffers[SIM_ACTORS][LONGEST];
	unsigned char *bytes = buffers[sim_self()];
	size_t size = size_of(number);
	struct iovec parts[2];
	uint32_t how = (scene.shape->sends + (uint32_t)number) % 4;

	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_of(number, i);
	if (how == 1) {
		parts[0] = (struct iovec){ bytes, size / 3 };
		parts[1] = (struct iovec){ bytes + size / 3, size - size / 3 };
		return weir_pipe_sendv(end, parts, 2, timeout());
	}
	if (how == 2 && size <= ring_longest(&end->out))
		return send_in_place(end, bytes, size);
	return weir_pipe_send(end, bytes, size, timeout());
}

static ssize_t receive_in_place(struct weir_pipe *end)
{
	const void *message;
	ssize_t size = weir_pipe_peek(end, timeout(), &message);
	int code;

	if (size < 0)
		return size;
	copy_out(scene.got, message, (size_t)size);
	code = weir_pipe_release(end);
	return code < 0 ? code : size;
}

ssize_t receive_one(struct weir_pipe *end)
{
	uint32_t how = (scene.shape->receives + (uint32_t)scene.next) % 4;
	ssize_t size;

	if (how == 1) {
		size = receive_in_place(end);
		if (size != -EMSGSIZE)
			return size;
	} else if (how == 2) {
		size = weir_pipe_next_size(end, timeout());
		if (size < 0)
			return size;
	} else if (how == 3) {
		int found = weir_pipe_poll(end, timeout());

		if (found <= 0)
			return found < 0 ? found : -ETIMEDOUT;
	}
	return weir_pipe_recv(end, scene.got, sizeof(scene.got), timeout());
}

void answer(struct weir_pipe *end, int number)
{
	uint64_t text = 1000 + (uint64_t)number;
	int code;

	sim_call("answer", UINT64_MAX);
	code = weir_pipe_send(end, &text, sizeof(text), WEIR_FOREVER);
	if (code != 0 && code != -EPIPE)
		sim_fail("the answer returned %d", code);
}

bool hear_answer(struct weir_pipe *end, int number)
{
	uint64_t text = 0;
	ssize_t size;

	sim_call("hear the answer", UINT64_MAX);
	size = weir_pipe_recv(end, &text, sizeof(text), WEIR_FOREVER);
	if (size == -EPIPE)
		return false;
	if (size != sizeof(text) || text != 1000 + (uint64_t)number)
		sim_fail("answer %d: %zd bytes, %llu", number, size,
		         (unsigned long long)text);
	return true;
}

void fork_role(const struct role *parent, struct role *child, const char *title,
               void (*body)(void *argument))
{
	child->end = sim_malloc(sizeof(*child->end));
	*child->end = *parent->end;
	if (child->end->home == &parent->end->segment)
		child->end->home = &child->end->segment;
	child->actor = sim_actor(title, body, child);
	sim_share_descriptors(child->actor);
	child->open = true;
}
