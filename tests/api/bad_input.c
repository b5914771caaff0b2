/* SPDX-License-Identifier: MIT */
/*
 * Every argument outside its range is the documented code before anything
 * changes, and errno is nobody's business.
 */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { RING = 4096, MARK = 4711 };

static struct weir_pipe *const unset = (struct weir_pipe *)(uintptr_t)MARK;

/* `call` returned `code`, errno and the output are as they were. */
static void refused(int call, int code, struct weir_pipe *output)
{
	must_be(call, code);
	must(output == unset);
	must_be(errno, MARK);
}

static void refuse_name(const char *name)
{
	struct weir_pipe *end = unset;

	errno = MARK;
	refused(weir_pipe_create(&end, name, NULL), -EINVAL, end);
	refused(weir_pipe_open(&end, name), -EINVAL, end);
	refused(weir_pipe_open_or_create(&end, name, NULL), -EINVAL, end);
	refused(weir_unlink(name), -EINVAL, end);
}

static void test_names_of_other_kinds_are_refused(void **state)
{
	static const char *const names[] = {
		"",         "/",      "//a",   "a/b",   "/a/b", "../a", "a/",
		"/../a",    "a b",    " ",     "a\n",   "a\t",  "a:b",  "a*",
		"\xc3\xa9", "a\x01b", "a\x7f", "a\xff", "a,b",  "~a",   "a@b",
		"a\\b",     "a+b",    "[a]",   "`a`",
	};
	char longest[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refuse_name(names[i]);
	memset(longest, 'x', sizeof(longest));
	longest[299] = '\0';
	refuse_name(longest);
	longest[256] = '\0';
	refuse_name(longest);
	longest[201] = '\0';
	refuse_name(longest);
	longest[0] = '/';
	longest[202] = '\0';
	memset(longest + 1, 'x', 201);
	refuse_name(longest);
}

static void test_no_name_is_none_to_open_or_unlink(void **state)
{
	struct weir_pipe *end = unset;

	errno = MARK;
	refused(weir_pipe_open(&end, NULL), -EINVAL, end);
	refused(weir_unlink(NULL), -EINVAL, end);
}

/* Nothing was sent, nothing is open, and there is all the room there was. */
static void must_be_as_new(struct weir_pipe *ends[2])
{
	must_be(errno, MARK);
	hear_nothing(ends[0]);
	must_be(weir_pipe_poll(ends[0], WEIR_NOWAIT), 0);
	must_be(weir_pipe_commit(ends[1], 0), -EPERM);
	must_be(weir_pipe_release(ends[0]), -EPERM);
	must_be(errno, MARK);
}

static void test_messages_that_cannot_be_are_refused(void **state)
{
	struct weir_pipe *ends[2];
	char byte = 'x';
	size_t above = (size_t)SSIZE_MAX + 1;

	pair(ends, RING, true);
	errno = MARK;
	must_be(weir_pipe_send(ends[1], NULL, 1, WEIR_FOREVER), -EINVAL);
	must_be(weir_pipe_send(ends[1], NULL, SIZE_MAX, WEIR_FOREVER), -EINVAL);
	must_be(weir_pipe_send(ends[1], NULL, 10 * RING, WEIR_NOWAIT), -EINVAL);
	must_be(weir_pipe_send(ends[1], &byte, above, WEIR_NOWAIT), -EINVAL);
	must_be(weir_pipe_send(ends[1], &byte, SIZE_MAX, WEIR_NOWAIT), -EINVAL);
	must_be_as_new(ends);
	unpair(ends);
}

static void test_parts_that_cannot_be_are_refused(void **state)
{
	static struct iovec parts[IOV_MAX + 1];
	struct weir_pipe *ends[2];
	char byte = 'x';

	pair(ends, RING, true);
	errno = MARK;
	must_be(weir_pipe_sendv(ends[1], parts, -1, WEIR_FOREVER), -EINVAL);
	must_be(weir_pipe_sendv(ends[1], parts, INT_MIN, WEIR_FOREVER),
	        -EINVAL);
	must_be(weir_pipe_sendv(ends[1], parts, IOV_MAX + 1, WEIR_FOREVER),
	        -EINVAL);
	must_be(weir_pipe_sendv(ends[1], NULL, 1, WEIR_FOREVER), -EINVAL);
	parts[0] = (struct iovec){ &byte, 1 };
	parts[1] = (struct iovec){ NULL, 1 };
	must_be(weir_pipe_sendv(ends[1], parts, 2, WEIR_FOREVER), -EINVAL);
	parts[1] = (struct iovec){ &byte, SIZE_MAX };
	must_be(weir_pipe_sendv(ends[1], parts, 2, WEIR_NOWAIT), -EINVAL);
	/* Each could be, but not their sum. */
	parts[1] = (struct iovec){ &byte, SSIZE_MAX };
	must_be(weir_pipe_sendv(ends[1], parts, 2, WEIR_NOWAIT), -EINVAL);
	parts[2] = (struct iovec){ &byte, SSIZE_MAX };
	must_be(weir_pipe_sendv(ends[1], parts, 3, WEIR_NOWAIT), -EINVAL);
	must_be_as_new(ends);
	unpair(ends);
}

static void test_no_buffer_has_no_capacity(void **state)
{
	struct weir_pipe *ends[2];

	pair(ends, RING, true);
	errno = MARK;
	must_be(weir_pipe_recv(ends[0], NULL, 1, WEIR_FOREVER), -EINVAL);
	must_be(weir_pipe_recv(ends[0], NULL, SIZE_MAX, WEIR_NOWAIT), -EINVAL);
	must_be_as_new(ends);
	say(ends[1], "stays");
	errno = MARK;
	must_be(weir_pipe_recv(ends[0], NULL, 8, WEIR_FOREVER), -EINVAL);
	must_be(errno, MARK);
	hear(ends[0], "stays");
	unpair(ends);
}

/* Each way to fail that waits for nothing, on a pipe in use. */
static void test_no_failure_touches_errno(void **state)
{
	static char large[10 * RING];
	struct weir_pipe *ends[2];
	const void *message;
	ssize_t length;
	void *space;
	char byte;

	pair(ends, RING, true);
	errno = MARK;
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_MS(60)), -ETIMEDOUT);
	must_be(weir_pipe_peek(ends[0], WEIR_MS(60), &message), -ETIMEDOUT);
	must_be(weir_pipe_send(ends[0], &byte, 1, WEIR_NOWAIT), -EPERM);
	must_be(weir_pipe_poll(ends[1], WEIR_NOWAIT), -EPERM);
	must_be(weir_pipe_poll(ends[0], WEIR_MS(60)), 0);
	fill(ends[1], 8);
	must_be(weir_pipe_send(ends[1], large, 100, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_pipe_send(ends[1], large, 100, WEIR_MS(60)), -ETIMEDOUT);
	must_be(weir_pipe_send(ends[1], large, sizeof(large), WEIR_MS(60)),
	        -ETIMEDOUT);
	must_be(weir_pipe_reserve(ends[1], RING, WEIR_NOWAIT, &space),
	        -EMSGSIZE);
	weir_pipe_close(ends[1]);
	do
		length = weir_pipe_recv(ends[0], &large, 8, WEIR_NOWAIT);
	while (length >= 0);
	must_be(length, -EPIPE);
	weir_pipe_close(ends[0]);
	weir_pipe_close(NULL);
	must_be(errno, MARK);
}

