/* SPDX-License-Identifier: MIT */
/*
 * Shared memory that somebody spoiled: every call comes back, with -EUCLEAN
 * where nothing can be made of it, and the process goes on.
 */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RING = 4096 };

/*
 * A named pipe with both ends, and its file.  All of it lives in a child of the
 * test, because the library answers to SIGBUS since its first named object, and
 * cmocka takes that over at each test.
 */
struct spoiled {
	const char *name;
	struct weir_pipe *ends[2];
	int fd;
	off_t size;
};

static void in_child(void (*body)(void *))
{
	struct spoiled pipe = { .name = name_new("spoiled") };

	child_join(child_start(body, &pipe));
}

static void spoiled_new(struct spoiled *pipe)
{
	struct weir_pipe_options options = { .size = RING };
	char path[NAME_PATH];
	struct stat facts;

	must_be(weir_pipe_create(&pipe->ends[0], pipe->name, &options), 0);
	must_be(weir_pipe_open(&pipe->ends[1], pipe->name), 0);
	name_path(path, pipe->name);
	pipe->fd = open(path, O_RDWR | O_CLOEXEC);
	must(pipe->fd >= 0);
	must_be(fstat(pipe->fd, &facts), 0);
	pipe->size = facts.st_size;
}

static void spoiled_end(struct spoiled *pipe)
{
	unpair(pipe->ends);
	close(pipe->fd);
	must_be(weir_unlink(pipe->name), 0);
}

/* What a call on spoiled memory may say; above all, it returns. */
static void sane(ssize_t result)
{
	static const int codes[] = { -EUCLEAN,  -EAGAIN, -ETIMEDOUT, -EPIPE,
		                     -EMSGSIZE, -EPERM,  -EBUSY };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (result == codes[i])
			return;
	}
	must(result >= 0 && result <= RING);
}

static void call_everything(struct weir_pipe *end)
{
	static char buffer[10 * RING];
	const void *message;
	void *space;
	ssize_t length;

	sane(weir_pipe_send(end, buffer, 100, WEIR_NOWAIT));
	sane(weir_pipe_send(end, buffer, 8, WEIR_MS(1)));
	sane(weir_pipe_send(end, buffer, sizeof(buffer), WEIR_MS(1)));
	sane(weir_pipe_recv(end, buffer, RING, WEIR_NOWAIT));
	sane(weir_pipe_recv(end, buffer, RING, WEIR_MS(1)));
	must(weir_pipe_next_size(end, WEIR_NOWAIT) != -EINVAL);
	sane(weir_pipe_poll(end, WEIR_MS(1)));
	if (weir_pipe_reserve(end, 100, WEIR_NOWAIT, &space) == 0) {
		memset(space, 1, 100);
		sane(weir_pipe_commit(end, 100));
	}
	length = weir_pipe_peek(end, WEIR_NOWAIT, &message);
	if (length >= 0) {
		memcpy(buffer, message, (size_t)length);
		sane(weir_pipe_release(end));
	}
}

static void until_unclean(struct weir_pipe *end)
{
	char buffer[8];
	ssize_t code;

	do
		code = weir_pipe_recv(end, buffer, 8, WEIR_FOREVER);
	while (code >= 0 || code == -EMSGSIZE);
	must_be(code, -EUCLEAN);
	do
		code = weir_pipe_send(end, buffer, 8, WEIR_FOREVER);
	while (code == 0);
	must_be(code, -EUCLEAN);
	call_everything(end);
}

static void truncate_in_use(void *argument)
{
	struct spoiled *pipe = argument;

	for (off_t left = 0; left <= RING; left += RING) {
		spoiled_new(pipe);
		say(pipe->ends[0], "lost");
		must_be(ftruncate(pipe->fd, left), 0);
		if (left == 0) {
			until_unclean(pipe->ends[0]);
			until_unclean(pipe->ends[1]);
		}
		for (int i = 0; i < 100; i++) {
			call_everything(pipe->ends[0]);
			call_everything(pipe->ends[1]);
		}
		spoiled_end(pipe);
	}
}

static void wait_in_vain(void *argument)
{
	struct spoiled *pipe = argument;
	char byte;

	weir_pipe_close(pipe->ends[0]);
	must_be(weir_pipe_recv(pipe->ends[1], &byte, 1, WEIR_FOREVER),
	        -EUCLEAN);
}

static void truncate_in_sleep(void *argument)
{
	struct spoiled *pipe = argument;
	pid_t child;

	spoiled_new(pipe);
	child = child_start(wait_in_vain, pipe);
	until_asleep(child);
	must_be(ftruncate(pipe->fd, 0), 0);
	child_join(child);
	spoiled_end(pipe);
}

