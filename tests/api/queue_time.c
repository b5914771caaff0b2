/* SPDX-License-Identifier: MIT */
/* Timeouts, deadlines, signals, and what waiting costs. */
#include "child.h"
#include "queues.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

enum { BLOCK = 1000, CAPACITY = 4 };

/* One that runs out of places first, and one that runs out of memory first. */
struct queues {
	struct weir_queue *places;
	struct weir_queue *memory;
};

static void queues_begin(struct queues *queues)
{
	struct weir_queue_options options = { .capacity = CAPACITY,
		                              .block_size = BLOCK,
		                              .memory = 64 * BLOCK };

	queues->places = queue_with(&options);
	options.capacity = 1000;
	queues->memory = queue_with(&options);
}

static void queues_end(struct queues *queues)
{
	weir_queue_close(queues->places);
	weir_queue_close(queues->memory);
}

static void no_message_comes(struct weir_queue *queue, int64_t timeout,
                             int code)
{
	struct weir_lease lease;
	char byte;
	struct iovec part = { &byte, 1 };

	must_be(weir_queue_get(queue, &byte, 1, timeout), code);
	must_be(weir_queue_get_many(queue, &part, 1, timeout), code);
	must_be(weir_queue_lease(queue, timeout, &lease), code);
}

static void no_room_comes(struct weir_queue *queue, int64_t timeout, int code)
{
	static char large[5 * BLOCK];
	struct iovec part = { large, BLOCK };

	must_be(weir_queue_put(queue, large, BLOCK, timeout), code);
	must_be(weir_queue_put(queue, large, sizeof(large), timeout), code);
	must_be(weir_queue_put_many(queue, &part, 1, timeout), code);
}

/* Every call that waits, once, on an empty and on a full queue. */
static void nothing_comes(struct queues *queues, int64_t timeout, int code)
{
	struct weir_loan loan;

	no_message_comes(queues->places, timeout, code);
	must_be(fill_up(queues->places, 8), CAPACITY);
	must(fill_up(queues->memory, BLOCK) >= 64);
	no_room_comes(queues->places, timeout, code);
	no_room_comes(queues->memory, timeout, code);
	must_be(weir_queue_reserve(queues->memory, BLOCK, timeout, &loan),
	        code);
	must_be(weir_queue_reserve(queues->memory, 1, timeout, &loan), code);
	must_be(weir_queue_join(queues->places, timeout), code);
	drain(queues->places);
	drain(queues->memory);
	while (weir_queue_task_done(queues->places) == 0)
		;
	must_be(weir_queue_join(queues->places, timeout), 0);
}

static void test_t1_a_call_that_may_not_wait_fails_at_once(void **state)
{
	struct queues queues;
	int64_t began;

	queues_begin(&queues);
	began = now();
	nothing_comes(&queues, WEIR_NOWAIT, -EAGAIN);
	must(now() - began < SOON);
	queues_end(&queues);
}

static void must_last(int64_t began, int64_t timeout)
{
	must(now() - began >= timeout);
	must(now() - began < SOON);
}

static void test_t1_a_timed_call_fails_after_its_time_never_early(void **state)
{
	static const int64_t timeouts[] = {
		1, WEIR_US(1), WEIR_US(100), WEIR_MS(1), WEIR_MS(7), WEIR_MS(60)
	};
	static const char text[BLOCK];
	struct queues queues;
	int64_t began;
	char byte;

	queues_begin(&queues);
	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		int64_t time = timeouts[i];

		nothing_comes(&queues, time, -ETIMEDOUT);
		began = now();
		must_be(weir_queue_get(queues.places, &byte, 1, time),
		        -ETIMEDOUT);
		must_last(began, time);
		fill_up(queues.places, 8);
		began = now();
		must_be(weir_queue_put(queues.places, text, 1, time),
		        -ETIMEDOUT);
		must_last(began, time);
		began = now();
		must_be(weir_queue_join(queues.places, time), -ETIMEDOUT);
		must_last(began, time);
		drain(queues.places);
		fill_up(queues.memory, BLOCK);
		began = now();
		must_be(weir_queue_put(queues.memory, text, BLOCK, time),
		        -ETIMEDOUT);
		must_last(began, time);
		drain(queues.memory);
	}
	queues_end(&queues);
}

