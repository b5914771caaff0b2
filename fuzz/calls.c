/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include "segment/layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

uint64_t input_take(struct input *input, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes && input->left > 0; i++) {
		value |= (uint64_t)*input->data++ << (8 * i);
		input->left--;
	}
	return value;
}

const uint8_t *input_bytes(struct input *input, size_t wanted, size_t *bytes)
{
	const uint8_t *data = input->data;

	*bytes = wanted < input->left ? wanted : input->left;
	input->data += *bytes;
	input->left -= *bytes;
	return data;
}

#define RING(member)                                                           \
	offsetof(struct ring_layout, member),                                  \
		offsetof(struct ring_layout, member) +                         \
			sizeof(struct ring_layout)

static const uint16_t ring_places[] = {
	RING(tail),      RING(limit), RING(head),   RING(begun),
	RING(published), RING(data),  RING(stream), RING(room),
};

static const uint16_t pipe_places[] = {
	offsetof(struct pipe_layout, ring_size),
	offsetof(struct pipe_layout, rings),
	offsetof(struct pipe_layout, unpaired),
	offsetof(struct pipe_layout, end[0]),
	offsetof(struct pipe_layout, end[1]),
	offsetof(struct pipe_layout, only_cpu[0]),
};

static const uint16_t identity_places[] = {
	offsetof(struct segment_identity, magic),
	offsetof(struct segment_identity, version),
	offsetof(struct segment_identity, size),
	offsetof(struct segment_identity, type),
	offsetof(struct segment_identity, mode),
};

/* The word at a position of a ring, or the payload's first words. */
static size_t header_place(const unsigned char *segment, size_t size,
                           uint8_t which)
{
	size_t ring = PIPE_OFFSET + offsetof(struct pipe_layout, ring) +
	              (which & 1) * sizeof(struct ring_layout);
	size_t at = which & 2 ? offsetof(struct ring_layout, tail)
	                      : offsetof(struct ring_layout, head);
	uint64_t position = 0;

	if (size >= ring + at + sizeof(position))
		memcpy(&position, segment + ring + at, sizeof(position));
	position += (uint64_t)(which >> 2 & 3) * 8;
	return PIPE_OFFSET + sizeof(struct pipe_layout) +
	       (which & 1) * (size_t)FUZZ_RING +
	       (size_t)(position & (FUZZ_RING - 8));
}

size_t hostile_place(const unsigned char *segment, size_t size, uint8_t which)
{
	size_t i = which;

	if (i < COUNT(ring_places))
		return PIPE_OFFSET + offsetof(struct pipe_layout, ring) +
		       ring_places[i];
	i -= COUNT(ring_places);
	if (i < COUNT(pipe_places))
		return PIPE_OFFSET + pipe_places[i];
	i -= COUNT(pipe_places);
	if (i < COUNT(identity_places))
		return identity_places[i];
	i -= COUNT(identity_places);
	return header_place(segment, size, (uint8_t)i);
}

uint64_t hostile_word(uint64_t now, uint8_t which)
{
	static const uint64_t words[] = {
		0,
		1,
		2,
		3,
		UINT64_MAX,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_C(1) << 32,
		UINT32_MAX,
		LAYOUT_MAGIC,
		/* Headers: each kind, of 0 bytes, of 8, too long, longest. */
		8 << 3 | 1,
		8 << 3 | 2,
		24 << 3 | 3,
		8 << 3 | 4,
		16 << 3 | 3,
		0 << 3 | 4,
		UINT64_C(2032) << 3 | 1,
		UINT64_C(4088) << 3 | 1,
		UINT64_C(4088) << 3 | 2,
		UINT64_C(4096) << 3 | 1,
		UINT64_C(4097) << 3 | 1,
		UINT64_MAX << 3 | 1,
		UINT64_MAX << 3 | 3,
		UINT64_MAX << 3 | 4,
		8 << 3 | 5,
		8 << 3 | 0,
		/* Streams: attempt 1 and 2 in each phase. */
		1 << 2 | 0,
		1 << 2 | 1,
		1 << 2 | 2,
		1 << 2 | 3,
		2 << 2 | 1,
		2 << 2 | 2,
	};
	static const uint64_t steps[] = {
		1,
		7,
		8,
		16,
		4,
		2,
		FUZZ_RING,
		FUZZ_RING - 8,
		FUZZ_RING / 8,
		UINT64_C(1) << 31,
		UINT64_C(1) << 32,
		UINT64_C(1) << 63,
	};
	size_t i = which;

	if (i < COUNT(words))
		return words[i];
	i -= COUNT(words);
	return i & 1 ? now - steps[i / 2 % COUNT(steps)]
	             : now + steps[i / 2 % COUNT(steps)];
}

void need(bool met)
{
	if (!met)
		abort();
}

int lowest_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

void must_promise(const char *call, ssize_t result, const int *codes)
{
	for (int i = 0; codes[i] && result < 0; i++) {
		if (codes[i] == -result)
			return;
	}
	if (result >= 0)
		return;
	fprintf(stderr, "%s returned %s\n", call, strerror((int)-result));
	abort();
}

