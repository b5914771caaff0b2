/* SPDX-License-Identifier: MIT */
/* P14: an end goes to an unrelated process by its descriptor. */
#include "child.h"
#include "pipes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING = 4096, RIGHTS = CMSG_SPACE(sizeof(int)) };

/* A process that was there before the pipe was, and a socket to it. */
struct stranger {
	int socket[2];
	int go;
	int did;
	pid_t child;
};

static void stranger_new(struct stranger *stranger,
                         void (*body)(void *argument))
{
	must_be(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	                   stranger->socket),
	        0);
	stranger->go = step_new();
	stranger->did = step_new();
	stranger->child = child_start(body, stranger);
}

static void stranger_end(struct stranger *stranger)
{
	close(stranger->socket[0]);
	close(stranger->socket[1]);
	step_free(stranger->go);
	step_free(stranger->did);
}

static void give(int socket, int fd)
{
	_Alignas(struct cmsghdr) char rights[RIGHTS] = "";
	struct iovec part = { .iov_base = rights, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = rights,
		                  .msg_controllen = sizeof(rights) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must_be(sendmsg(socket, &message, 0), 1);
}

static int take(int socket)
{
	_Alignas(struct cmsghdr) char rights[RIGHTS] = "";
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = rights,
		                  .msg_controllen = sizeof(rights) };
	const struct cmsghdr *header;
	int fd;

	must_be(recvmsg(socket, &message, MSG_CMSG_CLOEXEC), 1);
	header = CMSG_FIRSTHDR(&message);
	must(header && header->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/* Opens the end that comes through the socket, and lets the rest go. */
static struct weir_pipe *take_end(struct stranger *stranger)
{
	int fd = take(stranger->socket[1]);
	struct weir_pipe *end;

	must_be(weir_pipe_open_fd(&end, fd), 0);
	close(fd);
	return end;
}

static void send_from_afar(void *argument)
{
	struct stranger *stranger = argument;
	struct weir_pipe *end;
	char byte;

	step_await(stranger->go);
	end = take_end(stranger);
	must_be(weir_pipe_recv(end, &byte, 1, WEIR_NOWAIT), -EPERM);
	say(end, "from afar");
	step_post(stranger->did);
	step_await(stranger->go);
	weir_pipe_close(end);
	step_post(stranger->did);
	step_await(stranger->go);
}

static void test_p14_the_giver_may_close_its_end_at_once(void **state)
{
	struct stranger stranger;
	struct weir_pipe *ends[2];

	for (int i = 0; i < 50; i++) {
		stranger_new(&stranger, send_from_afar);
		pair(ends, RING, true);
		say(ends[1], "from here");
		give(stranger.socket[0], weir_pipe_fd(ends[1]));
		weir_pipe_close(ends[1]);
		/* Nobody holds it now but the descriptor under way. */
		hear(ends[0], "from here");
		hear_nothing(ends[0]);
		must_be(weir_pipe_poll(ends[0], WEIR_MS(1)), 0);
		step_post(stranger.go);
		hear(ends[0], "from afar");
		step_await(stranger.did);
		hear_nothing(ends[0]);
		step_post(stranger.go);
		/* Now it is gone, though its process lives. */
		hear_the_end(ends[0]);
		step_await(stranger.did);
		step_post(stranger.go);
		child_join(stranger.child);
		weir_pipe_close(ends[0]);
		stranger_end(&stranger);
	}
}

static void recv_from_afar(void *argument)
{
	struct stranger *stranger = argument;
	struct weir_pipe *end = take_end(stranger);

	must_be(weir_pipe_send(end, "x", 1, WEIR_NOWAIT), -EPERM);
	hear(end, "three");
	hear(end, "four");
	step_post(stranger->did);
	hear(end, "five");
	hear_the_end(end);
}

static void test_p14_a_receiving_end_goes_on_where_it_was(void **state)
{
	struct stranger stranger;
	struct weir_pipe *ends[2];

	stranger_new(&stranger, recv_from_afar);
	pair(ends, RING, true);
	say(ends[1], "one");
	say(ends[1], "two");
	say(ends[1], "three");
	hear(ends[0], "one");
	hear(ends[0], "two");
	give(stranger.socket[0], weir_pipe_fd(ends[0]));
	weir_pipe_close(ends[0]);
	say(ends[1], "four");
	step_await(stranger.did);
	say(ends[1], "five");
	weir_pipe_close(ends[1]);
	child_join(stranger.child);
	stranger_end(&stranger);
}

static void stay(void *argument)
{
	struct stranger *stranger = argument;

	step_await(stranger->go);
}

static void test_p14_an_end_lost_on_its_way_is_gone(void **state)
{
	struct stranger stranger;
	struct weir_pipe *ends[2];

	stranger_new(&stranger, stay);
	pair(ends, RING, true);
	say(ends[1], "before");
	give(stranger.socket[0], weir_pipe_fd(ends[1]));
	weir_pipe_close(ends[1]);
	hear(ends[0], "before");
	hear_nothing(ends[0]);
	/* Who should have taken it dies, and with it both of the sockets. */
	close(stranger.socket[0]);
	close(stranger.socket[1]);
	child_kill(stranger.child);
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
	step_free(stranger.go);
	step_free(stranger.did);
}

struct giver {
	struct stranger *stranger;
	struct weir_pipe **ends;
	int did;
};

static void give_and_stay(void *argument)
{
	struct giver *giver = argument;

	weir_pipe_close(giver->ends[0]);
	say(giver->ends[1], "last words");
	give(giver->stranger->socket[0], weir_pipe_fd(giver->ends[1]));
	step_post(giver->did);
	step_await(giver->stranger->did);
}

static void test_p14_the_giver_may_die_at_once(void **state)
{
	struct stranger stranger;
	struct weir_pipe *ends[2];
	struct giver giver = { &stranger, ends, step_new() };
	pid_t child;

	stranger_new(&stranger, send_from_afar);
	pair(ends, RING, true);
	child = child_start(give_and_stay, &giver);
	weir_pipe_close(ends[1]);
	step_await(giver.did);
	child_kill(child);
	hear(ends[0], "last words");
	hear_nothing(ends[0]);
	step_post(stranger.go);
	hear(ends[0], "from afar");
	child_kill(stranger.child);
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
	step_free(giver.did);
	stranger_end(&stranger);
}

/* Both directions of one end, in parts and whole. */
static void echo_from_afar(void *argument)
{
	struct stranger *stranger = argument;
	struct weir_pipe *end = take_end(stranger);
	size_t size = 50000;
	unsigned char *buffer = malloc(size);
	ssize_t length;

	must(buffer);
	while ((length = weir_pipe_recv(end, buffer, size, WEIR_FOREVER)) >= 0)
		must_be(weir_pipe_send(end, buffer, (size_t)length,
		                       WEIR_FOREVER),
		        0);
	must_be(length, -EPIPE);
	free(buffer);
}

static void test_p14_a_duplex_end_works_both_ways_from_afar(void **state)
{
	static unsigned char buffer[50000];
	struct stranger stranger;
	struct weir_pipe *ends[2];

	stranger_new(&stranger, echo_from_afar);
	pair(ends, RING, false);
	give(stranger.socket[0], weir_pipe_fd(ends[1]));
	weir_pipe_close(ends[1]);
	for (uint64_t i = 0; i < 300; i++) {
		size_t size = (size_t)(i * 12345 % sizeof(buffer));

		send_pattern(ends[0], buffer, size, i);
		memset(buffer, 0, size);
		recv_pattern(ends[0], buffer, size, i);
	}
	weir_pipe_close(ends[0]);
	child_join(stranger.child);
	stranger_end(&stranger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p14_the_giver_may_close_its_end_at_once),
		sentence(test_p14_a_receiving_end_goes_on_where_it_was),
		sentence(test_p14_an_end_lost_on_its_way_is_gone),
		sentence(test_p14_the_giver_may_die_at_once),
		sentence(test_p14_a_duplex_end_works_both_ways_from_afar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
