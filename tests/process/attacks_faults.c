/* SPDX-License-Identifier: MIT */
/*
 * Every system call of every kind of call fails once, with each of a few codes:
 * the caller hears of it in a documented way or not at all, nothing is left
 * behind, nothing waits for ever, and what was sent arrives.
 */
#include "attacks.h"
#include "tracer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FAULTS_MOST = 400 };

/* One body, one ordinal, one code. */
struct fault {
	int ordinal;
	int code;
	const char *name;
	bool futexes; /* too; the C library gives up if its own fail */
};

/* What cannot fail so that anybody could do anything about it. */
static bool may_fail(const struct fault *fault, long number)
{
	switch (number) {
	case SYS_close:
	case SYS_munmap:
	case SYS_exit_group:
	case SYS_rt_sigaction:
	case SYS_rt_sigprocmask:
	case SYS_brk:
		return false;
	case SYS_futex:
		return fault->futexes;
	case SYS_mmap:
		return fault->code != EINTR; /* only who is killed gets it */
	default:
		return true;
	}
}

static int fail_one(void *intruder, int ordinal, long number)
{
	const struct fault *fault = intruder;

	if (ordinal != fault->ordinal || !may_fail(fault, number))
		return 0;
	return fault->code;
}

/* The code of the failed call is the answer, or one that the header names. */
static void documented(const struct fault *fault, ssize_t result)
{
	static const int codes[] = { -EEXIST, -EACCES, -ENOSPC, -ENOMEM,
		                     -EMFILE, -ENOENT, -EBUSY,  -EPIPE,
		                     -EPROTO, -EUCLEAN };

	if (result >= 0 || (result == -fault->code && fault->code != EINTR))
		return;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (result == codes[i])
			return;
	}
	fprintf(stderr, "call %d with %s: %zd\n", fault->ordinal,
	        strerror(fault->code), result);
	must(!"a documented code");
}

static void count(int *descriptors, int *mappings)
{
	*descriptors = count_descriptors();
	*mappings = count_shared_mappings();
}

static void try_faults(void (*body)(void *), const char *label, bool futexes)
{
	static const int codes[] = { ENOSPC, EMFILE, ENOMEM, EINTR, EPERM };
	const char *refused = trace_refused();
	struct fault fault = { .name = name_new(label), .futexes = futexes };
	int calls;

	if (refused)
		case_skip(refused);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		fault.code = codes[i];
		fault.ordinal = 0;
		do
			calls = trace(body, &fault, fail_one, &fault);
		while (++fault.ordinal < calls && calls < FAULTS_MOST);
		must(calls > 0 && calls < FAULTS_MOST);
	}
}

static void make_a_pair(void *argument)
{
	int descriptors, mappings, left, mapped;
	struct fault *fault = argument;
	struct weir_pipe *ends[2];
	int code;

	alarm(CASE_SECONDS);
	count(&descriptors, &mappings);
	trace_begin();
	code = weir_pipe_pair(ends, NULL);
	trace_end();
	documented(fault, code);
	if (code == 0) {
		say(ends[0], "works");
		hear(ends[1], "works");
		unpair(ends);
	}
	count(&left, &mapped);
	must_be(left, descriptors);
	must_be(mapped, mappings);
}

static void test_every_fault_of_pair_is_survived(void **state)
{
	try_faults(make_a_pair, "pair", false);
}

static void make_by_name(void *argument)
{
	int descriptors, mappings, left, mapped;
	struct fault *fault = argument;
	struct weir_pipe *end;
	int code;

	alarm(CASE_SECONDS);
	count(&descriptors, &mappings);
	trace_begin();
	code = weir_pipe_create(&end, fault->name, NULL);
	trace_end();
	documented(fault, code);
	must_be(name_exists(fault->name), code == 0);
	if (code == 0) {
		weir_pipe_close(end);
		must_be(weir_unlink(fault->name), 0);
	}
	count(&left, &mapped);
	must_be(left, descriptors);
	must_be(mapped, mappings);
}

static void test_every_fault_of_create_is_survived(void **state)
{
	try_faults(make_by_name, "create", false);
}