void must_keep_time(const char *call, ssize_t result, int64_t timeout)
{
	if (result != (timeout > 0 ? -EAGAIN : -ETIMEDOUT))
		return;
	fprintf(stderr, "%s returned the code of another timeout\n", call);
	abort();
}

void must_fit(const char *call, ssize_t result, size_t most)
{
	if (result <= 0 || (size_t)result <= most)
		return;
	fprintf(stderr, "%s returned %zd, above %zu\n", call, result, most);
	abort();
}

static const int send_codes[] = { EAGAIN, ETIMEDOUT, EPIPE, EPERM,
	                          EBUSY,  EUCLEAN,   0 };
static const int reserve_codes[] = { EAGAIN, ETIMEDOUT, EPIPE,    EPERM,
	                             EBUSY,  EUCLEAN,   EMSGSIZE, 0 };
static const int commit[] = { EINVAL, EPERM, EPIPE, EUCLEAN, 0 };
static const int poll_codes[] = { EPERM, EUCLEAN, 0 };
static const int release[] = { EPERM, EUCLEAN, 0 };
static const int fd[] = { ENOTSUP, 0 };
static const int none[] = { 0 };

void *buffer_new(size_t size)
{
	size_t least = size ? size : 1;
	void *buffer = malloc(least);

	if (!buffer)
		abort();
	memset(buffer, 0x5a, least);
	return buffer;
}

static void call_send(struct weir_pipe *end, size_t size, int64_t timeout)
{
	void *message = buffer_new(size);
	ssize_t result = weir_pipe_send(end, message, size, timeout);

	must_promise("send", result, send_codes);
	must_keep_time("send", result, timeout);
	free(message);
}

static void call_sendv(struct weir_pipe *end, size_t size, int64_t timeout)
{
	char *message = buffer_new(size);
	struct iovec parts[] = {
		{ message, size / 3 },
		{ NULL, 0 },
		{ message + size / 3, size - size / 3 },
	};
	ssize_t result = weir_pipe_sendv(end, parts, 3, timeout);

	must_promise("sendv", result, send_codes);
	must_keep_time("sendv", result, timeout);
	free(message);
}

static void call_recv(struct weir_pipe *end, size_t size, int64_t timeout)
{
	void *buffer = size ? buffer_new(size) : NULL;
	ssize_t result = weir_pipe_recv(end, buffer, size, timeout);

	must_promise("recv", result, reserve_codes);
	must_keep_time("recv", result, timeout);
	must_fit("recv", result, size);
	free(buffer);
}

static void call_next_size(struct weir_pipe *end, int64_t timeout)
{
	ssize_t result = weir_pipe_next_size(end, timeout);

	must_promise("next_size", result, reserve_codes);
	must_keep_time("next_size", result, timeout);
}

static void call_poll(struct weir_pipe *end, int64_t timeout)
{
	ssize_t result = weir_pipe_poll(end, timeout);

	must_promise("poll", result, poll_codes);
	must_fit("poll", result, 1);
}

static void call_reserve(struct weir_pipe *end, size_t size, int64_t timeout)
{
	void *space;
	ssize_t result = weir_pipe_reserve(end, size, timeout, &space);

	must_promise("reserve", result, reserve_codes);
	must_keep_time("reserve", result, timeout);
	if (result == 0)
		memset(space, 0xa5, size);
}

static void call_peek(struct weir_pipe *end, int64_t timeout)
{
	const void *message;
	ssize_t result = weir_pipe_peek(end, timeout, &message);
	void *copy;

	must_promise("peek", result, reserve_codes);
	must_keep_time("peek", result, timeout);
	must_fit("peek", result, FUZZ_RING);
	if (result < 0)
		return;
	copy = buffer_new((size_t)result);
	memcpy(copy, message, (size_t)result);
	free(copy);
}

void call_something(struct weir_pipe *end, struct input *input)
{
	static const size_t sizes[] = { 0,    1,    7,    8,    9,    64,
		                        1000, 1016, 2032, 2033, 4096, 9000,
		                        128,  16,   24,   20000 };
	static const int64_t timeouts[] = { 0, -1, 1000, 30000 };
	uint8_t which = (uint8_t)input_take(input, 1);
	uint8_t how = (uint8_t)input_take(input, 1);
	size_t size = sizes[how % COUNT(sizes)];
	int64_t timeout = timeouts[how >> 4 & 3];

	switch (which % 12) {
	case 0:
		call_send(end, size, timeout);
		break;
	case 1:
		call_sendv(end, size, timeout);
		break;
	case 2:
	case 3:
		call_recv(end, size, timeout);
		break;
	case 4:
		call_next_size(end, timeout);
		break;
	case 5:
		call_poll(end, timeout);
		break;
	case 6:
		call_reserve(end, size, timeout);
		break;
	case 7:
		must_promise("commit", weir_pipe_commit(end, size), commit);
		break;
	case 8:
		weir_pipe_abandon(end);
		break;
	case 9:
		call_peek(end, timeout);
		break;
	case 10:
		must_promise("release", weir_pipe_release(end), release);
		break;
	default:
		must_promise("fd", weir_pipe_fd(end), fd);
		must_promise("backing", weir_pipe_backing(end), none);
	}
}
