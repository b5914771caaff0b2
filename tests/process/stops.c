/* SPDX-License-Identifier: MIT */
/*
 * Processes stopped (SIGSTOP) at random moments, longer than every timeout:
 * nobody waits for them beyond its own time, and nothing they had in hand is
 * taken from them or overwritten.
 */
#include "load.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

struct traffic {
	struct load load;
	uint64_t count;
};

static void send_count(void *argument)
{
	struct traffic *traffic = argument;
	unsigned char *buffer = malloc(traffic->load.largest);

	must(buffer);
	weir_pipe_close(traffic->load.ends[0]);
	for (uint64_t i = 0; i < traffic->count; i++)
		load_send(&traffic->load, buffer, (struct stamp){ 0, i });
}

static void recv_count(void *argument)
{
	struct traffic *traffic = argument;
	unsigned char *buffer = malloc(traffic->load.largest);
	struct stamp stamp;

	must(buffer);
	weir_pipe_close(traffic->load.ends[1]);
	for (uint64_t i = 0; i < traffic->count; i++) {
		must(load_recv(&traffic->load, buffer, &stamp));
		must_be(stamp.number, i);
	}
	must(!load_recv(&traffic->load, buffer, &stamp));
}

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

/* False when it does not come, for now or for good. */
static bool recv_number(struct load *load, unsigned char *buffer,
                        uint64_t number, int64_t timeout)
{
	ssize_t length =
		weir_pipe_recv(load->ends[0], buffer, load->largest, timeout);

	if (length == -ETIMEDOUT || length == -EPIPE)
		return false;
	must_be(stamp_check(load, buffer, length).number, number);
	return true;
}

/* Receives with the sender stopped again and again. */
static void stop_senders(enum way way, size_t largest, uint64_t count)
{
	struct traffic traffic = { .load = { .way = way, .largest = largest },
		                   .count = count };
	unsigned char *buffer = malloc(largest);
	uint64_t random = 80 + largest, next = 0;
	bool lives = true;
	pid_t child;

	must(buffer);
	load_new(&traffic.load);
	child = child_start(send_count, &traffic);
	weir_pipe_close(traffic.load.ends[1]);
	while (next < count) {
		lives = lives && stop(child, &random);
		/* Now nobody but us moves. */
		while (recv_number(&traffic.load, buffer, next, WEIR_MS(2)))
			next++;
		if (lives)
			go_on(child);
		if (!recv_number(&traffic.load, buffer, next, WEIR_FOREVER))
			break;
		next++;
	}
	must_be(next, count);
	child_join(child);
	weir_pipe_close(traffic.load.ends[0]);
	load_end(&traffic.load);
	free(buffer);
}

static void test_g1_a_stopped_sender_keeps_no_receiver_waiting(void **state)
{
	stop_senders(COPY, 300, 20000);
}

static void test_g1_a_sender_stopped_in_place_keeps_nobody_waiting(void **state)
{
	stop_senders(ZERO_COPY, 1000, 10000);
}

static void test_g1_a_stream_of_a_stopped_sender_begins_again(void **state)
{
	stop_senders(COPY, 1000000, 100);
}

/* Sends with the receiver stopped again and again. */
static void stop_receivers(enum way way, size_t largest, uint64_t count)
{
	struct traffic traffic = { .load = { .way = way, .largest = largest },
		                   .count = count };
	unsigned char *buffer = malloc(largest);
	uint64_t random = 90 + largest, next = 0;
	pid_t child;

	must(buffer);
	load_new(&traffic.load);
	child = child_start(recv_count, &traffic);
	weir_pipe_close(traffic.load.ends[0]);
	while (next < count) {
		struct weir_pipe *end = traffic.load.ends[1];
		size_t size;
		int code;

		must(stop(child, &random));
		do {
			size = load_size(&traffic.load, next);
			stamp_fill(buffer, size, (struct stamp){ 0, next });
			code = weir_pipe_send(end, buffer, size, WEIR_MS(2));
			next += code == 0;
		} while (code == 0 && next < count);
		must(code == -ETIMEDOUT || next == count);
		go_on(child);
		if (next < count)
			must_be(weir_pipe_send(end, buffer, size, WEIR_FOREVER),
			        0);
		next += next < count;
	}
	weir_pipe_close(traffic.load.ends[1]);
	child_join(child);
	load_end(&traffic.load);
	free(buffer);
}

static void test_g1_a_stopped_receiver_keeps_no_sender_waiting(void **state)
{
	stop_receivers(COPY, 300, 10000);
}

static void test_g1_a_stopped_peeker_keeps_what_it_peeked(void **state)
{
	stop_receivers(ZERO_COPY, 1000, 10000);
}

static void test_g1_a_receiver_stopped_in_a_stream_gets_it_whole(void **state)
{
	stop_receivers(COPY, 1000000, 100);
}

/* A stopped process is no dead one, however long. */
static void test_g6_a_stopped_end_is_not_gone(void **state)
{
	struct traffic traffic = { .load = { .largest = 100 }, .count = 1 };
	struct weir_pipe *spare[2];
	pid_t child;
	char byte;

	load_new(&traffic.load);
	pair(spare, 4096, false);
	child = child_start(recv_count, &traffic);
	weir_pipe_close(spare[1]);
	weir_pipe_close(traffic.load.ends[0]);
	until_asleep(child);
	must_be(kill(child, SIGSTOP), 0);
	until_stopped(child);
	must_be(weir_pipe_recv(spare[0], &byte, 1, WEIR_MS(400)), -ETIMEDOUT);
	must_be(weir_pipe_poll(spare[0], WEIR_NOWAIT), 0);
	child_kill(child);
	hear_the_end(spare[0]);
	weir_pipe_close(spare[0]);
	weir_pipe_close(traffic.load.ends[1]);
	load_end(&traffic.load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_g1_a_stopped_sender_keeps_no_receiver_waiting),
		sentence(
			test_g1_a_sender_stopped_in_place_keeps_nobody_waiting),
		sentence(test_g1_a_stream_of_a_stopped_sender_begins_again),
		sentence(test_g1_a_stopped_receiver_keeps_no_sender_waiting),
		sentence(test_g1_a_stopped_peeker_keeps_what_it_peeked),
		sentence(test_g1_a_receiver_stopped_in_a_stream_gets_it_whole),
		sentence(test_g6_a_stopped_end_is_not_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
