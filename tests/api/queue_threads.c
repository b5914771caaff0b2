/* SPDX-License-Identifier: MIT */
/*
 * Threads of one process at one queue; ThreadSanitizer looks on in its build.
 * They use one handle, and so one mapping, for it knows memory by its address.
 */
#include "queues.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { WORKERS = 3, LARGEST = 400 };

/* Which ways there are to put a message, and to take one. */
enum way { COPY, BATCH, IN_PLACE, MIXED };

struct worker {
	struct weir_queue *queue;
	enum way way;
	uint32_t number;   /* of a producer */
	uint32_t count;    /* how many it puts */
	atomic_uint *came; /* how many of each producer came */
};

struct stamp {
	uint32_t producer, number;
};

static size_t size_of(struct stamp stamp)
{
	return sizeof(stamp) + (stamp.number % 4 ? stamp.number * 61 % 100
	                                         : stamp.number % LARGEST);
}

static void write_message(unsigned char *bytes, struct stamp stamp)
{
	memcpy(bytes, &stamp, sizeof(stamp));
	pattern_fill(bytes + sizeof(stamp), size_of(stamp) - sizeof(stamp),
	             stamp.producer * 1000003 + stamp.number);
}

static struct stamp read_message(const unsigned char *bytes, size_t size)
{
	struct stamp stamp;

	must(size >= sizeof(stamp));
	memcpy(&stamp, bytes, sizeof(stamp));
	must_be(size, size_of(stamp));
	must(pattern_holds(bytes + sizeof(stamp), size - sizeof(stamp),
	                   stamp.producer * 1000003 + stamp.number));
	return stamp;
}

static pthread_t start(void *(*body)(void *), void *argument)
{
	pthread_t thread;

	must_be(pthread_create(&thread, NULL, body, argument), 0);
	return thread;
}

static int put_in_place(struct worker *worker, struct stamp stamp)
{
	struct weir_loan loan;
	int code = weir_queue_reserve(worker->queue, size_of(stamp),
	                              WEIR_FOREVER, &loan);

	if (code != 0)
		return code;
	write_message(loan.data, stamp);
	while ((code = weir_queue_commit(worker->queue, &loan)) == -EAGAIN)
		sched_yield();
	must_be(code, 0);
	return 0;
}

/* Puts number `next` and perhaps more; returns how many. */
static uint32_t put_some(struct worker *worker, uint32_t next)
{
	unsigned char bytes[3][sizeof(struct stamp) + LARGEST];
	struct iovec parts[3];
	size_t count = worker->count - next < 3 ? worker->count - next : 3;
	enum way way =
		worker->way == MIXED ? (enum way)(next % 3) : worker->way;
	struct stamp stamp = { worker->number, next };
	ssize_t put;

	if (way == IN_PLACE && put_in_place(worker, stamp) == 0)
		return 1;
	for (uint32_t i = 0; i < count; i++) {
		stamp.number = next + i;
		write_message(bytes[i], stamp);
		parts[i] = (struct iovec){ bytes[i], size_of(stamp) };
	}
	if (way != BATCH) {
		must_be(weir_queue_put(worker->queue, bytes[0],
		                       parts[0].iov_len, WEIR_FOREVER),
		        0);
		return 1;
	}
	put = weir_queue_put_many(worker->queue, parts, count, WEIR_FOREVER);
	must(put >= 1 && put <= (ssize_t)count);
	return (uint32_t)put;
}

static void *put_all(void *argument)
{
	struct worker *worker = argument;

	for (uint32_t next = 0; next < worker->count;)
		next += put_some(worker, next);
	return NULL;
}

/* Fresh ones of a producer come to one consumer in their order. */
static void came(struct worker *worker, struct stamp stamp, int64_t *last,
                 bool again)
{
	must(stamp.producer < WORKERS);
	if (!again) {
		must(stamp.number > last[stamp.producer]);
		last[stamp.producer] = stamp.number;
	}
	atomic_fetch_add(&worker->came[stamp.producer], 1);
}

/* Gives some back; whoever gets those next sees it. */
static int take_in_place(struct worker *worker, int64_t *last)
{
	struct weir_lease lease;
	struct stamp stamp;
	int code = weir_queue_lease(worker->queue, WEIR_FOREVER, &lease);

	if (code != 0)
		return code;
	stamp = read_message(lease.data, lease.size);
	if (lease.deliveries == 1 && stamp.number % 7 == 0) {
		must(stamp.number > last[stamp.producer]);
		last[stamp.producer] = stamp.number;
		must_be(weir_queue_giveback(worker->queue, &lease), 0);
		return 0;
	}
	came(worker, stamp, last, lease.deliveries > 1);
	must_be(weir_queue_done(worker->queue, &lease), 0);
	return 0;
}

