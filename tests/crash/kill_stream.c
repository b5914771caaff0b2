/* SPDX-License-Identifier: MIT */
/*
 * A message that streams through a ring that is smaller, between two processes
 * that are both at it: one is stepped, and killed at instructions that are
 * spread over its call, while the other runs freely.
 */
#include "child.h"
#include "crash/victim.h"
#include "pipe/handle.h"
#include "pipes.h"

#include <stdio.h>
#include <unistd.h>

enum { RING = 4096, LARGE = 12000, KILLS = 40, SMALLS = 2, ASKING = 250 };

/* Written by the process that lives. */
struct account {
	int large;  /* received, or what its send returned */
	int smalls; /* received */
};

struct stage {
	struct weir_pipe *ends[2];
	struct account *account;
	int ready;
	pid_t other;
	struct victim victim;
};

static unsigned char message[LARGE];

static void stage_set(struct stage *stage, void (*other)(void *))
{
	pair(stage->ends, RING, true);
	stage->account = shared_new(sizeof(*stage->account));
	stage->account->large = 1;
	stage->ready = step_new();
	stage->other = child_start(other, stage);
	step_await(stage->ready);
}

static void stage_end(struct stage *stage)
{
	step_free(stage->ready);
	shared_free(stage->account, sizeof(*stage->account));
	unpair(stage->ends);
}

static void let_go(struct stage *stage, int side)
{
	weir_pipe_close(stage->ends[side]);
	stage->ends[side] = NULL;
}

/* Steps `steps` of the call, then kills it; true if it had returned. */
static bool strike(struct stage *stage, uint64_t steps, int result)
{
	bool inside = true;

	while (inside && stage->victim.steps < steps)
		inside = victim_step(&stage->victim);
	if (!inside)
		must_be(victim_result(&stage->victim), result);
	victim_kill(&stage->victim);
	return !inside;
}

/* ---- the sender is killed */

static int send_large(void *argument)
{
	struct stage *stage = argument;

	return weir_pipe_send(stage->ends[1], message, LARGE, WEIR_FOREVER);
}

static void listen_to_all(void *argument)
{
	struct stage *stage = argument;
	struct account *account = stage->account;
	static unsigned char buffer[LARGE];
	ssize_t length;

	account->large = 0;
	weir_pipe_close(stage->ends[1]);
	step_post(stage->ready);
	for (;;) {
		length = weir_pipe_recv(stage->ends[0], buffer, LARGE,
		                        WEIR_FOREVER);
		if (length == -EPIPE)
			return;
		must(length == LARGE || length == 8);
		must(pattern_holds(buffer, (size_t)length, 1));
		if (length == 8)
			account->smalls++;
		else
			account->large++;
	}
}

static uint64_t kill_sender(uint64_t steps, bool shared)
{
	struct stage stage;
	bool returned;

	stage_set(&stage, listen_to_all);
	let_go(&stage, 0);
	victim_start(&stage.victim, send_large, &stage);
	if (!shared)
		let_go(&stage, 1);
	returned = strike(&stage, steps, 0);
	for (int i = 0; shared && i < SMALLS; i++)
		must_be(weir_pipe_send(stage.ends[1], message, 8, SOON), 0);
	if (shared)
		let_go(&stage, 1);
	child_join(stage.other);
	must(stage.account->large <= 1);
	must(stage.account->large == 1 || !returned);
	must_be(stage.account->smalls, shared ? SMALLS : 0);
	stage_end(&stage);
	return stage.victim.steps;
}

/* ---- the receiver is killed */

static int receive_large(void *argument)
{
	struct stage *stage = argument;
	static unsigned char buffer[LARGE];

	return (int)weir_pipe_recv(stage->ends[0], buffer, LARGE, WEIR_FOREVER);
}

static void speak(void *argument)
{
	struct stage *stage = argument;
	int code = 0;

	weir_pipe_close(stage->ends[0]);
	step_post(stage->ready);
	stage->account->large =
		weir_pipe_send(stage->ends[1], message, LARGE, WEIR_FOREVER);
	for (int i = 0; i < SMALLS && code == 0; i++)
		code = weir_pipe_send(stage->ends[1], message, 8, WEIR_FOREVER);
	must(code == 0 || code == -EPIPE);
}

