/* SPDX-License-Identifier: MIT */
/*
 * Attacks on names and files (1, 2, 4, 9 to 12): who opens one gets an end of
 * one pipe that somebody made, or hears why not.
 */
#include "attacks.h"
#include "tracer.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* ---- 9: the name changes hands between any two steps of open */

struct exchange {
	const char *name;
	int ordinal;
	struct weir_pipe *new; /* made by the attacker in the middle */
};

static int exchange_name(void *intruder, int ordinal, long number)
{
	struct exchange *exchange = intruder;
	int code;

	if (ordinal != exchange->ordinal)
		return 0;
	code = weir_unlink(exchange->name);
	must(code == 0 || code == -ENOENT);
	must_be(weir_pipe_create(&exchange->new, exchange->name, NULL), 0);
	return 0;
}

static void open_and_speak(void *argument)
{
	struct exchange *exchange = argument;
	struct weir_pipe *end;

	alarm(CASE_SECONDS);
	trace_begin();
	must_be(weir_pipe_open(&end, exchange->name), 0);
	trace_end();
	say(end, "hello");
}

static void open_anyway_and_speak(void *argument)
{
	struct exchange *exchange = argument;
	struct weir_pipe *end;

	alarm(CASE_SECONDS);
	trace_begin();
	must_be(weir_pipe_open_or_create(&end, exchange->name, NULL), 0);
	trace_end();
	say(end, "hello");
}

static bool heard(struct weir_pipe *end)
{
	char buffer[8];

	return end && weir_pipe_recv(end, buffer, 8, WEIR_NOWAIT) == 5;
}

static void test_9_a_name_exchanged_in_open_leads_to_one_pipe(void **state)
{
	struct exchange exchange = { .name = name_new("exchanged") };
	const char *refused = trace_refused();
	struct weir_pipe *old;
	int calls;

	if (refused)
		case_skip(refused);
	do {
		must_be(weir_pipe_create(&old, exchange.name, NULL), 0);
		exchange.new = NULL;
		calls = trace(open_and_speak, &exchange, exchange_name,
		              &exchange);
		must_be(heard(old) + heard(exchange.new), 1);
		weir_pipe_close(old);
		weir_pipe_close(exchange.new);
		must_be(weir_unlink(exchange.name), 0);
	} while (++exchange.ordinal < calls);
	must(calls > 5);
}

/* The same where the name is that of a pipe that is used up. */
static void test_9_a_name_exchanged_in_open_or_create_does_too(void **state)
{
	struct exchange exchange = { .name = name_new("swept") };
	const char *refused = trace_refused();
	struct weir_pipe *old, *named;
	int calls, code;

	if (refused)
		case_skip(refused);
	do {
		must_be(weir_pipe_create(&old, exchange.name, NULL), 0);
		weir_pipe_close(old);
		exchange.new = NULL;
		calls = trace(open_anyway_and_speak, &exchange, exchange_name,
		              &exchange);
		code = weir_pipe_open(&named, exchange.name);
		must_be(heard(exchange.new) + (code == 0 && heard(named)), 1);
		if (code == 0)
			weir_pipe_close(named);
		weir_pipe_close(exchange.new);
		must_be(weir_unlink(exchange.name), 0);
	} while (++exchange.ordinal < calls);
	must(calls > 5);
}

/* ---- 10: somebody takes the name away, and somebody else comes */

static void test_10_who_comes_after_an_unlink_meets_nobody(void **state)
{
	const char *name = name_new("split");
	struct weir_pipe *old[2], *new[2];

	must_be(weir_pipe_create(&old[0], name, NULL), 0);
	must_be(weir_pipe_open(&old[1], name), 0);
	must_be(weir_unlink(name), 0);
	must_be(weir_pipe_open(&new[0], name), -ENOENT);
	must_be(weir_pipe_open_or_create(&new[0], name, NULL), 0);
	must_be(weir_pipe_open_or_create(&new[1], name, NULL), 0);
	say(old[0], "old");
	say(new[0], "new");
	hear(old[1], "old");
	hear(new[1], "new");
	hear_nothing(old[1]);
	hear_nothing(new[1]);
	unpair(old);
	/* What the old ones do about their name does not concern the new. */
	say(new[1], "still here");
	hear(new[0], "still here");
	must(name_exists(name));
	unpair(new);
}

/* ---- 11: the right bytes in the wrong place */

static int file_elsewhere(void)
{
	char path[] = "/var/tmp/weir.test.XXXXXX";
	struct statfs facts;
	int fd = mkostemp(path, O_CLOEXEC);

	must(fd >= 0);
	unlink(path);
	must_be(fstatfs(fd, &facts), 0);
	if ((uint32_t)facts.f_type != TMPFS_MAGIC)
		return fd;
	close(fd);
	case_skip("/var/tmp is a tmpfs too");
	return -1;
}

static void test_11_a_segment_on_a_disk_is_none(void **state)
{
	static unsigned char bytes[4 * ATTACKED_RING];
	struct weir_pipe_options options = { .size = ATTACKED_RING };
	struct weir_pipe *end, *none = NULL;
	int fd = file_elsewhere();
	ssize_t size;

	must_be(weir_pipe_create(&end, NULL, &options), 0);
	size = pread(weir_pipe_fd(end), bytes, sizeof(bytes), 0);
	must(size > ATTACKED_RING);
	must_be(write(fd, bytes, (size_t)size), size);
	must_be(lseek(fd, 0, SEEK_SET), 0);
	must_be(weir_pipe_open_fd(&none, fd), -EPROTO);
	must(none == NULL);
	weir_pipe_close(end);
	close(fd);
}