/* 0, or why there will be no more. */
static int take_some(struct worker *worker, uint64_t turn, int64_t *last)
{
	unsigned char bytes[3][sizeof(struct stamp) + LARGEST];
	enum way way =
		worker->way == MIXED ? (enum way)(turn % 3) : worker->way;
	struct iovec parts[3];
	ssize_t count;

	if (way == IN_PLACE)
		return take_in_place(worker, last);
	for (int i = 0; i < 3; i++)
		parts[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
	count = weir_queue_get_many(worker->queue, parts, way == BATCH ? 3 : 1,
	                            WEIR_FOREVER);
	for (ssize_t i = 0; i < count; i++) {
		/* Among others who give back, it may be an older one. */
		came(worker, read_message(bytes[i], parts[i].iov_len), last,
		     worker->way == MIXED);
		must_be(weir_queue_task_done(worker->queue), 0);
	}
	return count < 0 ? (int)count : 0;
}

static void *take_all(void *argument)
{
	struct worker *worker = argument;
	int64_t last[WORKERS] = { -1, -1, -1 };
	int code = 0;

	for (uint64_t turn = 0; code == 0; turn++)
		code = take_some(worker, turn, last);
	must_be(code, -ESHUTDOWN);
	return NULL;
}

static void all_work(enum way way, uint32_t count)
{
	struct weir_queue_options options = { .capacity = 16,
		                              .memory = 16384,
		                              .block_size = 120 };
	struct weir_queue *queue = queue_with(&options);
	atomic_uint came[WORKERS] = { 0 };
	struct worker workers[2 * WORKERS];
	pthread_t threads[2 * WORKERS];

	for (uint32_t i = 0; i < 2 * WORKERS; i++) {
		workers[i] = (struct worker){ .queue = queue,
			                      .way = way,
			                      .number = i % WORKERS,
			                      .count = count,
			                      .came = came };
		threads[i] =
			start(i < WORKERS ? put_all : take_all, &workers[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	must_be(weir_queue_join(queue, WEIR_FOREVER), 0);
	must_be(weir_queue_shutdown(queue, false), 0);
	for (int i = WORKERS; i < 2 * WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < WORKERS; i++)
		must_be(came[i], count);
	weir_queue_close(queue);
}

static void test_threads_put_and_get(void **state)
{
	all_work(COPY, 20000);
}

static void test_threads_put_and_get_many(void **state)
{
	all_work(BATCH, 20000);
}

static void test_threads_use_loans_and_leases(void **state)
{
	all_work(IN_PLACE, 20000);
}

static void test_threads_use_everything(void **state)
{
	all_work(MIXED, 20000);
}

static void *put_one(void *argument)
{
	struct weir_queue *queue = argument;

	put_text(queue, "of a short life");
	return NULL;
}

/* Each takes a place of its own, and leaves it. */
static void test_thousands_of_threads_come_and_go(void **state)
{
	struct weir_queue *queue = queue_of(10);
	pthread_t threads[5];

	for (int round = 0; round < 1200; round++) {
		for (int i = 0; i < 5; i++)
			threads[i] = start(put_one, queue);
		for (int i = 0; i < 5; i++)
			pthread_join(threads[i], NULL);
		must_be(drain(queue), 5);
	}
	weir_queue_close(queue);
}

static void *use_two_queues(void *argument)
{
	struct weir_queue *queue = queue_of(3);

	for (int i = 0; i < 200; i++) {
		struct weir_queue *other = queue_of(3);

		put_text(queue, "mine");
		put_text(other, "mine too");
		get_text(other, "mine too");
		get_text(queue, "mine");
		weir_queue_close(other);
	}
	weir_queue_close(queue);
	return NULL;
}

static void test_threads_make_and_close_queues_side_by_side(void **state)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		threads[i] = start(use_two_queues, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void *close_it(void *argument)
{
	weir_queue_close(argument);
	return NULL;
}

/* Those who used it are still there when another one closes it. */
static void test_any_thread_may_close_what_others_used(void **state)
{
	pthread_t threads[2];

	for (int i = 0; i < 200; i++) {
		struct weir_queue *queue = queue_of(3);

		for (int k = 0; k < 2; k++)
			threads[k] = start(put_one, queue);
		for (int k = 0; k < 2; k++)
			pthread_join(threads[k], NULL);
		must_be(drain(queue), 2);
		pthread_join(start(close_it, queue), NULL);
	}
}

struct stream {
	struct weir_queue *queue;
	atomic_bool stop;
};

static void *put_three_and_get_three(void *argument)
{
	struct stream *stream = argument;

	while (!stream->stop) {
		for (int i = 0; i < 3; i++)
			put_text(stream->queue, "streams");
		for (int i = 0; i < 3; i++)
			get_text(stream->queue, "streams");
	}
	return NULL;
}

/* There are always 20, and never more than fit. */
static void test_q7_the_size_is_true_amid_a_stream(void **state)
{
	struct stream stream = { .queue = queue_of(100) };
	pthread_t threads[2];
	int64_t end;

	for (int i = 0; i < 20; i++)
		put_text(stream.queue, "streams");
	for (int i = 0; i < 2; i++)
		threads[i] = start(put_three_and_get_three, &stream);
	end = now() + WEIR_MS(300);
	while (now() < end) {
		size_t size = weir_queue_size(stream.queue);

		must(size >= 20 && size <= 100);
		must(!weir_queue_empty(stream.queue));
	}
	stream.stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	must_be(drain(stream.queue), 20);
	weir_queue_close(stream.queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_threads_put_and_get),
		sentence(test_threads_put_and_get_many),
		sentence(test_threads_use_loans_and_leases),
		sentence(test_threads_use_everything),
		sentence(test_thousands_of_threads_come_and_go),
		sentence(test_threads_make_and_close_queues_side_by_side),
		sentence(test_any_thread_may_close_what_others_used),
		sentence(test_q7_the_size_is_true_amid_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
