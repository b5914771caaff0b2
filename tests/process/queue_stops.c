/* SPDX-License-Identifier: MIT */
/*
 * Members of a queue that are stopped (SIGSTOP) at random moments: the others
 * have all the room and all the messages but what these have in hand, and wait
 * for nobody; on SIGCONT they find all as it should be.
 */
#include "queue_load.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Above all numbers that a child uses. */
enum { OWN = 1 << 24, COUNT = 20000 };

static void nap(uint64_t nanoseconds)
{
	struct timespec time = { .tv_nsec = (long)nanoseconds };

	nanosleep(&time, NULL);
}

/* Stops it at some moment; false: it is a zombie already. */
static bool stop(pid_t child, uint64_t *random)
{
	siginfo_t info = { .si_pid = 0 };

	nap(random_next(random) % 1000000);
	must_be(kill(child, SIGSTOP), 0);
	must_be(waitid(P_PID, (id_t)child, &info, WSTOPPED | WEXITED | WNOWAIT),
	        0);
	return info.si_code == CLD_STOPPED;
}

static void go_on(pid_t child)
{
	must_be(kill(child, SIGCONT), 0);
}

/* The next message without waiting, or -1. */
static int64_t take_number(struct weir_queue *queue)
{
	unsigned char bytes[sizeof(uint64_t) + LARGEST];
	ssize_t size = weir_queue_get(queue, bytes, sizeof(bytes), WEIR_NOWAIT);

	if (size < 0)
		must_be(size, -EAGAIN);
	return size < 0 ? -1 : (int64_t)read_message(bytes, (size_t)size);
}

/* While nobody else moves: as much room as ever, and no message too many. */
static void must_be_ours(struct weir_queue *queue)
{
	unsigned char bytes[sizeof(uint64_t) + LARGEST];
	uint64_t i;

	for (int lap = 0; lap < 3; lap++) {
		must_have(queue, 0, false);
		for (i = 0; i < usual.capacity; i++) {
			write_message(bytes, OWN + i);
			must_be(weir_queue_put(queue, bytes, size_of(OWN + i),
			                       WEIR_NOWAIT),
			        0);
		}
		must_have(queue, usual.capacity, true);
		must_be(weir_queue_put(queue, NULL, 0, WEIR_NOWAIT), -EAGAIN);
		for (i = 0; i < usual.capacity; i++)
			must_be(take_number(queue), OWN + i);
		must_be(take_number(queue), -1);
	}
}

static void put_all(void *argument)
{
	struct load *load = argument;

	for (uint64_t i = 0; i < COUNT; atomic_store(load->put, i))
		i += put_some(load, i);
}

static void stop_producers(enum way way)
{
	uint64_t random = 80 + way, next = 0;
	bool lives = true;
	struct load load;
	int64_t number;
	pid_t child;

	load_begin(&load, way);
	child = child_start(put_all, &load);
	while (lives) {
		lives = stop(child, &random);
		while ((number = take_number(load.queue)) >= 0)
			must_be(number, next++);
		must_be_ours(load.queue);
		go_on(child);
	}
	child_join(child);
	must_be(next, atomic_load(load.put));
	load_end(&load);
}

static void test_g1_a_stopped_put_keeps_nobody_waiting(void **state)
{
	stop_producers(COPY);
}

static void test_g1_a_stopped_put_of_many_keeps_nobody_waiting(void **state)
{
	stop_producers(BATCH);
}

static void test_g1_a_loan_of_a_stopped_process_is_all_it_keeps(void **state)
{
	stop_producers(IN_PLACE);
}

/* Who got a message, in memory that both share. */
enum who { NOBODY, CHILD, PARENT };

struct taking {
	struct load load;
	_Atomic unsigned char *got; /* who, of COUNT messages */
	atomic_int *over;
};

static void note(struct taking *taking, uint64_t number, enum who who)
{
	must(number < COUNT);
	must_be(atomic_exchange(&taking->got[number], who), NOBODY);
}

