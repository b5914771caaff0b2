/* SPDX-License-Identifier: MIT */
/* Through a named pipe of weir: by copy, and in place. */
#include "carriers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <weir/pipe.h>

static struct weir_pipe *receiving;
static char name[64];
static unsigned char buffer[MESSAGE_LONGEST];

static void make_pipe(size_t ring)
{
	struct weir_pipe_options options = { .size = ring, .simplex = true };

	snprintf(name, sizeof(name), "file_race.%d", (int)getpid());
	weir_checked("create", weir_pipe_create(&receiving, name, &options));
}

static void weir_make(void)
{
	make_pipe(0);
}

/* A message in place is at most half of the ring. */
static void weir_make_large(void)
{
	make_pipe(4 << 20);
}

static struct weir_pipe *open_sending(void)
{
	struct weir_pipe *end;

	weir_checked("open", weir_pipe_open(&end, name));
	return end;
}

static void copy_send(int fd, size_t size)
{
	struct weir_pipe *end = open_sending();
	uint32_t state = 1;

	while (size > 0) {
		size_t now = next_size(&state, size);

		system_checked("read", read(fd, buffer, now));
		weir_checked("send",
		             weir_pipe_send(end, buffer, now, WEIR_FOREVER));
		size -= now;
	}
	weir_pipe_close(end);
}

static void copy_receive(unsigned char *to, size_t size)
{
	while (size > 0) {
		ssize_t got =
			weir_checked("recv", weir_pipe_recv(receiving, to, size,
		                                            WEIR_FOREVER));

		to += got;
		size -= (size_t)got;
	}
}

static void zero_copy_send(int fd, size_t size)
{
	struct weir_pipe *end = open_sending();
	uint32_t state = 1;

	while (size > 0) {
		size_t now = next_size(&state, size);
		void *space;

		weir_checked("reserve",
		             weir_pipe_reserve(end, now, WEIR_FOREVER, &space));
		system_checked("read", read(fd, space, now));
		weir_checked("commit", weir_pipe_commit(end, now));
		size -= now;
	}
	weir_pipe_close(end);
}

static void zero_copy_receive(unsigned char *to, size_t size)
{
	while (size > 0) {
		const void *message;
		ssize_t got = weir_checked(
			"peek",
			weir_pipe_peek(receiving, WEIR_FOREVER, &message));

		memcpy(to, message, (size_t)got);
		weir_checked("release", weir_pipe_release(receiving));
		to += got;
		size -= (size_t)got;
	}
}

static void weir_end(void)
{
	weir_pipe_close(receiving);
	weir_checked("unlink", weir_unlink(name));
}

const struct carrier weir_copy = { "weir, copy", weir_make, copy_send,
	                           copy_receive, weir_end };
const struct carrier weir_zero_copy = { "weir, zero copy", weir_make_large,
	                                zero_copy_send, zero_copy_receive,
	                                weir_end };
