/* SPDX-License-Identifier: MIT */
/*
 * usage: strangers_queue create|open|die NAME
 *
 * One side of a talk over two queues in a named region, built for 64 bits and
 * for 32: the creator asks, the opener answers each message.  `die` answers
 * until it has leased one message, and is killed; the creator gets that one
 * back.  Exits with 0 if all was as it should be.
 */
#include "pattern.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weir/weir.h>

enum { LARGEST = 300, COUNT = 2000, DEADLY = 701, CAPACITY = 16 };

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

struct talk {
	struct weir_region *region;
	struct weir_queue *questions;
	struct weir_queue *answers;
};

/* In a cell, in a block, in several. */
static size_t size_of(uint64_t number)
{
	return number % 3 ? (size_t)(number % 9)
	                  : (size_t)(number * 31 % LARGEST);
}

static void put_number(struct weir_queue *queue, uint64_t number)
{
	size_t size = size_of(number);

	pattern_fill(buffer, size, number);
	must(weir_queue_put(queue, buffer, size, WEIR_FOREVER) == 0);
}

static void check(const void *data, size_t size, uint64_t number)
{
	must(size == size_of(number));
	must(pattern_holds(data, size, number));
}

static void get_number(struct weir_queue *queue, uint64_t number)
{
	ssize_t size =
		weir_queue_get(queue, buffer, sizeof(buffer), WEIR_FOREVER);

	must(size >= 0);
	check(buffer, (size_t)size, number);
}

static void ask(struct talk *talk, const char *name)
{
	struct weir_queue_options options = { .capacity = CAPACITY,
		                              .block_size = 40 };

	must(weir_region_create(&talk->region, name, 1 << 17, NULL) == 0);
	options.segment.region = talk->region;
	must(weir_queue_create(&talk->answers, "answers", &options) == 0);
	must(weir_queue_create(&talk->questions, "questions", &options) == 0);
	for (uint64_t number = 0; number < COUNT; number++) {
		struct weir_lease lease;

		put_number(talk->questions, number);
		if (number < DEADLY ||
		    weir_queue_get(talk->answers, buffer, sizeof(buffer),
		                   WEIR_SECONDS(1)) >= 0)
			continue;
		/* The other one died with it in hand. */
		must(weir_queue_lease(talk->questions, WEIR_FOREVER, &lease) ==
		     0);
		must(lease.deliveries == 2 && number == DEADLY);
		check(lease.data, lease.size, number);
		must(weir_queue_done(talk->questions, &lease) == 0);
		return;
	}
	must(weir_queue_join(talk->questions, WEIR_SECONDS(10)) == 0);
}

static void open_when_there(struct talk *talk, const char *name)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int code;

	while ((code = weir_region_open(&talk->region, name)) == -ENOENT)
		nanosleep(&pause, NULL);
	must(code == 0);
	while ((code = weir_queue_open_in(&talk->questions, talk->region,
	                                  "questions")) == -ENOENT)
		nanosleep(&pause, NULL);
	must(code == 0);
	must(weir_queue_open_in(&talk->answers, talk->region, "answers") == 0);
}

static void answer(struct talk *talk, const char *name, uint64_t deadly)
{
	open_when_there(talk, name);
	for (uint64_t number = 0; number < COUNT; number++) {
		struct weir_lease lease;

		if (number != deadly && number % 2) {
			get_number(talk->questions, number);
			must(weir_queue_task_done(talk->questions) == 0);
		} else {
			must(weir_queue_lease(talk->questions, WEIR_FOREVER,
			                      &lease) == 0);
			check(lease.data, lease.size, number);
			if (number == deadly)
				raise(SIGKILL);
			must(weir_queue_done(talk->questions, &lease) == 0);
		}
		if (number >= DEADLY)
			put_number(talk->answers, number);
	}
}

int main(int argc, char **argv)
{
	struct talk talk = { 0 };

	alarm(60);
	if (argc != 3)
		return 2;
	if (strcmp(argv[1], "create") == 0)
		ask(&talk, argv[2]);
	else if (strcmp(argv[1], "open") == 0)
		answer(&talk, argv[2], UINT64_MAX);
	else if (strcmp(argv[1], "die") == 0)
		answer(&talk, argv[2], DEADLY);
	else
		return 2;
	weir_queue_close(talk.questions);
	weir_queue_close(talk.answers);
	weir_region_close(talk.region);
	return 0;
}