static void test_t1_a_timed_call_need_not_use_its_time_up(void **state)
{
	static const int64_t timeouts[] = { WEIR_SECONDS(1000), INT64_MAX - 1 };
	struct weir_queue *queue = queue_of(2);
	struct weir_lease lease;
	char byte;

	/* The alarm would end these. */
	for (int i = 0; i < 2; i++) {
		must_be(weir_queue_put(queue, "x", 1, timeouts[i]), 0);
		must_be(weir_queue_get(queue, &byte, 1, timeouts[i]), 1);
		must_be(weir_queue_task_done(queue), 0);
		must_be(weir_queue_put(queue, "x", 1, timeouts[i]), 0);
		must_be(weir_queue_lease(queue, timeouts[i], &lease), 0);
		must_be(weir_queue_done(queue, &lease), 0);
		must_be(weir_queue_join(queue, timeouts[i]), 0);
	}
	weir_queue_close(queue);
}

static void test_t2_a_negative_timeout_acts_as_none(void **state)
{
	static const int64_t timeouts[] = { -1, WEIR_SECONDS(-1), INT64_MIN };
	struct queues queues;
	char byte;

	queues_begin(&queues);
	for (int i = 0; i < 3; i++) {
		nothing_comes(&queues, timeouts[i], -EAGAIN);
		must_be(weir_queue_put(queues.places, "x", 1, timeouts[i]), 0);
		must_be(weir_queue_get(queues.places, &byte, 1, timeouts[i]),
		        1);
		must_be(weir_queue_task_done(queues.places), 0);
	}
	queues_end(&queues);
}

/* What a waiting child shares with its parent. */
struct waiting {
	struct weir_queue *queue;
	atomic_ulong *handled; /* signals that its handler saw; shared */
	int ready;
};

static atomic_ulong *handled;

static void count_signal(int signal)
{
	atomic_fetch_add(handled, 1);
}

/* A signal every 200 microseconds, without SA_RESTART. */
static void storm_begin(void)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct itimerval often = { { 0, 200 }, { 0, 200 } };

	must_be(sigaction(SIGALRM, &action, NULL), 0);
	must_be(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void storm_end(void)
{
	must_be(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL), 0);
}

static void waiting_begin(struct waiting *waiting)
{
	waiting->queue = queue_with(&(struct weir_queue_options){
		.capacity = CAPACITY,
		.block_size = BLOCK,
		.memory = 64 * BLOCK,
	});
	waiting->handled = shared_new(sizeof(*waiting->handled));
	waiting->ready = step_new();
	handled = waiting->handled;
}

static void waiting_end(struct waiting *waiting)
{
	weir_queue_close(waiting->queue);
	shared_free(waiting->handled, sizeof(*waiting->handled));
	step_free(waiting->ready);
}

/* The child is inside its call while these signals come. */
static void until_handled(struct waiting *waiting, unsigned long more)
{
	unsigned long seen = atomic_load(waiting->handled);
	struct timespec pause = { .tv_nsec = 100000 };

	while (atomic_load(waiting->handled) < seen + more)
		nanosleep(&pause, NULL);
}

static void time_out_in_a_storm(void *argument)
{
	struct waiting *waiting = argument;
	int64_t began;

	storm_begin();
	for (int i = 0; i < 2; i++) {
		began = now();
		no_message_comes(waiting->queue, WEIR_MS(100), -ETIMEDOUT);
		must_last(began, WEIR_MS(300));
		fill_up(waiting->queue, 8);
		began = now();
		no_room_comes(waiting->queue, WEIR_MS(100), -ETIMEDOUT);
		must_be(weir_queue_join(waiting->queue, WEIR_MS(100)),
		        -ETIMEDOUT);
		must_last(began, WEIR_MS(400));
		drain(waiting->queue);
	}
	storm_end();
	must(atomic_load(handled) > 100);
}

static void test_t3_interrupted_waits_keep_their_deadline(void **state)
{
	struct waiting waiting;

	waiting_begin(&waiting);
	child_join(child_start(time_out_in_a_storm, &waiting));
	waiting_end(&waiting);
}

static void wait_for_much_memory(void *argument)
{
	struct waiting *waiting = argument;
	static char large[16 * BLOCK];
	int64_t began = now();

	step_post(waiting->ready);
	must_be(weir_queue_put(waiting->queue, large, sizeof(large),
	                       WEIR_MS(300)),
	        -ETIMEDOUT);
	must_last(began, WEIR_MS(300));
	atomic_store(waiting->handled, 1);
}

