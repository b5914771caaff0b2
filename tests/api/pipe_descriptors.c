/* SPDX-License-Identifier: MIT */
/* Ends by descriptor: what open_fd takes, and what it does not. */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING = 4096 };

/* Takes the descriptor. */
static void refuse(int fd, int code)
{
	struct weir_pipe *end = NULL;

	must_be(weir_pipe_open_fd(&end, fd), code);
	must(end == NULL);
	if (code != -EBADF) {
		/* It is still the caller's. */
		must(fcntl(fd, F_GETFD) >= 0);
		close(fd);
	}
}

static void test_p15_what_is_no_descriptor_is_refused(void **state)
{
	int closed = dup(STDOUT_FILENO);

	close(closed);
	refuse(closed, -EBADF);
	refuse(-1, -EBADF);
	refuse(INT32_MIN, -EBADF);
	refuse(INT32_MAX, -EBADF);
}

static int memfd_with(const void *bytes, size_t size, off_t length)
{
	int fd = memfd_create("other", MFD_CLOEXEC);

	must(fd >= 0);
	must_be(write(fd, bytes, size), (ssize_t)size);
	if (length >= 0)
		must_be(ftruncate(fd, length), 0);
	return fd;
}

static void test_p15_descriptors_of_other_things_are_refused(void **state)
{
	static unsigned char bytes[65536];
	int two[2];

	pattern_fill(bytes, sizeof(bytes), 1);
	must_be(pipe(two), 0);
	refuse(two[0], -EPROTO);
	refuse(two[1], -EPROTO);
	must_be(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
	refuse(two[0], -EPROTO);
	refuse(two[1], -EPROTO);
	refuse(step_new(), -EPROTO);
	refuse(open("/dev/null", O_RDWR | O_CLOEXEC), -EPROTO);
	refuse(open("/dev/zero", O_RDWR | O_CLOEXEC), -EPROTO);
	refuse(open("/dev/shm", O_RDONLY | O_CLOEXEC), -EPROTO);
	refuse(open("/proc/self/stat", O_RDONLY | O_CLOEXEC), -EPROTO);
	refuse(memfd_with(bytes, 0, -1), -EPROTO);
	refuse(memfd_with(bytes, 1, -1), -EPROTO);
	refuse(memfd_with(bytes, sizeof(bytes), -1), -EPROTO);
	refuse(memfd_with(bytes, 1, 1 << 20), -EPROTO);
}

/* One that allows less than the end needs is refused, whatever the code. */
static void test_p15_a_descriptor_that_cannot_write_is_refused(void **state)
{
	const char *name = name_new("readonly");
	struct weir_pipe *end, *none = NULL;
	char path[NAME_PATH];
	int fd;

	must_be(weir_pipe_create(&end, name, NULL), 0);
	name_path(path, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(weir_pipe_open_fd(&none, fd) < 0);
	close(fd);
	fd = open(path, O_PATH | O_CLOEXEC);
	must(weir_pipe_open_fd(&none, fd) < 0);
	close(fd);
	must(none == NULL);
	weir_pipe_close(end);
}

static void test_the_descriptor_is_the_handles_and_stays(void **state)
{
	struct weir_pipe *ends[2];
	int fd;

	pair(ends, RING, true);
	fd = weir_pipe_fd(ends[0]);
	must(fd >= 0);
	must(weir_pipe_fd(ends[1]) >= 0 && weir_pipe_fd(ends[1]) != fd);
	must_be(weir_pipe_fd(ends[0]), fd);
	must(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	unpair(ends);
	must_be(fcntl(fd, F_GETFD), -1);
}

static void test_p14_open_fd_opens_the_same_end(void **state)
{
	struct weir_pipe *ends[2], *in, *out;
	char byte;

	pair(ends, RING, true);
	must_be(weir_pipe_open_fd(&in, weir_pipe_fd(ends[0])), 0);
	must_be(weir_pipe_open_fd(&out, weir_pipe_fd(ends[1])), 0);
	must_be(weir_pipe_send(in, "x", 1, WEIR_NOWAIT), -EPERM);
	must_be(weir_pipe_recv(out, &byte, 1, WEIR_NOWAIT), -EPERM);
	unpair(ends);
	/* The ends live on in their other handles. */
	hear_nothing(in);
	say(out, "same");
	hear(in, "same");
	weir_pipe_close(out);
	hear_the_end(in);
	weir_pipe_close(in);
}

static void test_p14_a_descriptor_alone_holds_its_end(void **state)
{
	struct weir_pipe *ends[2], *again;
	int fd;

	pair(ends, RING, true);
	fd = dup(weir_pipe_fd(ends[1]));
	must(fd >= 0);
	weir_pipe_close(ends[1]);
	hear_nothing(ends[0]);
	must_be(weir_pipe_open_fd(&again, fd), 0);
	say(again, "again");
	weir_pipe_close(again);
	hear(ends[0], "again");
	hear_nothing(ends[0]);
	close(fd);
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
}

static void test_p14_named_ends_have_descriptors_too(void **state)
{
	const char *name = name_new("described");
	struct weir_pipe *creator, *opener, *same[2];

	must_be(weir_pipe_create(&creator, name, NULL), 0);
	must_be(weir_pipe_open(&opener, name), 0);
	must_be(weir_pipe_open_fd(&same[0], weir_pipe_fd(creator)), 0);
	must_be(weir_pipe_open_fd(&same[1], weir_pipe_fd(opener)), 0);
	say(same[0], "creator");
	hear(opener, "creator");
	say(same[1], "opener");
	hear(creator, "opener");
	unpair(same);
	weir_pipe_close(creator);
	weir_pipe_close(opener);
}

static void take_the_other_end(void *argument)
{
	struct weir_pipe *creator = argument, *other;

	must_be(weir_pipe_open_fd(&other, weir_pipe_fd(creator)), 0);
	weir_pipe_close(creator);
	hear(other, "to the other end");
	say(other, "and back");
	hear(other, "leave");
}

static void test_the_other_end_of_a_nameless_pipe_is_opened_by_fd(void **state)
{
	struct weir_pipe *creator, *same;
	pid_t child;

	must_be(weir_pipe_create(&creator, NULL, NULL), 0);
	hear_nothing(creator);
	say(creator, "to the other end");
	child = child_start(take_the_other_end, creator);
	hear(creator, "and back");
	/* It is taken, so this is the creator's end once more. */
	must_be(weir_pipe_open_fd(&same, weir_pipe_fd(creator)), 0);
	weir_pipe_close(creator);
	say(same, "leave");
	hear_the_end(same);
	child_join(child);
	weir_pipe_close(same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p15_what_is_no_descriptor_is_refused),
		sentence(test_p15_descriptors_of_other_things_are_refused),
		sentence(test_p15_a_descriptor_that_cannot_write_is_refused),
		sentence(test_the_descriptor_is_the_handles_and_stays),
		sentence(test_p14_open_fd_opens_the_same_end),
		sentence(test_p14_a_descriptor_alone_holds_its_end),
		sentence(test_p14_named_ends_have_descriptors_too),
		sentence(test_the_other_end_of_a_nameless_pipe_is_opened_by_fd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
