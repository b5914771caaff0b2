/* SPDX-License-Identifier: MIT */
/*
 * P16 under fire: processes that use one end in turn, each killed at a random
 * moment, and the next going on where it stopped.
 */
#include "load.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static void send_without_end(void *argument)
{
	struct load *load = argument;
	unsigned char *buffer = malloc(load->largest);

	must(buffer);
	for (uint64_t i = 0;; i++)
		load_send(load, buffer, (struct stamp){ 0, i });
}

static void receive_as_heir(void *argument)
{
	struct load *load = argument;
	uint64_t next = atomic_load(load->ledger);
	unsigned char *buffer = malloc(load->largest);
	struct stamp stamp;

	must(buffer);
	die_after(load->lifetime);
	must(load_recv(load, buffer, &stamp));
	/* Each one before may have died between its receipt and its entry. */
	must(stamp.number >= next && stamp.number <= next + load->life);
	for (next = stamp.number;; next++) {
		atomic_store(load->ledger, next + 1);
		must(load_recv(load, buffer, &stamp));
		must_be(stamp.number, next + 1);
	}
}

/*
 * One receiver after another is killed; the next goes on at the same end.
 * load.life counts those that died since the last entry in the ledger.
 */
static void kill_receivers(enum way way, size_t largest)
{
	struct load load = { .way = way, .largest = largest };
	uint64_t random = 60 + largest;
	unsigned long long received = 0;
	pid_t sender;

	load_new(&load);
	sender = child_start(send_without_end, &load);
	for (int i = 0; i < 200; i++) {
		int status;

		load.lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_MS(3));
		status = child_wait(child_start(receive_as_heir, &load));
		must(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		must(atomic_load(load.ledger) >= received);
		if (atomic_load(load.ledger) > received)
			load.life = 0;
		load.life++;
		received = atomic_load(load.ledger);
	}
	must(received > 0);
	child_kill(sender);
	unpair(load.ends);
	load_end(&load);
}

static void test_p16_the_heir_of_a_killed_receiver_misses_nothing(void **state)
{
	kill_receivers(COPY, 300);
}

static void test_p16_the_heir_of_a_killed_peeker_misses_nothing(void **state)
{
	kill_receivers(ZERO_COPY, 1500);
}

static void test_p16_the_heir_of_a_killed_streamer_goes_on(void **state)
{
	kill_receivers(COPY, 50000);
}

static void send_as_heir(void *argument)
{
	struct load *load = argument;
	unsigned char *buffer = malloc(load->largest);

	must(buffer);
	die_after(load->lifetime);
	for (uint64_t i = 0;; i++) {
		load_send(load, buffer, (struct stamp){ load->life, i });
		atomic_store(load->ledger, i + 1);
	}
}

enum { LIVES = 200 };

/* Shared: how many messages of each life arrived. */
struct arrivals {
	uint64_t of[LIVES];
};

struct lives {
	struct load load;
	struct arrivals *arrived;
};

static void receive_all_lives(void *argument)
{
	struct lives *lives = argument;
	unsigned char *buffer = malloc(lives->load.largest);
	struct stamp stamp;
	uint64_t life = 0;

	must(buffer);
	weir_pipe_close(lives->load.ends[1]);
	while (load_recv(&lives->load, buffer, &stamp)) {
		must(stamp.life >= life && stamp.life < LIVES);
		life = stamp.life;
		must_be(stamp.number, lives->arrived->of[life]);
		lives->arrived->of[life]++;
	}
}

/* One sender after another is killed; the next goes on at the same end. */
static void kill_sender_heirs(enum way way, size_t largest)
{
	struct lives lives = { .load = { .way = way, .largest = largest } };
	struct load *load = &lives.load;
	uint64_t random = 70 + largest;
	unsigned long long sent[LIVES];
	pid_t receiver;

	load_new(load);
	lives.arrived = shared_new(sizeof(*lives.arrived));
	receiver = child_start(receive_all_lives, &lives);
	for (load->life = 0; load->life < LIVES; load->life++) {
		load->lifetime =
			1 + (int64_t)(random_next(&random) % WEIR_MS(3));
		atomic_store(load->ledger, 0);
		child_wait(child_start(send_as_heir, load));
		sent[load->life] = atomic_load(load->ledger);
	}
	unpair(load->ends);
	child_join(receiver);
	for (int life = 0; life < LIVES; life++) {
		must(lives.arrived->of[life] >= sent[life]);
		must(lives.arrived->of[life] <= sent[life] + 1);
	}
	shared_free(lives.arrived, sizeof(*lives.arrived));
	load_end(load);
}

static void test_p16_the_heir_of_a_killed_sender_goes_on(void **state)
{
	kill_sender_heirs(COPY, 300);
}

static void test_p16_the_heir_of_a_killed_reserver_goes_on(void **state)
{
	kill_sender_heirs(ZERO_COPY, 1500);
}

static void test_p16_the_heir_of_a_killed_stream_goes_on(void **state)
{
	kill_sender_heirs(COPY, 50000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p16_the_heir_of_a_killed_receiver_misses_nothing),
		sentence(test_p16_the_heir_of_a_killed_peeker_misses_nothing),
		sentence(test_p16_the_heir_of_a_killed_streamer_goes_on),
		sentence(test_p16_the_heir_of_a_killed_sender_goes_on),
		sentence(test_p16_the_heir_of_a_killed_reserver_goes_on),
		sentence(test_p16_the_heir_of_a_killed_stream_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
