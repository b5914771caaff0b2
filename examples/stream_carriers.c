/* SPDX-License-Identifier: MIT */
/* Through the kernel: pipe(2) and a socketpair, each message after its size. */
#include "carriers.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int channel[2];
static unsigned char buffer[MESSAGE_LONGEST];

static void pipe_make(void)
{
	system_checked("pipe", pipe(channel));
}

static void socket_make(void)
{
	system_checked("socketpair",
	               socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
}

static void write_all(struct iovec *parts, int count)
{
	while (count > 0) {
		ssize_t done = system_checked("write",
		                              writev(channel[1], parts, count));

		while (count > 0 && (size_t)done >= parts->iov_len) {
			done -= (ssize_t)parts->iov_len;
			parts++;
			count--;
		}
		if (count > 0) {
			parts->iov_base = (char *)parts->iov_base + done;
			parts->iov_len -= (size_t)done;
		}
	}
}

static void stream_send(int fd, size_t size)
{
	uint32_t state = 1;

	while (size > 0) {
		size_t now = next_size(&state, size);
		struct iovec parts[] = { { &now, sizeof(now) },
			                 { buffer, now } };

		system_checked("read", read(fd, buffer, now));
		write_all(parts, 2);
		size -= now;
	}
}

static void read_all(void *to, size_t size)
{
	while (size > 0) {
		ssize_t got =
			system_checked("read", read(channel[0], to, size));

		to = (char *)to + got;
		size -= (size_t)got;
	}
}

static void stream_receive(unsigned char *to, size_t size)
{
	while (size > 0) {
		size_t now;

		read_all(&now, sizeof(now));
		read_all(to, now);
		to += now;
		size -= now;
	}
}

static void stream_end(void)
{
	close(channel[0]);
	close(channel[1]);
}

const struct carrier kernel_pipe = { "pipe(2)", pipe_make, stream_send,
	                             stream_receive, stream_end };
const struct carrier kernel_socket = { "socketpair", socket_make, stream_send,
	                               stream_receive, stream_end };
