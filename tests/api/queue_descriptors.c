/* SPDX-License-Identifier: MIT */
/* Queues by descriptor, and in regions. */
#include "child.h"
#include "names.h"
#include "queues.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <weir/pipe.h>
#include <weir/region.h>

/* Takes the descriptor. */
static void refuse(int fd, int code)
{
	struct weir_queue *none = NULL;

	must_be(weir_queue_open_fd(&none, fd), code);
	must(none == NULL);
	if (code != -EBADF) {
		/* It is still the caller's. */
		must(fcntl(fd, F_GETFD) >= 0);
		close(fd);
	}
}

static int memfd_with(size_t size, off_t length)
{
	static unsigned char bytes[65536];
	int fd = memfd_create("other", MFD_CLOEXEC);

	pattern_fill(bytes, sizeof(bytes), 1);
	must(fd >= 0);
	must_be(write(fd, bytes, size), (ssize_t)size);
	if (length >= 0)
		must_be(ftruncate(fd, length), 0);
	return fd;
}

static void test_descriptors_of_other_things_are_refused(void **state)
{
	int two[2], closed = dup(STDOUT_FILENO);

	close(closed);
	refuse(closed, -EBADF);
	refuse(-1, -EBADF);
	refuse(INT32_MIN, -EBADF);
	refuse(INT32_MAX, -EBADF);
	must_be(pipe(two), 0);
	refuse(two[0], -EPROTO);
	refuse(two[1], -EPROTO);
	must_be(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
	refuse(two[0], -EPROTO);
	refuse(two[1], -EPROTO);
	refuse(step_new(), -EPROTO);
	refuse(open("/dev/null", O_RDWR | O_CLOEXEC), -EPROTO);
	refuse(open("/dev/shm", O_RDONLY | O_CLOEXEC), -EPROTO);
	refuse(memfd_with(0, -1), -EPROTO);
	refuse(memfd_with(1, -1), -EPROTO);
	refuse(memfd_with(65536, -1), -EPROTO);
	refuse(memfd_with(1, 1 << 20), -EPROTO);
}

static void test_a_descriptor_that_cannot_write_is_refused(void **state)
{
	const char *name = name_new("readonly");
	struct weir_queue *queue, *none = NULL;
	char path[NAME_PATH];
	int fd;

	must_be(weir_queue_create(&queue, name, NULL), 0);
	name_path(path, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(weir_queue_open_fd(&none, fd) < 0);
	close(fd);
	fd = open(path, O_PATH | O_CLOEXEC);
	must(weir_queue_open_fd(&none, fd) < 0);
	close(fd);
	must(none == NULL);
	weir_queue_close(queue);
}

static void test_the_descriptor_is_the_handles_and_stays(void **state)
{
	struct weir_queue *queue = queue_of(3);
	int fd = weir_queue_fd(queue);

	must(fd >= 0);
	must_be(weir_queue_fd(queue), fd);
	must(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	weir_queue_close(queue);
	must_be(fcntl(fd, F_GETFD), -1);
}

static void test_open_fd_opens_the_same_queue(void **state)
{
	const char *names[2] = { NULL, name_new("named") };

	for (int i = 0; i < 2; i++) {
		struct weir_queue *queue, *again;
		int fd;

		must_be(weir_queue_create(&queue, names[i], NULL), 0);
		put_text(queue, "one");
		fd = dup(weir_queue_fd(queue));
		must(fd >= 0);
		must_be(weir_queue_open_fd(&again, fd), 0);
		close(fd);
		put_text(again, "two");
		get_text(again, "one");
		get_text(queue, "two");
		/* It lives on in each handle. */
		weir_queue_close(queue);
		put_text(again, "three");
		get_text(again, "three");
		get_nothing(again);
		weir_queue_close(again);
	}
}

static void send_descriptor(int socket, int fd)
{
	char byte = 'd';
	struct iovec part = { &byte, 1 };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
		                  .cmsg_level = SOL_SOCKET,
		                  .cmsg_type = SCM_RIGHTS } };
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	must_be(sendmsg(socket, &message, 0), 1);
}

static int receive_descriptor(int socket)
{
	char byte;
	struct iovec part = { &byte, 1 };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof(control) };
	int fd;

	must_be(recvmsg(socket, &message, MSG_CMSG_CLOEXEC), 1);
	must_be(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static void use_what_is_received(void *argument)
{
	struct weir_queue *queue;
	int fd = receive_descriptor(*(int *)argument);

	must_be(weir_queue_open_fd(&queue, fd), 0);
	close(fd);
	get_text(queue, "from the giver");
	put_text(queue, "from the taker");
}

static void test_a_queue_can_be_handed_to_another_process(void **state)
{
	struct weir_queue *queue;
	int sockets[2];
	pid_t child;

	must_be(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	child = child_start(use_what_is_received, &sockets[1]);
	queue = queue_of(3);
	send_descriptor(sockets[0], weir_queue_fd(queue));
	put_text(queue, "from the giver");
	child_join(child);
	get_text(queue, "from the taker");
	weir_queue_close(queue);
	close(sockets[0]);
	close(sockets[1]);
}

enum { MEMBERS = 1024 };

static void raise_descriptors(void)
{
	struct rlimit limit;

	must_be(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	must_be(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 4 * MEMBERS)
		case_skip("may not have 4096 descriptors");
}

static void test_1024_have_it_open_and_not_one_more(void **state)
{
	static struct weir_queue *queues[MEMBERS];
	struct weir_queue *none = NULL;
	int fd;

	raise_descriptors();
	queues[0] = queue_of(3);
	fd = weir_queue_fd(queues[0]);
	for (int i = 1; i < MEMBERS; i++)
		must_be(weir_queue_open_fd(&queues[i], fd), 0);
	for (int round = 0; round < 3; round++) {
		must_be(weir_queue_open_fd(&none, fd), -EAGAIN);
		must(none == NULL);
		put_text(queues[MEMBERS - 1], "from the last one");
		get_text(queues[round], "from the last one");
		weir_queue_close(queues[500]);
		must_be(weir_queue_open_fd(&queues[500], fd), 0);
	}
	for (int i = 0; i < MEMBERS; i++)
		weir_queue_close(queues[i]);
}

static int create_in(struct weir_queue **queue, struct weir_region *region,
                     const char *name)
{
	struct weir_queue_options options = { .capacity = 3,
		                              .memory = 4096,
		                              .segment.region = region };

	return weir_queue_create(queue, name, &options);
}

static void test_a_queue_in_a_region_is_a_queue(void **state)
{
	struct weir_queue *queues[2], *none = NULL;
	static unsigned char buffer[1000];
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, 256 * 1024, NULL), 0);
	must_be(create_in(&queues[0], region, "orders"), 0);
	must_be(create_in(&none, region, "orders"), -EEXIST);
	must_be(weir_queue_open_in(&none, region, "others"), -ENOENT);
	must_be(weir_queue_open_in(&none, region, "a/b"), -EINVAL);
	must_be(weir_queue_open_in(&none, region, NULL), -EINVAL);
	must(none == NULL);
	must_be(weir_queue_open_in(&queues[1], region, "orders"), 0);
	must_be(weir_queue_capacity(queues[1]), 3);
	must_be(weir_queue_fd(queues[0]), -ENOTSUP);
	for (uint64_t i = 0; i < 1000; i++) {
		put_pattern(queues[i % 2], buffer, (size_t)i, i);
		get_pattern(queues[i / 2 % 2], buffer, (size_t)i, i);
	}
	must_be(fill_up(queues[0], 8), 3);
	must_have(queues[1], 3, true);
	must_be(drain(queues[1]), 3);
	weir_queue_close(queues[0]);
	weir_queue_close(queues[1]);
	weir_region_close(region);
}

static void test_names_in_a_region_are_of_one_kind(void **state)
{
	struct weir_pipe_options options = { .size = 4096 };
	struct weir_pipe *end, *no_pipe = NULL;
	struct weir_queue *queue, *none = NULL;
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, 256 * 1024, NULL), 0);
	options.segment.region = region;
	must_be(weir_pipe_create(&end, "pipe", &options), 0);
	must_be(create_in(&queue, region, "queue"), 0);
	must_be(weir_queue_open_in(&none, region, "pipe"), -EPROTO);
	must_be(create_in(&none, region, "pipe"), -EEXIST);
	must_be(weir_pipe_open_in(&no_pipe, region, "queue"), -EPROTO);
	must_be(weir_pipe_create(&no_pipe, "queue", &options), -EEXIST);
	must(no_pipe == NULL && none == NULL);
	weir_pipe_close(end);
	weir_queue_close(queue);
	weir_region_close(region);
}