struct names {
	const char *there;
	const char *missing;
};

static void limit_descriptors(int below)
{
	struct rlimit limit;

	must_be(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)below;
	must_be(setrlimit(RLIMIT_NOFILE, &limit), 0);
	errno = MARK;
}

static void run_out_of_descriptors(void *argument)
{
	struct weir_pipe *end = unset, *pair[2] = { unset, unset }, *some;
	struct names *names = argument;
	int before, fd, first;

	must_be(weir_pipe_open(&some, names->there), 0);
	fd = weir_pipe_fd(some);
	first = dup(fd);
	close(first);
	before = count_descriptors();
	limit_descriptors(first);
	refused(weir_pipe_pair(pair, NULL), -EMFILE, pair[0]);
	refused(weir_pipe_create(&end, NULL, NULL), -EMFILE, end);
	refused(weir_pipe_create(&end, names->missing, NULL), -EMFILE, end);
	refused(weir_pipe_open(&end, names->there), -EMFILE, end);
	refused(weir_pipe_open_or_create(&end, names->missing, NULL), -EMFILE,
	        end);
	refused(weir_pipe_open_fd(&end, fd), -EMFILE, end);
	/* One is enough for half of a pair. */
	limit_descriptors(first + 1);
	refused(weir_pipe_pair(pair, NULL), -EMFILE, pair[0]);
	must(pair[1] == unset);
	must(!name_exists(names->missing));
	say(some, "still works");
	limit_descriptors(first + 100);
	must_be(count_descriptors(), before);
}

static void test_no_descriptor_left_is_emfile(void **state)
{
	struct names names = { name_new("emfile"), name_new("none") };
	struct weir_pipe *end;

	must_be(weir_pipe_create(&end, names.there, NULL), 0);
	child_join(child_start(run_out_of_descriptors, &names));
	hear(end, "still works");
	hear_the_end(end);
	weir_pipe_close(end);
}

enum { MEBI = 1 << 20 };

static void limit_address_space(size_t more)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	unsigned long pages;
	struct rlimit limit;

	must(statm && fscanf(statm, "%lu", &pages) == 1);
	fclose(statm);
	limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
	limit.rlim_max = limit.rlim_cur;
	must_be(setrlimit(RLIMIT_AS, &limit), 0);
	errno = MARK;
}

static void run_out_of_address_space(void *argument)
{
	struct weir_pipe_options options = { .size = 16 * MEBI };
	struct weir_pipe *end = unset, *pair[2] = { unset, unset };
	struct names *names = argument;

	limit_address_space(8 * MEBI);
	refused(weir_pipe_pair(pair, &options), -ENOMEM, pair[0]);
	refused(weir_pipe_create(&end, NULL, &options), -ENOMEM, end);
	refused(weir_pipe_create(&end, names->missing, &options), -ENOMEM, end);
	refused(weir_pipe_open(&end, names->there), -ENOMEM, end);
	must(!name_exists(names->missing));
}

static void test_no_address_space_left_is_enomem(void **state)
{
	struct weir_pipe_options options = { .size = 16 * MEBI,
		                             .simplex = true };
	struct names names = { name_new("enomem"), name_new("none") };
	struct weir_pipe *end, *other;

	if (SANITIZED)
		case_skip("a sanitizer needs its address space itself");
	must_be(weir_pipe_create(&end, names.there, &options), 0);
	child_join(child_start(run_out_of_address_space, &names));
	/* What failed there took no end away. */
	must_be(weir_pipe_open(&other, names.there), 0);
	say(other, "works");
	hear(end, "works");
	weir_pipe_close(end);
	weir_pipe_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_names_of_other_kinds_are_refused),
		sentence(test_no_name_is_none_to_open_or_unlink),
		sentence(test_messages_that_cannot_be_are_refused),
		sentence(test_parts_that_cannot_be_are_refused),
		sentence(test_no_buffer_has_no_capacity),
		sentence(test_no_failure_touches_errno),
		sentence(test_no_descriptor_left_is_emfile),
		sentence(test_no_address_space_left_is_enomem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
