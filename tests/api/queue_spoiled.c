/* SPDX-License-Identifier: MIT */
/*
 * A queue in shared memory that somebody spoiled: every call comes back, with
 * -EUCLEAN where nothing can be made of it, and the process goes on.
 */
#include "child.h"
#include "names.h"
#include "queues.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, QUEUE_AT = 12288, LONGEST = 4000, LARGE = 1 << 20 };

/*
 * A named queue, open twice, and its file.  All of it lives in a child of the
 * test, because the library answers to SIGBUS since its first named object, and
 * cmocka takes that over at each test.
 */
struct spoiled {
	const char *name;
	struct weir_queue *queue[2];
	int fd;
	off_t size;
};

static void in_child(void (*body)(void *))
{
	struct spoiled spoiled = { .name = name_new("spoiled") };

	child_join(child_start(body, &spoiled));
}

static void spoiled_new(struct spoiled *spoiled)
{
	struct weir_queue_options options = { .capacity = 8,
		                              .block_size = 24,
		                              .memory = LONGEST };
	char path[NAME_PATH];
	struct stat facts;

	must_be(weir_queue_create(&spoiled->queue[0], spoiled->name, &options),
	        0);
	must_be(weir_queue_open(&spoiled->queue[1], spoiled->name), 0);
	name_path(path, spoiled->name);
	spoiled->fd = open(path, O_RDWR | O_CLOEXEC);
	must(spoiled->fd >= 0);
	must_be(fstat(spoiled->fd, &facts), 0);
	spoiled->size = facts.st_size;
}

static void spoiled_end(struct spoiled *spoiled)
{
	weir_queue_close(spoiled->queue[0]);
	weir_queue_close(spoiled->queue[1]);
	close(spoiled->fd);
	must_be(weir_unlink(spoiled->name), 0);
}

/* What a call on spoiled memory may say; above all, it returns. */
static void sane(ssize_t result, ssize_t most)
{
	static const int codes[] = { -EUCLEAN,   -EAGAIN, -ETIMEDOUT,
		                     -ESHUTDOWN, -ENOSPC, -EMSGSIZE,
		                     -EPERM,     -EINVAL, -EOVERFLOW };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (result == codes[i])
			return;
	}
	must(result >= 0 && result <= most);
}

static void call_everything(struct weir_queue *queue)
{
	static char buffer[4 * LONGEST];
	struct iovec parts[2] = { { buffer, 50 }, { buffer, 50 } };
	struct weir_loan loan;
	struct weir_lease lease;

	sane(weir_queue_put(queue, buffer, 8, WEIR_NOWAIT), 0);
	sane(weir_queue_put(queue, buffer, 20, WEIR_US(100)), 0);
	sane(weir_queue_put(queue, buffer, 300, WEIR_US(100)), 0);
	sane(weir_queue_put_many(queue, parts, 2, WEIR_NOWAIT), 2);
	if (weir_queue_reserve(queue, 24, WEIR_NOWAIT, &loan) == 0) {
		memset(loan.data, 1, 24);
		sane(weir_queue_commit(queue, &loan), 0);
	}
	if (weir_queue_lease(queue, WEIR_NOWAIT, &lease) == 0) {
		must(lease.size <= sizeof(buffer));
		memcpy(buffer, lease.data, lease.size);
		sane(weir_queue_done(queue, &lease), 0);
	}
	sane(weir_queue_get_many(queue, parts, 2, WEIR_NOWAIT), 2);
	sane(weir_queue_get(queue, buffer, 8, WEIR_NOWAIT), 8);
	sane(weir_queue_get(queue, buffer, sizeof(buffer), WEIR_US(100)),
	     sizeof(buffer));
	sane(weir_queue_task_done(queue), 0);
	sane(weir_queue_join(queue, WEIR_US(100)), 0);
	must(weir_queue_size(queue) <= LONGEST);
}