static void open_too_short(void *argument)
{
	struct spoiled *pipe = argument;
	const char *name = pipe->name;
	struct weir_pipe *end, *none = NULL;
	char path[NAME_PATH];

	must_be(weir_pipe_create(&end, name, NULL), 0);
	name_path(path, name);
	must_be(truncate(path, RING), 0);
	must_be(weir_pipe_open(&none, name), -EUCLEAN);
	must_be(weir_pipe_open_or_create(&none, name, NULL), -EUCLEAN);
	must_be(truncate(path, 0), 0);
	must(weir_pipe_open(&none, name) < 0);
	must(none == NULL);
	weir_pipe_close(end);
}

/* Random bytes over random parts of what is shared, in use. */
static void scribble(struct spoiled *pipe, uint64_t *random)
{
	unsigned char bytes[256];
	size_t size = 1 + random_next(random) % sizeof(bytes);
	off_t at;

	/* Half of it where positions and states are. */
	at = (off_t)(random_next(random) %
	             (random_next(random) % 2 ? 2048 : (uint64_t)pipe->size));
	switch (random_next(random) % 3) {
	case 0:
		memset(bytes, 0, size);
		break;
	case 1:
		memset(bytes, 0xff, size);
		break;
	default:
		pattern_fill(bytes, size, random_next(random));
	}
	if (at + (off_t)size > pipe->size)
		size = (size_t)(pipe->size - at);
	must_be(pwrite(pipe->fd, bytes, size, at), (ssize_t)size);
}

static void scribble_in_use(void *argument)
{
	struct spoiled *pipe = argument;
	uint64_t random = 20;

	for (int round = 0; round < 150; round++) {
		spoiled_new(pipe);
		fill(pipe->ends[0], 50);
		for (int i = 0; i < 10; i++) {
			scribble(pipe, &random);
			call_everything(pipe->ends[0]);
			call_everything(pipe->ends[1]);
		}
		spoiled_end(pipe);
	}
}

static void open_scribbled(void *argument)
{
	struct spoiled *pipe = argument;
	struct weir_pipe_options options = { .size = RING };
	const char *name = pipe->name;
	uint64_t random = 30;
	struct weir_pipe *end, *other;
	char path[NAME_PATH];

	name_path(path, name);
	for (int round = 0; round < 500; round++) {
		must_be(weir_pipe_create(&end, name, &options), 0);
		say(end, "waits");
		pipe->fd = open(path, O_RDWR | O_CLOEXEC);
		pipe->size = 2048;
		scribble(pipe, &random);
		close(pipe->fd);
		if (weir_pipe_open(&other, name) == 0) {
			call_everything(other);
			weir_pipe_close(other);
		}
		call_everything(end);
		weir_pipe_close(end);
		must_be(weir_unlink(name), 0);
	}
}

/* What a giver may do who made the memory himself, without a seal. */
static void open_forged(void *argument)
{
	struct spoiled *pipe = argument;
	static unsigned char bytes[65536];
	struct weir_pipe *end;

	spoiled_new(pipe);
	must(pipe->size <= (off_t)sizeof(bytes));
	must_be(pread(pipe->fd, bytes, (size_t)pipe->size, 0), pipe->size);
	for (off_t left = 0; left <= pipe->size; left += RING) {
		int forged = memfd_create("forged", MFD_CLOEXEC);

		must(forged >= 0);
		must_be(fchmod(forged, 0600), 0);
		must_be(write(forged, bytes, (size_t)pipe->size), pipe->size);
		must_be(lseek(forged, left / RING % 2, SEEK_SET),
		        left / RING % 2);
		must_be(weir_pipe_open_fd(&end, forged), 0);
		must_be(ftruncate(forged, left), 0);
		call_everything(end);
		call_everything(end);
		weir_pipe_close(end);
		close(forged);
	}
	spoiled_end(pipe);
}

static void test_truncated_memory_is_euclean(void **state)
{
	in_child(truncate_in_use);
}

static void test_a_sleeping_receiver_hears_that_its_memory_is_gone(void **state)
{
	in_child(truncate_in_sleep);
}

static void test_a_file_that_is_too_short_is_not_opened(void **state)
{
	in_child(open_too_short);
}

static void test_scribbled_memory_is_survived(void **state)
{
	in_child(scribble_in_use);
}

static void test_a_scribbled_object_is_opened_with_care(void **state)
{
	in_child(open_scribbled);
}

static void test_p15_forged_memory_is_survived(void **state)
{
	in_child(open_forged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_truncated_memory_is_euclean),
		sentence(
			test_a_sleeping_receiver_hears_that_its_memory_is_gone),
		sentence(test_a_file_that_is_too_short_is_not_opened),
		sentence(test_scribbled_memory_is_survived),
		sentence(test_a_scribbled_object_is_opened_with_care),
		sentence(test_p15_forged_memory_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
