/* SPDX-License-Identifier: MIT */
/*
 * Processes killed at random moments: what was sent is received, once, in
 * order and whole; then comes the end of file, soon.
 */
#include "load.h"

#include <stdlib.h>

static void send_until_death(void *argument)
{
	struct load *load = argument;
	unsigned char *buffer = malloc(load->largest);

	must(buffer);
	weir_pipe_close(load->ends[0]);
	die_after(load->lifetime);
	for (uint64_t i = 0;; i++) {
		load_send(load, buffer, (struct stamp){ load->life, i });
		atomic_store(load->ledger, i + 1);
	}
}

/* All that was sent arrives in order, and at most one more. */
static void receive_one_life(struct load *load, unsigned char *buffer)
{
	struct stamp stamp;
	uint64_t next = 0;

	while (load_recv(load, buffer, &stamp)) {
		must_be(stamp.number, next);
		next++;
	}
	must(next >= atomic_load(load->ledger));
	must(next <= atomic_load(load->ledger) + 1);
}

static void kill_senders(enum way way, size_t largest, int rounds)
{
	struct load load = { .way = way, .largest = largest };
	unsigned char *buffer = malloc(largest);
	uint64_t random = 40 + largest;

	must(buffer);
	for (int i = 0; i < rounds; i++) {
		pid_t child;

		load_new(&load);
		load.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_MS(4));
		child = child_start(send_until_death, &load);
		weir_pipe_close(load.ends[1]);
		receive_one_life(&load, buffer);
		child_wait(child);
		weir_pipe_close(load.ends[0]);
		load_end(&load);
	}
	free(buffer);
}

static void test_p8_a_killed_sender_loses_nothing_it_sent(void **state)
{
	kill_senders(COPY, 300, 100);
}

static void test_p8_a_killed_sender_in_place_loses_nothing(void **state)
{
	kill_senders(ZERO_COPY, 1000, 100);
}

static void test_p11_a_killed_sender_leaves_no_part_of_a_stream(void **state)
{
	kill_senders(COPY, 100000, 100);
}

static void test_end_of_file_comes_soon_after_death(void **state)
{
	struct load load = { .largest = 100 };
	unsigned char buffer[100];
	struct stamp stamp;

	for (int i = 0; i < 20; i++) {
		int64_t died;
		pid_t child;

		load_new(&load);
		load.lifetime = WEIR_MS(i + 1);
		child = child_start(send_until_death, &load);
		weir_pipe_close(load.ends[1]);
		child_wait(child);
		died = now();
		while (load_recv(&load, buffer, &stamp))
			;
		must(now() - died < SOON);
		weir_pipe_close(load.ends[0]);
		load_end(&load);
	}
}

static void receive_until_death(void *argument)
{
	struct load *load = argument;
	unsigned char *buffer = malloc(load->largest);
	struct stamp stamp;

	must(buffer);
	weir_pipe_close(load->ends[1]);
	die_after(load->lifetime);
	while (load_recv(load, buffer, &stamp))
		atomic_store(load->ledger, stamp.number + 1);
}

static void test_p9_the_death_of_a_receiver_ends_the_sender(void **state)
{
	struct load load = { .largest = 20000 };
	unsigned char *buffer = malloc(load.largest);
	uint64_t random = 50;
	int code;

	must(buffer);
	for (int i = 0; i < 80; i++) {
		pid_t child;

		load_new(&load);
		load.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_MS(4));
		child = child_start(receive_until_death, &load);
		weir_pipe_close(load.ends[0]);
		for (uint64_t n = 0;; n++) {
			size_t size = load_size(&load, n);

			stamp_fill(buffer, size, (struct stamp){ 0, n });
			code = weir_pipe_send(load.ends[1], buffer, size,
			                      WEIR_FOREVER);
			if (code != 0)
				break;
		}
		must_be(code, -EPIPE);
		child_wait(child);
		weir_pipe_close(load.ends[1]);
		load_end(&load);
	}
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p8_a_killed_sender_loses_nothing_it_sent),
		sentence(test_p8_a_killed_sender_in_place_loses_nothing),
		sentence(test_p11_a_killed_sender_leaves_no_part_of_a_stream),
		sentence(test_end_of_file_comes_soon_after_death),
		sentence(test_p9_the_death_of_a_receiver_ends_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
