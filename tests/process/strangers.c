/* SPDX-License-Identifier: MIT */
/*
 * usage: strangers create NAME | open NAME | die NAME
 *
 * One side of a talk over a named pipe, built for 64 bits and for 32; see
 * strangers.sh, which lets each talk with each.  `die` opens, and is killed in
 * the middle, which the creator survives.  Exits with 0 if all was as it
 * should be.
 */
#include "pattern.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weir/pipe.h>

enum { RING = 4096, LARGEST = 70000, COUNT = 1500, LAST_BEFORE_DEATH = 700 };

static unsigned char buffer[LARGEST];

static void must_be_so(int so, const char *text, int line)
{
	if (so)
		return;
	fprintf(stderr, "%d bits, line %d: not so: %s\n",
	        (int)sizeof(void *) * 8, line, text);
	exit(1);
}

#define must(condition) must_be_so(condition, #condition, __LINE__)

static size_t size_of(uint64_t number)
{
	return number % 4 ? (size_t)(number * 31 % 1500)
	                  : (size_t)(number * 7919 % LARGEST);
}

static void send_number(struct weir_pipe *end, uint64_t number)
{
	size_t size = size_of(number);
	void *space;

	if (number % 4 == 1) {
		must(weir_pipe_reserve(end, size, WEIR_FOREVER, &space) == 0);
		pattern_fill(space, size, number);
		must(weir_pipe_commit(end, size) == 0);
		return;
	}
	pattern_fill(buffer, size, number);
	must(weir_pipe_send(end, buffer, size, WEIR_FOREVER) == 0);
}

/* False at the end of file. */
static int recv_number(struct weir_pipe *end, uint64_t number)
{
	size_t size = size_of(number);
	const void *message;
	ssize_t length;

	if (number % 4 == 2) {
		length = weir_pipe_peek(end, WEIR_FOREVER, &message);
		if (length == -EPIPE)
			return 0;
		must(length == (ssize_t)size);
		must(pattern_holds(message, size, number));
		must(weir_pipe_release(end) == 0);
		return 1;
	}
	length = weir_pipe_recv(end, buffer, sizeof(buffer), WEIR_FOREVER);
	if (length == -EPIPE)
		return 0;
	must(length == (ssize_t)size);
	must(pattern_holds(buffer, size, number));
	return 1;
}

/* Asks, and expects each message back; or until the other one died. */
static void ask(const char *name)
{
	struct weir_pipe_options options = { .size = RING };
	struct weir_pipe *end;
	uint64_t number = 0;

	must(weir_pipe_create(&end, name, &options) == 0);
	while (number < COUNT) {
		send_number(end, number);
		if (!recv_number(end, number))
			break;
		number++;
	}
	must(number == COUNT || number == LAST_BEFORE_DEATH);
	weir_pipe_close(end);
}

static struct weir_pipe *open_when_there(const char *name)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct weir_pipe *end;
	int code;

	while ((code = weir_pipe_open(&end, name)) == -ENOENT)
		nanosleep(&pause, NULL);
	must(code == 0);
	return end;
}

static void answer(const char *name, uint64_t deadly)
{
	struct weir_pipe *end = open_when_there(name);
	uint64_t number = 0;

	while (recv_number(end, number)) {
		if (number == deadly)
			raise(SIGKILL);
		send_number(end, number);
		number++;
	}
	must(number == COUNT);
	weir_pipe_close(end);
}

int main(int argc, char **argv)
{
	alarm(60);
	if (argc != 3)
		return 2;
	if (strcmp(argv[1], "create") == 0)
		ask(argv[2]);
	else if (strcmp(argv[1], "open") == 0)
		answer(argv[2], UINT64_MAX);
	else if (strcmp(argv[1], "die") == 0)
		answer(argv[2], LAST_BEFORE_DEATH);
	else
		return 2;
	return 0;
}
