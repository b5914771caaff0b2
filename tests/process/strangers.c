/* SPDX-License-Identifier: MIT */
/*
 * usage: strangers create|open|die NAME [region]
 *
 * One side of a talk over a named pipe, or one in a named region, built for 64 bits and for 32; see
 * strangers.sh, which lets each talk with each.  `die` opens, and is killed in
 * the middle, which the creator survives.  Exits with 0 if all was as it
 * should be.
 */
#include "pattern.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weir/weir.h>

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

/* Where the pipe is. */
struct place {
	const char *name;
	bool in_region;
	struct weir_region *region;
};

static struct weir_pipe *create(struct place *place)
{
	struct weir_pipe_options options = { .size = RING };
	struct weir_pipe *end;

	if (place->in_region) {
		must(weir_region_create(&place->region, place->name, 1 << 16,
		                        NULL) == 0);
		options.segment.region = place->region;
	}
	must(weir_pipe_create(&end, place->name, &options) == 0);
	return end;
}

/* Asks, and expects each message back; or until the other one died. */
static void ask(struct place *place)
{
	struct weir_pipe *end = create(place);
	uint64_t number = 0;

	while (number < COUNT) {
		send_number(end, number);
		if (!recv_number(end, number))
			break;
		number++;
	}
	must(number == COUNT || number == LAST_BEFORE_DEATH);
	weir_pipe_close(end);
	weir_region_close(place->region);
}

static int open_once(struct weir_pipe **end, struct place *place)
{
	int code = 0;

	if (!place->in_region)
		return weir_pipe_open(end, place->name);
	if (!place->region)
		code = weir_region_open(&place->region, place->name);
	return code < 0 ? code
	                : weir_pipe_open_in(end, place->region, place->name);
}

static struct weir_pipe *open_when_there(struct place *place)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct weir_pipe *end;
	int code;

	while ((code = open_once(&end, place)) == -ENOENT)
		nanosleep(&pause, NULL);
	must(code == 0);
	return end;
}

static void answer(struct place *place, uint64_t deadly)
{
	struct weir_pipe *end = open_when_there(place);
	uint64_t number = 0;

	while (recv_number(end, number)) {
		if (number == deadly)
			raise(SIGKILL);
		send_number(end, number);
		number++;
	}
	must(number == COUNT);
	weir_pipe_close(end);
	weir_region_close(place->region);
}

int main(int argc, char **argv)
{
	struct place place = { .in_region = argc == 4 };

	alarm(60);
	if (argc < 3 || argc > 4)
		return 2;
	place.name = argv[2];
	if (strcmp(argv[1], "create") == 0)
		ask(&place);
	else if (strcmp(argv[1], "open") == 0)
		answer(&place, UINT64_MAX);
	else if (strcmp(argv[1], "die") == 0)
		answer(&place, LAST_BEFORE_DEATH);
	else
		return 2;
	return 0;
}