/*
 * The sender was far from done when the receiver died, for all that is left
 * does not fit the ring: then the message must come, from its beginning.
 */
static bool cannot_be_done(const struct stage *stage)
{
	const struct ring_layout *ring = stage->ends[0]->in.shared;

	return load64_acquire(&ring->head) + RING < LARGE;
}

/* What the sibling receives when the victim is dead. */
static void take_over(struct stage *stage, bool returned)
{
	static unsigned char buffer[LARGE];
	bool must_come = cannot_be_done(stage);
	ssize_t length;
	int larges = 0, smalls = 0;

	for (;;) {
		length = weir_pipe_recv(stage->ends[0], buffer, LARGE, SOON);
		if (length == -EPIPE)
			break;
		must(length == LARGE || length == 8);
		must(pattern_holds(buffer, (size_t)length, 1));
		must(length == 8 || smalls == 0);
		if (length == 8)
			smalls++;
		else
			larges++;
	}
	must_be(smalls, SMALLS);
	must(larges <= (returned ? 0 : 1));
	must(larges == 1 || !must_come);
	/* Only a message whose send has returned may go with its receiver. */
	must_be(stage->account->large, 0);
}

/* A second one goes on first, and is killed as well, after `again` steps. */
static uint64_t kill_receivers(uint64_t steps, bool shared, uint64_t again)
{
	struct stage stage;
	bool returned;

	stage_set(&stage, speak);
	let_go(&stage, 1);
	victim_start(&stage.victim, receive_large, &stage);
	if (!shared)
		let_go(&stage, 0);
	returned = strike(&stage, steps, LARGE);
	if (again > 0) {
		victim_start(&stage.victim, receive_large, &stage);
		returned |= strike(&stage, again, LARGE);
	}
	if (shared)
		take_over(&stage, returned);
	child_join(stage.other);
	must(stage.account->large == 0 || stage.account->large == -EPIPE);
	must(stage.account->large == 0 || !(returned || shared));
	stage_end(&stage);
	return stage.victim.steps;
}

static uint64_t kill_receiver(uint64_t steps, bool shared)
{
	return kill_receivers(steps, shared, 0);
}

/* ---- both */

/* Instructions of the whole call, then kills that are spread over it. */
static void spread(uint64_t (*kill_at)(uint64_t steps, bool shared),
                   const char *name)
{
	uint64_t all, total = 0;

	victims_share_one_cpu();
	pattern_fill(message, LARGE, 1);
	all = kill_at(UINT64_MAX, true);
	for (int shared = 0; shared < 2; shared++) {
		for (uint64_t i = 0; i < KILLS; i++)
			total += kill_at(all * i / KILLS + i % 7, shared);
	}
	print_message("%s: %llu steps, %d kills, %llu steps in all\n", name,
	              (unsigned long long)all, 2 * KILLS + 1,
	              (unsigned long long)total);
}

static void test_sender_killed_while_it_streams(void **state)
{
	spread(kill_sender, "send of a stream");
}

static void test_receiver_killed_while_it_streams(void **state)
{
	spread(kill_receiver, "recv of a stream");
}

/* The call that asks for the stream again dies too, at each of its steps. */
static void test_the_next_receiver_is_killed_as_well(void **state)
{
	uint64_t all;

	victims_share_one_cpu();
	pattern_fill(message, LARGE, 1);
	all = kill_receivers(UINT64_MAX, true, 0);
	for (uint64_t i = 1; i <= ASKING; i++) {
		alarm(CASE_SECONDS);
		kill_receivers(all / 4 + i % 7, true, i);
	}
	print_message("recv of a stream that another one began: killed after "
	              "each of %d steps\n",
	              ASKING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_sender_killed_while_it_streams),
		sentence(test_receiver_killed_while_it_streams),
		sentence(test_the_next_receiver_is_killed_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