/* Also where the name is one of a pipe that is used up. */
static void open_by_name(void *argument)
{
	int descriptors, mappings, left, mapped;
	struct fault *fault = argument;
	struct weir_pipe *first, *end;
	int code;

	alarm(CASE_SECONDS);
	must_be(weir_pipe_create(&first, fault->name, NULL), 0);
	say(first, "before");
	count(&descriptors, &mappings);
	trace_begin();
	code = weir_pipe_open(&end, fault->name);
	trace_end();
	documented(fault, code);
	if (code == 0) {
		hear(end, "before");
		weir_pipe_close(end);
	}
	count(&left, &mapped);
	must_be(left, descriptors);
	must_be(mapped, mappings);
	weir_pipe_close(first);
	must_be(weir_unlink(fault->name), 0);
}

static void test_every_fault_of_open_is_survived(void **state)
{
	try_faults(open_by_name, "open", false);
}

static void start_anew(void *argument)
{
	int descriptors, mappings, left, mapped;
	struct fault *fault = argument;
	struct weir_pipe *end;
	int code;

	alarm(CASE_SECONDS);
	must_be(weir_pipe_create(&end, fault->name, NULL), 0);
	weir_pipe_close(end);
	count(&descriptors, &mappings);
	trace_begin();
	code = weir_pipe_open_or_create(&end, fault->name, NULL);
	trace_end();
	documented(fault, code);
	if (code == 0)
		weir_pipe_close(end);
	count(&left, &mapped);
	must_be(left, descriptors);
	must_be(mapped, mappings);
	code = weir_unlink(fault->name);
	must(code == 0 || code == -ENOENT);
}

static void test_every_fault_of_open_or_create_is_survived(void **state)
{
	try_faults(start_anew, "anew", false);
}

static void open_described(void *argument)
{
	int descriptors, mappings, left, mapped;
	struct fault *fault = argument;
	struct weir_pipe *first, *end;
	int code;

	alarm(CASE_SECONDS);
	must_be(weir_pipe_create(&first, NULL, NULL), 0);
	count(&descriptors, &mappings);
	trace_begin();
	code = weir_pipe_open_fd(&end, weir_pipe_fd(first));
	trace_end();
	documented(fault, code);
	if (code == 0) {
		say(first, "works");
		hear(end, "works");
		weir_pipe_close(end);
	}
	count(&left, &mapped);
	must_be(left, descriptors);
	must_be(mapped, mappings);
	weir_pipe_close(first);
}

static void test_every_fault_of_open_fd_is_survived(void **state)
{
	try_faults(open_described, "described", false);
}

/* Calls that wait, wake, ask who lives, and find the end. */
static void use_a_pipe(void *argument)
{
	static char large[3 * ATTACKED_RING];
	struct weir_pipe_options options = { .size = ATTACKED_RING };
	struct weir_pipe *ends[2];
	char byte;

	alarm(CASE_SECONDS);
	must_be(weir_pipe_pair(ends, &options), 0);
	trace_begin();
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_pipe_recv(ends[0], &byte, 1, WEIR_US(300)), -ETIMEDOUT);
	must_be(weir_pipe_poll(ends[0], WEIR_US(300)), 0);
	say(ends[1], "arrives");
	hear(ends[0], "arrives");
	must_be(weir_pipe_send(ends[0], large, sizeof(large), WEIR_US(300)),
	        -ETIMEDOUT);
	say(ends[1], "last");
	weir_pipe_close(ends[1]);
	hear(ends[0], "last");
	trace_end();
	hear_the_end(ends[0]);
	weir_pipe_close(ends[0]);
}

static void test_every_fault_of_use_goes_unseen(void **state)
{
	try_faults(use_a_pipe, "use", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_every_fault_of_pair_is_survived),
		sentence(test_every_fault_of_create_is_survived),
		sentence(test_every_fault_of_open_is_survived),
		sentence(test_every_fault_of_open_or_create_is_survived),
		sentence(test_every_fault_of_open_fd_is_survived),
		sentence(test_every_fault_of_use_goes_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