/* The next message in one way or the other, or -1. */
static int64_t take_some(struct load *load, struct weir_lease *lease)
{
	int64_t number;
	int code;

	if (load->way != IN_PLACE)
		return get_number(load->queue);
	code = weir_queue_lease(load->queue, WEIR_MS(5), lease);
	if (code == -ETIMEDOUT)
		return -1;
	must_be(code, 0);
	number = (int64_t)read_message(lease->data, lease->size);
	must_be(lease->deliveries, 1);
	return number;
}

/* The messages of one producer come to one consumer in their order. */
static void take_until_over(void *argument)
{
	struct taking *taking = argument;
	struct weir_lease lease;
	int64_t number, last = -1;

	for (;;) {
		bool over = atomic_load(taking->over);

		number = take_some(&taking->load, &lease);
		if (number < 0 && over)
			return;
		if (number < 0)
			continue;
		must(number > last);
		last = number;
		note(taking, (uint64_t)number, CHILD);
		if (taking->load.way == IN_PLACE)
			must_be(weir_queue_done(taking->load.queue, &lease), 0);
	}
}

/* All but the one that the stopped consumer has in hand. */
static void all_but_one(struct taking *taking, uint64_t put)
{
	int missing = 0;

	for (uint64_t i = 0; i < put; i++)
		missing += atomic_load(&taking->got[i]) == NOBODY;
	must(missing <= 1);
}

static void stop_consumers(enum way way)
{
	struct taking taking;
	uint64_t random = 90 + way, put = 0;
	int64_t number;
	pid_t child;

	load_begin(&taking.load, way);
	taking.got = shared_new(COUNT);
	taking.over = shared_new(sizeof(*taking.over));
	child = child_start(take_until_over, &taking);
	while (put < COUNT) {
		for (int i = 0; i < 60 && put < COUNT; i++)
			put_number(taking.load.queue, put++);
		must(stop(child, &random));
		while ((number = take_number(taking.load.queue)) >= 0)
			note(&taking, (uint64_t)number, PARENT);
		all_but_one(&taking, put);
		must_be_ours(taking.load.queue);
		go_on(child);
	}
	atomic_store(taking.over, 1);
	child_join(child);
	for (uint64_t i = 0; i < COUNT; i++)
		must(atomic_load(&taking.got[i]) != NOBODY);
	shared_free((void *)(uintptr_t)taking.got, COUNT);
	shared_free(taking.over, sizeof(*taking.over));
	load_end(&taking.load);
}

static void test_g1_a_stopped_get_keeps_one_message_at_most(void **state)
{
	stop_consumers(COPY);
}

static void test_g1_a_stopped_lease_keeps_one_message_at_most(void **state)
{
	stop_consumers(IN_PLACE);
}

static void lease_and_wait(void *argument)
{
	struct load *load = argument;
	struct weir_lease lease;

	lease_text(load->queue, &lease, "in hand", 1);
	step_post(load->ready);
	step_await(load->go);
	must(memcmp(lease.data, "in hand", 7) == 0);
	must_be(weir_queue_done(load->queue, &lease), 0);
}

/* A stopped process is no dead one, however long. */
static void test_g6_a_lease_of_a_stopped_process_stays_its_own(void **state)
{
	struct load load;
	pid_t child;
	char byte;

	load_begin(&load, COPY);
	put_text(load.queue, "in hand");
	child = child_start(lease_and_wait, &load);
	step_await(load.ready);
	must_be(kill(child, SIGSTOP), 0);
	until_stopped(child);
	must_be(weir_queue_get(load.queue, &byte, 1, WEIR_MS(400)), -ETIMEDOUT);
	must_be(weir_queue_join(load.queue, WEIR_MS(100)), -ETIMEDOUT);
	must_be_ours(load.queue);
	step_post(load.go);
	go_on(child);
	child_join(child);
	get_nothing(load.queue);
	load_end(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_g1_a_stopped_put_keeps_nobody_waiting),
		sentence(test_g1_a_stopped_put_of_many_keeps_nobody_waiting),
		sentence(test_g1_a_loan_of_a_stopped_process_is_all_it_keeps),
		sentence(test_g1_a_stopped_get_keeps_one_message_at_most),
		sentence(test_g1_a_stopped_lease_keeps_one_message_at_most),
		sentence(test_g6_a_lease_of_a_stopped_process_stays_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