static void all_euclean(struct weir_queue *queue)
{
	char buffer[100] = "";
	struct iovec part = { buffer, 20 };
	struct weir_lease lease;
	struct weir_loan loan;

	must_be(weir_queue_put(queue, buffer, 8, WEIR_NOWAIT), -EUCLEAN);
	must_be(weir_queue_put(queue, buffer, 20, WEIR_FOREVER), -EUCLEAN);
	must_be(weir_queue_put_many(queue, &part, 1, WEIR_NOWAIT), -EUCLEAN);
	must_be(weir_queue_reserve(queue, 20, WEIR_NOWAIT, &loan), -EUCLEAN);
	must_be(weir_queue_get(queue, buffer, 100, WEIR_NOWAIT), -EUCLEAN);
	must_be(weir_queue_get(queue, buffer, 100, WEIR_FOREVER), -EUCLEAN);
	must_be(weir_queue_get_many(queue, &part, 1, WEIR_NOWAIT), -EUCLEAN);
	must_be(weir_queue_lease(queue, WEIR_FOREVER, &lease), -EUCLEAN);
	must_be(weir_queue_task_done(queue), -EUCLEAN);
	must_be(weir_queue_join(queue, WEIR_FOREVER), -EUCLEAN);
	must_be(weir_queue_shutdown(queue, true), -EUCLEAN);
	call_everything(queue);
}

/* ---- 13: cut off */

static void truncate_in_use(void *argument)
{
	struct spoiled *spoiled = argument;

	for (off_t left = 0; left <= 6 * PAGE; left += PAGE / 2) {
		spoiled_new(spoiled);
		put_text(spoiled->queue[0], "lost");
		put_text(spoiled->queue[0], "lost with its block");
		must_be(ftruncate(spoiled->fd, left), 0);
		if (left == 0) {
			all_euclean(spoiled->queue[0]);
			all_euclean(spoiled->queue[1]);
		}
		for (int i = 0; i < 100; i++)
			call_everything(spoiled->queue[i & 1]);
		spoiled_end(spoiled);
	}
}

static void test_13_truncated_memory_is_euclean(void **state)
{
	in_child(truncate_in_use);
}

static void get_in_vain(void *argument)
{
	char byte;

	must_be(weir_queue_get(argument, &byte, 1, WEIR_FOREVER), -EUCLEAN);
}

static void put_in_vain(void *argument)
{
	must_be(weir_queue_put(argument, "more", 4, WEIR_FOREVER), -EUCLEAN);
}

static void truncate_in_sleep(void *argument)
{
	struct spoiled *spoiled = argument;
	pid_t child;

	for (int full = 0; full < 2; full++) {
		spoiled_new(spoiled);
		if (full)
			fill_up(spoiled->queue[0], 8);
		child = child_start(full ? put_in_vain : get_in_vain,
		                    spoiled->queue[1]);
		until_asleep(child);
		must_be(ftruncate(spoiled->fd, 0), 0);
		child_join(child);
		spoiled_end(spoiled);
	}
}

static void test_13_who_sleeps_hears_that_the_memory_is_gone(void **state)
{
	in_child(truncate_in_sleep);
}

struct copying {
	struct weir_queue *queue;
	int stop;
};

static void *copy_all_the_time(void *argument)
{
	static __thread char message[LARGE];
	struct copying *copying = argument;
	struct weir_lease lease;

	while (!__atomic_load_n(&copying->stop, __ATOMIC_RELAXED)) {
		sane(weir_queue_put(copying->queue, message, LARGE, 0), 0);
		if (weir_queue_lease(copying->queue, 0, &lease) == 0)
			sane(weir_queue_giveback(copying->queue, &lease), 0);
		sane(weir_queue_get(copying->queue, message, LARGE, 0), LARGE);
	}
	return NULL;
}

/* Both threads copy all the time, so most cuts are in the middle of a copy. */
static void truncate_in_a_copy(void *argument)
{
	struct weir_queue_options options = { .capacity = 4,
		                              .block_size = LARGE / 4,
		                              .memory = 4 * LARGE };
	struct spoiled *spoiled = argument;
	char path[NAME_PATH];
	pthread_t threads[2];

	name_path(path, spoiled->name);
	for (int i = 0; i < 40; i++) {
		struct copying copying = { .stop = 0 };

		must_be(weir_queue_create(&copying.queue, spoiled->name,
		                          &options),
		        0);
		for (int t = 0; t < 2; t++)
			must_be(pthread_create(&threads[t], NULL,
			                       copy_all_the_time, &copying),
			        0);
		usleep((useconds_t)i * 50);
		must_be(truncate(path, i % 5 * PAGE), 0);
		usleep(500);
		__atomic_store_n(&copying.stop, 1, __ATOMIC_RELAXED);
		for (int t = 0; t < 2; t++)
			pthread_join(threads[t], NULL);
		weir_queue_close(copying.queue);
		must_be(weir_unlink(spoiled->name), 0);
	}
}

static void test_13_a_cut_in_the_middle_of_a_copy_is_survived(void **state)
{
	in_child(truncate_in_a_copy);
}