/* There is some memory again and again, but never enough. */
static void test_t3_all_waits_of_one_call_share_a_deadline(void **state)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	static struct weir_loan loans[100];
	struct waiting waiting;
	int count = 0;
	pid_t child;

	waiting_begin(&waiting);
	while (weir_queue_reserve(waiting.queue, BLOCK, WEIR_NOWAIT,
	                          &loans[count]) == 0)
		must(++count < 100);
	child = child_start(wait_for_much_memory, &waiting);
	step_await(waiting.ready);
	for (int i = 0; !atomic_load(waiting.handled); i = (i + 1) % count) {
		weir_queue_abandon(waiting.queue, &loans[i]);
		must_be(weir_queue_reserve(waiting.queue, BLOCK, WEIR_FOREVER,
		                           &loans[i]),
		        0);
		nanosleep(&pause, NULL);
	}
	child_join(child);
	while (count-- > 0)
		weir_queue_abandon(waiting.queue, &loans[count]);
	waiting_end(&waiting);
}

static void wait_in_a_storm(void *argument)
{
	struct waiting *waiting = argument;
	struct weir_lease lease;

	storm_begin();
	step_post(waiting->ready);
	get_text(waiting->queue, "one");
	step_post(waiting->ready);
	lease_text(waiting->queue, &lease, "two", 1);
	must_be(weir_queue_done(waiting->queue, &lease), 0);
	fill_up(waiting->queue, 8);
	step_post(waiting->ready);
	put_text(waiting->queue, "three");
	step_post(waiting->ready);
	must_be(weir_queue_join(waiting->queue, WEIR_FOREVER), 0);
	storm_end();
}

static void test_t4_a_signal_does_not_end_a_wait(void **state)
{
	struct waiting waiting;
	pid_t child;

	waiting_begin(&waiting);
	child = child_start(wait_in_a_storm, &waiting);
	step_await(waiting.ready);
	until_handled(&waiting, 100);
	put_text(waiting.queue, "one");
	step_await(waiting.ready);
	until_handled(&waiting, 100);
	put_text(waiting.queue, "two");
	step_await(waiting.ready);
	until_handled(&waiting, 100);
	get_text(waiting.queue, "ffffffff");
	step_await(waiting.ready);
	drain(waiting.queue);
	until_handled(&waiting, 100);
	while (weir_queue_task_done(waiting.queue) == 0)
		;
	child_join(child);
	waiting_end(&waiting);
}

/* Less than a twentieth of the time that it waits. */
static void must_be_idle(int64_t before)
{
	must(thread_time() - before < WEIR_MS(50));
}

static void test_t5_waiting_costs_no_processor_time(void **state)
{
	static const char text[BLOCK];
	struct queues queues;
	int64_t before = thread_time();
	char byte;

	queues_begin(&queues);
	must_be(weir_queue_get(queues.places, &byte, 1, WEIR_SECONDS(1)),
	        -ETIMEDOUT);
	must_be_idle(before);
	fill_up(queues.places, 8);
	before = thread_time();
	must_be(weir_queue_put(queues.places, text, 1, WEIR_SECONDS(1)),
	        -ETIMEDOUT);
	must_be_idle(before);
	before = thread_time();
	must_be(weir_queue_join(queues.places, WEIR_SECONDS(1)), -ETIMEDOUT);
	must_be_idle(before);
	fill_up(queues.memory, BLOCK);
	before = thread_time();
	must_be(weir_queue_put(queues.memory, text, BLOCK, WEIR_SECONDS(1)),
	        -ETIMEDOUT);
	must_be_idle(before);
	queues_end(&queues);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_t1_a_call_that_may_not_wait_fails_at_once),
		sentence(test_t1_a_timed_call_fails_after_its_time_never_early),
		sentence(test_t1_a_timed_call_need_not_use_its_time_up),
		sentence(test_t2_a_negative_timeout_acts_as_none),
		sentence(test_t3_interrupted_waits_keep_their_deadline),
		sentence(test_t3_all_waits_of_one_call_share_a_deadline),
		sentence(test_t4_a_signal_does_not_end_a_wait),
		sentence(test_t5_waiting_costs_no_processor_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