/* ---- 12: the header lies about the size */

static void lie_about_the_size(void *argument)
{
	static const uint64_t sizes[] = {
		0,
		1,
		127,
		128,
		AT_BYTES - 1,
		AT_BYTES,
		AT_BYTES + 2 * ATTACKED_RING - 1,
		AT_BYTES + 2 * ATTACKED_RING + 1,
		UINT64_C(1) << 40,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_MAX - 4096,
		UINT64_MAX,
	};
	struct target *target = argument;
	struct weir_pipe *end = NULL;

	target_new(target);
	weir_pipe_close(target->ends[1]);
	target->ends[1] = NULL;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		*target_word(target, AT_FILE_SIZE) = sizes[i];
		must_be(weir_pipe_open(&end, target->name), -EUCLEAN);
		must_be(weir_pipe_open_or_create(&end, target->name, NULL),
		        -EUCLEAN);
		must(end == NULL);
	}
	target_end(target);
}

static void test_12_a_header_that_lies_about_its_size_is_refused(void **state)
{
	attack_in_child(lie_about_the_size);
}

static void lie_about_the_ring(void *argument)
{
	static const uint64_t sizes[] = {
		0,
		1,
		4095,
		4097,
		8192,
		UINT64_C(1) << 40,
		UINT64_C(1) << 41,
		UINT64_C(1) << 63,
		UINT64_MAX,
		UINT64_C(1) << 32,
	};
	struct target *target = argument;
	struct weir_pipe *end = NULL;

	target_new(target);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		*target_word(target, AT_RING_SIZE) = sizes[i];
		must_be(weir_pipe_open(&end, target->name), -EUCLEAN);
	}
	*target_word(target, AT_RING_SIZE) = ATTACKED_RING;
	for (uint64_t rings = 0; rings < 4; rings += 3) {
		*target_word(target, AT_RINGS) = rings;
		must_be(weir_pipe_open(&end, target->name), -EUCLEAN);
	}
	/* What was mapped before does not read them again. */
	say(target->ends[0], "as before");
	hear(target->ends[1], "as before");
	must(end == NULL);
	target_end(target);
}

static void
test_12_28_a_header_that_lies_about_its_rings_is_refused(void **state)
{
	attack_in_child(lie_about_the_ring);
}

/* ---- 1, 2, 4, 5: a file that is not as its creator left it */

/* Each way to open says the same. */
static void refuse_name(const char *name, int code)
{
	struct weir_pipe *end = NULL;
	int64_t begun = now();

	must_be(weir_pipe_open(&end, name), code);
	must_be(weir_pipe_open_or_create(&end, name, NULL), code);
	must_be(weir_pipe_create(&end, name, NULL), -EEXIST);
	must(end == NULL);
	must(now() - begun < SOON);
}

static void test_2_a_file_that_more_may_write_is_refused(void **state)
{
	const char *name = name_new("written");
	struct weir_pipe *end;
	char path[NAME_PATH];

	must_be(weir_pipe_create(&end, name, NULL), 0);
	name_path(path, name);
	must_be(chmod(path, 0666), 0);
	refuse_name(name, -EACCES);
	must_be(chmod(path, 0620), 0);
	refuse_name(name, -EACCES);
	weir_pipe_close(end);
}

static void test_1_a_file_of_somebody_else_is_refused(void **state)
{
	const char *name = name_new("foreign");
	struct weir_pipe *end;
	char path[NAME_PATH];

	must_be(weir_pipe_create(&end, name, NULL), 0);
	name_path(path, name);
	if (chown(path, 65534, (gid_t)-1) == 0)
		refuse_name(name, -EACCES);
	else
		print_message("not done: only root can give files away\n");
	weir_pipe_close(end);
}

static void test_4_a_file_with_a_second_name_is_refused(void **state)
{
	const char *name = name_new("linked"), *other = name_new("other");
	char path[NAME_PATH], second[NAME_PATH];
	struct weir_pipe *end, *opened;

	must_be(weir_pipe_create(&end, name, NULL), 0);
	name_path(path, name);
	name_path(second, other);
	must_be(link(path, second), 0);
	refuse_name(name, -EACCES);
	refuse_name(other, -EACCES);
	must_be(unlink(second), 0);
	must_be(weir_pipe_open(&opened, name), 0);
	weir_pipe_close(opened);
	weir_pipe_close(end);
}

/* Who holds a lease is asked to give it up, and has 45 seconds to do so. */
static void test_5_a_leased_file_makes_nobody_wait(void **state)
{
	const char *name = name_new("leased");
	struct weir_pipe *end;
	char path[NAME_PATH];
	int fd;

	must_be(weir_pipe_create(&end, name, NULL), 0);
	weir_pipe_close(end);
	name_path(path, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	signal(SIGIO, SIG_IGN);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
		refuse_name(name, -EBUSY);
	else
		print_message("not done, no lease: %s\n", strerror(errno));
	signal(SIGIO, SIG_DFL);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_1_a_file_of_somebody_else_is_refused),
		sentence(test_2_a_file_that_more_may_write_is_refused),
		sentence(test_4_a_file_with_a_second_name_is_refused),
		sentence(test_5_a_leased_file_makes_nobody_wait),
		sentence(test_9_a_name_exchanged_in_open_leads_to_one_pipe),
		sentence(test_9_a_name_exchanged_in_open_or_create_does_too),
		sentence(test_10_who_comes_after_an_unlink_meets_nobody),
		sentence(test_11_a_segment_on_a_disk_is_none),
		sentence(test_12_a_header_that_lies_about_its_size_is_refused),
		sentence(
			test_12_28_a_header_that_lies_about_its_rings_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