static void open_too_short(void *argument)
{
	struct spoiled *spoiled = argument;
	struct weir_queue *none = NULL;
	char path[NAME_PATH];

	spoiled_new(spoiled);
	name_path(path, spoiled->name);
	for (off_t left = spoiled->size - PAGE; left > 0;
	     left -= left / 2 + 1) {
		must_be(truncate(path, left), 0);
		must(weir_queue_open(&none, spoiled->name) < 0);
		must(weir_queue_open_or_create(&none, spoiled->name, NULL) < 0);
	}
	must(none == NULL);
	spoiled_end(spoiled);
}

static void test_a_file_that_is_too_short_is_not_opened(void **state)
{
	in_child(open_too_short);
}

/* ---- scribbled over */

/* Random bytes over random parts of what is shared, in use. */
static void scribble(struct spoiled *spoiled, uint64_t *random)
{
	unsigned char bytes[256];
	size_t size = 1 + random_next(random) % sizeof(bytes);
	off_t at = QUEUE_AT;

	/* Most of it where the queue is. */
	if (random_next(random) % 8)
		at += (off_t)(random_next(random) % (2 * PAGE));
	else
		at = (off_t)(random_next(random) % QUEUE_AT);
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
	must_be(pwrite(spoiled->fd, bytes, size, at), (ssize_t)size);
}

static void scribble_in_use(void *argument)
{
	struct spoiled *spoiled = argument;
	uint64_t random = 20;

	for (int round = 0; round < 150; round++) {
		spoiled_new(spoiled);
		fill_up(spoiled->queue[0], 20);
		for (int i = 0; i < 10; i++) {
			scribble(spoiled, &random);
			call_everything(spoiled->queue[0]);
			call_everything(spoiled->queue[1]);
		}
		spoiled_end(spoiled);
	}
}

static void test_scribbled_memory_is_survived(void **state)
{
	in_child(scribble_in_use);
}

static void open_scribbled(void *argument)
{
	struct spoiled *spoiled = argument;
	struct weir_queue *late;
	uint64_t random = 30;

	for (int round = 0; round < 300; round++) {
		spoiled_new(spoiled);
		put_text(spoiled->queue[0], "waits in its block");
		scribble(spoiled, &random);
		if (weir_queue_open(&late, spoiled->name) == 0) {
			call_everything(late);
			weir_queue_close(late);
		}
		call_everything(spoiled->queue[0]);
		spoiled_end(spoiled);
	}
}

static void test_a_scribbled_queue_is_opened_with_care(void **state)
{
	in_child(open_scribbled);
}

/* ---- 56: what a block held before */

static void test_56_no_byte_of_an_older_message_is_handed_out(void **state)
{
	struct weir_queue_options options = { .capacity = 2,
		                              .block_size = 120,
		                              .memory = 240 };
	struct weir_queue *queue = queue_with(&options);
	struct weir_lease lease;
	struct weir_loan loan;
	char secret[120], buffer[120];

	memset(secret, 's', sizeof(secret));
	for (size_t size = 0; size < 120; size += 7) {
		for (int i = 0; i < 4; i++) { /* through every block */
			must_be(weir_queue_put(queue, secret, 120, 0), 0);
			must_be(weir_queue_get(queue, buffer, 120, 0), 120);
		}
		memset(buffer, 'x', sizeof(buffer));
		must_be(weir_queue_put(queue,
		                       "..............................."
		                       "..............................."
		                       "..............................."
		                       "...........................",
		                       size, 0),
		        0);
		must_be(weir_queue_get(queue, buffer, 120, 0), size);
		for (size_t i = 0; i < 120; i++)
			must_be(buffer[i], i < size ? '.' : 'x');
		must_be(weir_queue_reserve(queue, 120, 0, &loan), 0);
		memset(loan.data, '.', size);
		loan.size = size;
		must_be(weir_queue_commit(queue, &loan), 0);
		must_be(weir_queue_lease(queue, 0, &lease), 0);
		must_be(lease.size, size);
		must(memchr(lease.data, 's', lease.size) == NULL);
		must_be(weir_queue_done(queue, &lease), 0);
	}
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_13_truncated_memory_is_euclean),
		sentence(test_13_who_sleeps_hears_that_the_memory_is_gone),
		sentence(test_13_a_cut_in_the_middle_of_a_copy_is_survived),
		sentence(test_a_file_that_is_too_short_is_not_opened),
		sentence(test_scribbled_memory_is_survived),
		sentence(test_a_scribbled_queue_is_opened_with_care),
		sentence(test_56_no_byte_of_an_older_message_is_handed_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
