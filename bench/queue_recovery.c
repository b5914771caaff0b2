/* SPDX-License-Identifier: MIT */
/*
 * queue_recovery [--quick]
 *
 * How long it takes from the death of a process that has a lease until another
 * one, which asks all the time, has the message: in a queue of 100,000 blocks,
 * all of which were used before.
 *
 *	recovery  weir  64  microseconds  VALUE
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir/queue.h>

#include "driver.h"

enum { CAPACITY = 100000, SIZE = 64 };

static void fail(const char *what, int result)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	exit(1);
}

static void put_one(struct weir_queue *queue)
{
	char message[SIZE] = "";
	int result = weir_queue_put(queue, message, sizeof(message), 0);

	if (result < 0)
		fail("weir_queue_put", result);
}

static ssize_t get_one(struct weir_queue *queue)
{
	char message[SIZE];
	ssize_t length = weir_queue_get(queue, message, sizeof(message), 0);

	if (length < 0 && length != -EAGAIN)
		fail("weir_queue_get", (int)length);
	return length;
}

static void use_all_blocks(struct weir_queue *queue)
{
	for (unsigned i = 0; i < CAPACITY; i++)
		put_one(queue);
	for (unsigned i = 0; i < CAPACITY; i++)
		get_one(queue);
}

/* Never returns. */
static void die_with_lease(struct weir_queue *queue)
{
	struct weir_lease lease;

	if (weir_queue_lease(queue, WEIR_FOREVER, &lease) == 0)
		raise(SIGKILL);
	_exit(1);
}

static double measure(struct weir_queue *queue)
{
	uint64_t death;
	int status;
	pid_t child;

	put_one(queue);
	child = fork();
	if (child < 0)
		fail("fork", -errno);
	if (child == 0)
		die_with_lease(queue);
	if (waitpid(child, &status, 0) < 0 || !WIFSIGNALED(status))
		fail("lease", -EPROTO);
	death = driver_now();
	while (get_one(queue) != SIZE)
		;
	return (double)(driver_now() - death) / 1e3;
}

int main(int argc, char **argv)
{
	struct effort effort = driver_start(argc, argv);
	struct weir_queue_options options = {
		.capacity = CAPACITY,
		.block_size = SIZE,
	};
	struct weir_queue *queue;
	int result = weir_queue_create(&queue, NULL, &options);

	if (result < 0)
		fail("weir_queue_create", result);
	use_all_blocks(queue);
	for (unsigned round = 0; round < effort.rounds; round++)
		driver_record("recovery", "weir", SIZE, "microseconds",
		              measure(queue));
	weir_queue_close(queue);
	return 0;
}
