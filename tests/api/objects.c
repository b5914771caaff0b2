/* SPDX-License-Identifier: MIT */
/* Names, files and handles: what an object is to the system. */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RING = 4096 };

static struct weir_pipe *create(const char *name)
{
	struct weir_pipe_options options = { .size = RING };
	struct weir_pipe *end;

	must_be(weir_pipe_create(&end, name, &options), 0);
	return end;
}

static struct weir_pipe *open_other(const char *name)
{
	struct weir_pipe *end;

	must_be(weir_pipe_open(&end, name), 0);
	return end;
}

static void refuse(const char *name, int code)
{
	struct weir_pipe *end = NULL;

	must_be(weir_pipe_open(&end, name), code);
	must(end == NULL);
}

/* The whole file, to be freed. */
static unsigned char *content(const char *name, struct stat *facts)
{
	char path[NAME_PATH];
	unsigned char *bytes;
	int fd;

	name_path(path, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	must_be(fstat(fd, facts), 0);
	bytes = malloc((size_t)facts->st_size);
	must(bytes);
	must_be(read(fd, bytes, (size_t)facts->st_size), facts->st_size);
	close(fd);
	return bytes;
}

static void test_o1_create_of_an_existing_name_changes_nothing(void **state)
{
	struct weir_pipe_options options = { .size = 4 * RING,
		                             .segment.mode = 0666,
		                             .simplex = true };
	const char *name = name_new("taken");
	struct weir_pipe *end = create(name), *second = NULL;
	unsigned char *before, *after;
	struct stat was, is;

	say(end, "waits");
	before = content(name, &was);
	must_be(weir_pipe_create(&second, name, &options), -EEXIST);
	must(second == NULL);
	after = content(name, &is);
	must_be(is.st_ino, was.st_ino);
	must_be(is.st_mode, was.st_mode);
	must_be(is.st_size, was.st_size);
	must(memcmp(before, after, (size_t)was.st_size) == 0);
	free(before);
	free(after);
	second = open_other(name);
	hear(second, "waits");
	weir_pipe_close(second);
	weir_pipe_close(end);
	/* Also when nobody holds it any more. */
	must_be(weir_pipe_create(&second, name, NULL), -EEXIST);
}

static void test_o2_open_of_a_missing_name(void **state)
{
	const char *name = name_new("missing");

	refuse(name, -ENOENT);
	must_be(weir_unlink(name), -ENOENT);
	must(!name_exists(name));
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0);
	must_be(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

static void test_o2_a_file_that_is_no_object(void **state)
{
	static const size_t sizes[] = { 0, 1, 127, 4096, 65536 };
	const char *name = name_new("file");
	static unsigned char bytes[65536];
	char path[NAME_PATH];

	name_path(path, name);
	pattern_fill(bytes, sizeof(bytes), 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_file(path, bytes, sizes[i]);
		refuse(name, -EPROTO);
	}
	memset(bytes, 0, sizeof(bytes));
	write_file(path, bytes, sizeof(bytes));
	refuse(name, -EPROTO);
}

static void test_o2_a_name_that_is_no_file(void **state)
{
	const char *name = name_new("odd");
	const char *other = name_new("other");
	char path[NAME_PATH], target[NAME_PATH];
	struct weir_pipe *end = create(other);

	name_path(path, name);
	name_path(target, other);
	must_be(mkfifo(path, 0600), 0);
	refuse(name, -EPROTO);
	unlink(path);
	must_be(symlink(target, path), 0);
	refuse(name, -EPROTO);
	unlink(path);
	must_be(symlink("/dev/null", path), 0);
	refuse(name, -EPROTO);
	unlink(path);
	must_be(mkdir(path, 0700), 0);
	refuse(name, -EPROTO);
	rmdir(path);
	weir_pipe_close(end);
}

/* Magic, version and byte order stand in the first 16 bytes. */
static void test_o2_an_object_of_another_version(void **state)
{
	const char *name = name_new("version");
	struct weir_pipe *end = create(name), *other;
	char path[NAME_PATH];
	unsigned char byte;
	int fd;

	name_path(path, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	for (off_t at = 0; at < 16; at++) {
		must_be(pread(fd, &byte, 1, at), 1);
		byte ^= 0x10;
		must_be(pwrite(fd, &byte, 1, at), 1);
		refuse(name, -EPROTO);
		byte ^= 0x10;
		must_be(pwrite(fd, &byte, 1, at), 1);
	}
	other = open_other(name);
	say(end, "as before");
	hear(other, "as before");
	weir_pipe_close(other);
	weir_pipe_close(end);
	close(fd);
}

static void say_and_hear(void *argument)
{
	struct weir_pipe **ends = argument;

	say(ends[0], "from a child");
	hear(ends[0], "from a parent");
}

static void test_o3_handles_go_on_after_unlink(void **state)
{
	const char *name = name_new("unlinked");
	struct weir_pipe *ends[2] = { create(name), NULL };
	struct weir_pipe *again;
	pid_t child;

	ends[1] = open_other(name);
	must_be(weir_unlink(name), 0);
	must_be(weir_unlink(name), -ENOENT);
	must(!name_exists(name));
	refuse(name, -ENOENT);
	child = child_start(say_and_hear, ends);
	hear(ends[1], "from a child");
	say(ends[1], "from a parent");
	child_join(child);
	/* The name is free for another object. */
	again = create(name);
	say(again, "new");
	hear_nothing(ends[0]);
	hear_nothing(ends[1]);
	weir_pipe_close(again);
	weir_pipe_close(ends[0]);
	hear_the_end(ends[1]);
	weir_pipe_close(ends[1]);
}

static void test_names_may_have_one_leading_slash(void **state)
{
	const char *name = name_new("slash");
	char slashed[NAME_PATH];
	struct weir_pipe *end, *other;

	slashed[0] = '/';
	strcpy(slashed + 1, name);
	end = create(slashed);
	must(name_exists(name));
	other = open_other(slashed);
	refuse(name, -EBUSY);
	weir_pipe_close(end);
	weir_pipe_close(other);
	must_be(weir_unlink(slashed), 0);
	must(!name_exists(name));
}

static void test_names_have_up_to_200_bytes_of_a_few_kinds(void **state)
{
	const char *name = name_new("AZaz09._-..");
	char longest[NAME_PATH], path[NAME_PATH];
	size_t length = strlen(name);

	memcpy(longest, name, length);
	memset(longest + length, 'x', 200 - length);
	longest[200] = '\0';
	weir_pipe_close(create(longest));
	must(name_exists(longest));
	name_path(path, longest);
	must(access(path, F_OK) == 0);
	must_be(weir_unlink(longest), 0);
	weir_pipe_close(create(name));
	must(name_exists(name));
}

static void visit(void *argument)
{
	const char *name = argument;
	struct weir_pipe *end = open_other(name);

	hear(end, "hello");
	say(end, "bye");
}

static void test_o7_the_exit_of_a_reader_destroys_nothing(void **state)
{
	const char *name = name_new("visited");
	struct weir_pipe *end = create(name);
	pid_t child;

	say(end, "hello");
	child = child_start(visit, (void *)(uintptr_t)name);
	child_join(child);
	must(name_exists(name));
	hear(end, "bye");
	hear_the_end(end);
	must(name_exists(name));
	weir_pipe_close(end);
	must(name_exists(name));
	must_be(weir_unlink(name), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_o1_create_of_an_existing_name_changes_nothing),
		sentence(test_o2_open_of_a_missing_name),
		sentence(test_o2_a_file_that_is_no_object),
		sentence(test_o2_a_name_that_is_no_file),
		sentence(test_o2_an_object_of_another_version),
		sentence(test_o3_handles_go_on_after_unlink),
		sentence(test_names_may_have_one_leading_slash),
		sentence(test_names_have_up_to_200_bytes_of_a_few_kinds),
		sentence(test_o7_the_exit_of_a_reader_destroys_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