/* Creates nameless queues until there is no room; closes them; how many. */
static int room(struct weir_region *region)
{
	static struct weir_queue *queues[1000];
	int count = 0, code;

	while ((code = create_in(&queues[count], region, NULL)) == 0)
		must(++count < 1000);
	must_be(code, -ENOSPC);
	for (int i = 0; i < count; i++) {
		put_text(queues[i], "in use");
		weir_queue_close(queues[i]);
	}
	return count;
}

static void test_a_region_has_its_room_again_when_queues_go(void **state)
{
	struct weir_queue *queue, *again;
	struct weir_region *region;
	int first;

	must_be(weir_region_create(&region, NULL, 1 << 20, NULL), 0);
	first = room(region);
	must(first >= 2);
	for (int i = 0; i < 30; i++)
		must_be(room(region), first);
	must_be(create_in(&queue, region, "name"), 0);
	put_text(queue, "old");
	must_be(weir_region_remove(region, "name"), 0);
	must_be(create_in(&again, region, "name"), 0);
	get_nothing(again);
	get_text(queue, "old");
	weir_queue_close(again);
	weir_queue_close(queue);
	must_be(weir_region_remove(region, "name"), 0);
	must_be(room(region), first);
	weir_region_close(region);
}

static void test_open_or_create_works_in_a_region(void **state)
{
	struct weir_queue_options options = { .capacity = 3 };
	struct weir_queue *queues[2];

	must_be(weir_region_create(&options.segment.region, NULL, 256 * 1024,
	                           NULL),
	        0);
	for (int i = 0; i < 2; i++)
		must_be(weir_queue_open_or_create(&queues[i], "either",
		                                  &options),
		        0);
	put_text(queues[0], "over");
	get_text(queues[1], "over");
	weir_queue_close(queues[0]);
	weir_queue_close(queues[1]);
	weir_region_close(options.segment.region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_descriptors_of_other_things_are_refused),
		sentence(test_a_descriptor_that_cannot_write_is_refused),
		sentence(test_the_descriptor_is_the_handles_and_stays),
		sentence(test_open_fd_opens_the_same_queue),
		sentence(test_a_queue_can_be_handed_to_another_process),
		sentence(test_1024_have_it_open_and_not_one_more),
		sentence(test_a_queue_in_a_region_is_a_queue),
		sentence(test_names_in_a_region_are_of_one_kind),
		sentence(test_a_region_has_its_room_again_when_queues_go),
		sentence(test_open_or_create_works_in_a_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
