/* SPDX-License-Identifier: MIT */
/* What the options ask for, and what is refused. */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The ring's size, as the largest reserve tells it. */
static size_t ring_size(struct weir_pipe *end)
{
	size_t size = 4096;
	void *space;

	while (weir_pipe_reserve(end, size / 2 - 16 + 1, WEIR_NOWAIT, &space) ==
	       0) {
		weir_pipe_abandon(end);
		size *= 2;
	}
	must_be(weir_pipe_reserve(end, size / 2 - 16, WEIR_NOWAIT, &space), 0);
	weir_pipe_abandon(end);
	return size;
}

static void test_the_ring_is_a_power_of_two_of_at_least_4096(void **state)
{
	static const size_t sizes[][2] = {
		{ 0, 256 * 1024 },  { 1, 4096 },          { 4095, 4096 },
		{ 4096, 4096 },     { 4097, 8192 },       { 100000, 131072 },
		{ 262144, 262144 }, { 5 << 20, 8 << 20 },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct weir_pipe *ends[2];

		pair(ends, sizes[i][0], false);
		must_be(ring_size(ends[0]), sizes[i][1]);
		must_be(ring_size(ends[1]), sizes[i][1]);
		unpair(ends);
	}
}

static void test_no_options_are_the_default_options(void **state)
{
	const char *name = name_new("default");
	struct weir_pipe *ends[2];

	must_be(weir_pipe_pair(ends, NULL), 0);
	must_be(ring_size(ends[0]), 256 * 1024);
	must_be(ring_size(ends[1]), 256 * 1024);
	must_be(weir_pipe_backing(ends[0]), 0);
	unpair(ends);
	must_be(weir_pipe_create(&ends[0], name, NULL), 0);
	must_be(weir_pipe_open(&ends[1], name), 0);
	must_be(ring_size(ends[0]), 256 * 1024);
	must_be(ring_size(ends[1]), 256 * 1024);
	unpair(ends);
}

/* All ways to create refuse these options, and make nothing. */
static void refuse(const struct weir_pipe_options *options, const char *name)
{
	struct weir_pipe *ends[2] = { NULL, NULL };

	must_be(weir_pipe_pair(ends, options), -EINVAL);
	must(ends[0] == NULL && ends[1] == NULL);
	must_be(weir_pipe_create(&ends[0], NULL, options), -EINVAL);
	must_be(weir_pipe_create(&ends[0], name, options), -EINVAL);
	must_be(weir_pipe_open_or_create(&ends[0], name, options), -EINVAL);
	must(ends[0] == NULL);
	must(!name_exists(name));
}

static void test_a_ring_above_2_to_the_40_is_refused(void **state)
{
	const char *name = name_new("size");

	refuse(&(struct weir_pipe_options){ .size = SIZE_MAX }, name);
#if SIZE_MAX > UINT32_MAX
	refuse(&(struct weir_pipe_options){ .size = ((size_t)1 << 40) + 1 },
	       name);
#endif
}

static void test_reserved_fields_must_be_zero(void **state)
{
	const char *name = name_new("reserved");

	for (int i = 0; i < 4; i++) {
		struct weir_pipe_options options = { .size = 0 };

		options.reserved[i] = 1;
		refuse(&options, name);
		options.reserved[i] = 0;
		options.segment.reserved[i] = UINT64_C(1) << 63;
		refuse(&options, name);
	}
}

static void test_modes_beyond_0666_are_refused(void **state)
{
	static const mode_t modes[] = {
		0700, 0777, 0010, 01000, 04600, 0100600
	};
	const char *name = name_new("mode");

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		refuse(&(struct weir_pipe_options){ .segment.mode = modes[i] },
		       name);
}

static void test_the_mode_is_the_files_whatever_the_umask(void **state)
{
	static const mode_t modes[][2] = {
		{ 0, 0600 },    { 0600, 0600 }, { 0660, 0660 },
		{ 0666, 0666 }, { 0640, 0640 }, { 0606, 0606 },
	};
	const char *name = name_new("umask");
	mode_t before = umask(0);
	char path[NAME_PATH];

	name_path(path, name);
	for (size_t i = 0; i < 2 * sizeof(modes) / sizeof(modes[0]); i++) {
		struct weir_pipe_options options = {
			.segment.mode = modes[i / 2][0],
		};
		struct weir_pipe *end;
		struct stat facts;

		umask(i % 2 ? 077 : 0);
		must_be(weir_pipe_create(&end, name, &options), 0);
		must_be(stat(path, &facts), 0);
		must_be(facts.st_mode, S_IFREG | modes[i / 2][1]);
		weir_pipe_close(end);
		must_be(weir_unlink(name), 0);
	}
	umask(before);
}

/* Whatever is granted, the pipe works. */
static int backing_of(const struct weir_pipe_options *options, const char *name)
{
	struct weir_pipe *ends[2], *named;
	int backing;

	must_be(weir_pipe_pair(ends, options), 0);
	backing = weir_pipe_backing(ends[0]);
	must(backing >= 0);
	say(ends[0], "works");
	hear(ends[1], "works");
	unpair(ends);
	must_be(weir_pipe_create(&named, name, options), 0);
	must(weir_pipe_backing(named) >= 0);
	must_be(weir_pipe_open(&ends[1], name), 0);
	say(named, "works");
	hear(ends[1], "works");
	weir_pipe_close(named);
	weir_pipe_close(ends[1]);
	must_be(weir_unlink(name), 0);
	return backing;
}

static void test_wishes_are_granted_or_not_and_the_pipe_works(void **state)
{
	static const int flags[] = { WEIR_BACKING_HUGE_PAGES,
		                     WEIR_BACKING_PREFAULTED,
		                     WEIR_BACKING_LOCKED };
	const char *name = name_new("wishes");

	for (int wish = 0; wish < 8; wish++) {
		struct weir_pipe_options options = {
			.segment.huge_pages = wish & 1,
			.segment.prefault = wish & 2,
			.segment.lock_memory = wish & 4,
		};
		int granted = backing_of(&options, name);
		int asked = 0;

		for (int i = 0; i < 3; i++)
			asked |= wish & (1 << i) ? flags[i] : 0;
		must((granted & ~asked) == 0);
		print_message("asked for %d, granted %d\n", asked, granted);
	}
}

static void lock_without_leave(void *argument)
{
	struct weir_pipe_options options = { .segment.lock_memory = true };
	const char *name = argument;

	must_be(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ 0, 0 }), 0);
	if (geteuid() == 0)
		must_be(setuid(65534), 0);
	must_be(backing_of(&options, name), 0);
}

static void test_a_lock_that_is_not_allowed_is_no_failure(void **state)
{
	const char *name = name_new("unlocked");

	if (SANITIZED)
		case_skip("a sanitizer answers for mlock itself");
	child_join(child_start(lock_without_leave, (void *)(uintptr_t)name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_the_ring_is_a_power_of_two_of_at_least_4096),
		sentence(test_no_options_are_the_default_options),
		sentence(test_a_ring_above_2_to_the_40_is_refused),
		sentence(test_reserved_fields_must_be_zero),
		sentence(test_modes_beyond_0666_are_refused),
		sentence(test_the_mode_is_the_files_whatever_the_umask),
		sentence(test_wishes_are_granted_or_not_and_the_pipe_works),
		sentence(test_a_lock_that_is_not_allowed_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
