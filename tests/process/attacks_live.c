/* SPDX-License-Identifier: MIT */
/*
 * Attacks by lies that change while they are read (21 to 31, 41, 42): another
 * process has words of the segment be right at one moment and wrong at the
 * next.  Every call ends, in the time it was given.
 */
#include "attacks.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { MESSAGE = 8 << 3 | 1, FIRST_OF_24 = 24 << 3 | 3, OPEN = 1 };

/* What one attacker does to one word, again and again, until it is killed. */
struct flip {
	struct target *target;
	size_t at;
	uint64_t evil;
	uint64_t step; /* not 0: added each time, instead of evil */
};

static void flip_for_ever(void *argument)
{
	struct flip *flip = argument;
	uint64_t *word = target_word(flip->target, flip->at);
	uint64_t right = __atomic_load_n(word, __ATOMIC_RELAXED);

	for (;;) {
		if (flip->step) {
			right += flip->step;
			__atomic_store_n(word, right, __ATOMIC_RELAXED);
			continue;
		}
		__atomic_store_n(word, flip->evil, __ATOMIC_RELAXED);
		__atomic_store_n(word, right, __ATOMIC_RELAXED);
	}
}

/* Both ends call everything for a while, as the word is flipped. */
static void call_while_flipped(struct target *target, struct flip *flip,
                               int rounds)
{
	pid_t flipper;

	flip->target = target;
	flipper = child_start(flip_for_ever, flip);
	for (int i = 0; i < rounds; i++) {
		call_everything(target->ends[i & 1]);
		call_everything(target->ends[0]);
	}
	child_kill(flipper);
}

/* ---- 21 to 30: every word, evil at the second look */

static const uint64_t evils[] = {
	0,
	UINT64_MAX,
	UINT64_C(1) << 31,
	UINT64_C(1) << 32,
	UINT64_C(1) << 63,
	7,
	ATTACKED_RING,
	MESSAGE,
	FIRST_OF_24,
	UINT64_MAX << 3 | 1,
};

static void flip_each(void *argument, const uint16_t *places, size_t count)
{
	struct target *target = argument;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < sizeof(evils) / sizeof(evils[0]); j++) {
			struct flip flip = { .at = places[i],
				             .evil = evils[j] };

			target_new(target);
			fill(target->ends[1], 48);
			call_while_flipped(target, &flip, 3);
			target_end(target);
		}
	}
}

static void flip_positions(void *argument)
{
	static const uint16_t places[] = {
		AT_RING + IN_TAIL,
		AT_RING + IN_LIMIT,
		AT_RING + IN_HEAD,
		AT_RING + IN_PUBLISHED,
		AT_BYTES,
		AT_BYTES + 8,
		AT_BYTES + ATTACKED_RING / 2,
	};

	flip_each(argument, places, sizeof(places) / sizeof(places[0]));
}

static void test_29_positions_and_lengths_that_flip_are_survived(void **state)
{
	attack_in_child(flip_positions);
}

static void flip_states(void *argument)
{
	static const uint16_t places[] = {
		AT_MAGIC,
		AT_VERSION,
		AT_FILE_SIZE,
		AT_TYPE,
		AT_RING_SIZE,
		AT_RINGS,
		AT_END,
		AT_RING + IN_STREAM,
		AT_RING + IN_BEGUN,
		AT_RING + IN_DATA,
		AT_RING + IN_ROOM,
	};

	flip_each(argument, places, sizeof(places) / sizeof(places[0]));
}

static void test_28_30_states_that_flip_are_survived(void **state)
{
	attack_in_child(flip_states);
}

/* ---- 21 to 23: lies that stay */

static void lie_about_positions(void *argument)
{
	static const uint16_t places[] = { IN_TAIL, IN_LIMIT, IN_HEAD,
		                           IN_PUBLISHED };
	static const uint64_t far[] = {
		1,
		4,
		7,
		8,
		ATTACKED_RING - 8,
		ATTACKED_RING,
		ATTACKED_RING + 8,
		UINT64_C(1) << 31,
		UINT64_C(1) << 32,
		UINT64_C(1) << 63,
		(UINT64_C(1) << 63) - 8,
	};
	struct target *target = argument;

	for (size_t i = 0; i < 2 * sizeof(far) / sizeof(far[0]); i++) {
		for (size_t j = 0; j < sizeof(places) / sizeof(places[0]);
		     j++) {
			target_new(target);
			fill(target->ends[1], 48);
			drain(target->ends[0]);
			say(target->ends[1], "waits");
			*target_word(target, AT_RING + places[j]) +=
				i & 1 ? -far[i / 2] : far[i / 2];
			for (int k = 0; k < 4; k++)
				call_everything(target->ends[k & 1]);
			target_end(target);
		}
	}
}

static void test_21_23_positions_that_lie_are_survived(void **state)
{
	attack_in_child(lie_about_positions);
}

static void lie_about_lengths(void *argument)
{
	static const uint64_t headers[] = {
		(UINT64_C(4089) << 3) | 1,
		(UINT64_C(4096) << 3) | 1,
		(UINT64_C(4097) << 3) | 1,
		UINT64_MAX << 3 | 1,
		(UINT64_MAX - 7) << 3 | 1,
		(UINT64_C(1) << 32) << 3 | 1,
		(UINT64_C(1) << 60) << 3 | 1,
		8 << 3 | 0,
		8 << 3 | 5,
		8 << 3 | 7,
		8 << 3 | 2,
		(UINT64_C(1) << 40) << 3 | 4,
		8 << 3 | 3,
		UINT64_MAX << 3 | 3,
	};
	struct target *target = argument;
	static char buffer[2 * ATTACKED_RING];
	const void *message;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		target_new(target);
		say(target->ends[1], "a message");
		*target_head(target) = headers[i];
		must_be(weir_pipe_recv(target->ends[0], buffer, sizeof(buffer),
		                       WEIR_FOREVER),
		        -EUCLEAN);
		must_be(weir_pipe_next_size(target->ends[0], WEIR_FOREVER),
		        -EUCLEAN);
		if (i < 11) /* else it is a stream, which peek does not do */
			must_be(weir_pipe_peek(target->ends[0], WEIR_FOREVER,
			                       &message),
			        -EUCLEAN);
		call_everything(target->ends[0]);
		call_everything(target->ends[1]);
		target_end(target);
	}
}

static void test_22_lengths_that_lie_are_euclean(void **state)
{
	attack_in_child(lie_about_lengths);
}

/* ---- 27, 29: a position that runs away */

static void poll_what_runs_away(void *argument)
{
	struct flip flip = { .at = AT_RING + IN_HEAD, .step = 1 };
	struct target *target = argument;
	pid_t flipper;

	target_new(target);
	memset(target->bytes + AT_BYTES, 0xff, ATTACKED_RING);
	flip.target = target;
	flipper = child_start(flip_for_ever, &flip);
	for (int i = 0; i < 1000; i++)
		must_be_sane(weir_pipe_poll(target->ends[0], WEIR_NOWAIT), 1);
	child_kill(flipper);
	target_end(target);
}

static void test_27_poll_ends_while_the_position_runs_away(void **state)
{
	attack_in_child(poll_what_runs_away);
}

/* ---- 26: beginnings of messages that follow each other in a circle */

static void fill_with_beginnings(struct target *target)
{
	for (size_t at = 0; at < ATTACKED_RING; at += 32) {
		uint64_t *record = target_word(target, AT_BYTES + at);

		record[0] = FIRST_OF_24;
		record[1] = 100; /* of so many bytes */
		record[2] = 7;   /* the attempt that is under way */
	}
	*target_word(target, AT_RING + IN_STREAM) = 7 << 2 | OPEN;
}

static void receive_in_a_circle(void *argument)
{
	struct target *target = argument;
	char buffer[200];
	ssize_t length;

	target_new(target);
	fill_with_beginnings(target);
	length = weir_pipe_recv(target->ends[0], buffer, 200, WEIR_NOWAIT);
	must(length == -EAGAIN || length == -EUCLEAN);
	length = weir_pipe_recv(target->ends[0], buffer, 200, WEIR_MS(1));
	must(length == -ETIMEDOUT || length == -EUCLEAN);
	must_be(weir_pipe_recv(target->ends[0], buffer, 200, WEIR_FOREVER),
	        -EUCLEAN);
	target_end(target);
}

static void test_26_beginnings_without_end_are_no_endless_loop(void **state)
{
	attack_in_child(receive_in_a_circle);
}

/* ---- 31: the payload changes while it is copied */

static void change_while_copied(void *argument)
{
	struct target *target = argument;
	struct flip flip = { .target = target,
		             .at = AT_BYTES + 8,
		             .evil = UINT64_MAX };
	char buffer[64];
	pid_t flipper;

	target_new(target);
	*target_word(target, flip.at) = 0;
	flipper = child_start(flip_for_ever, &flip);
	for (int i = 0; i < 1000; i++) {
		memset(buffer, 'x', sizeof(buffer));
		must_be(weir_pipe_send(target->ends[1], buffer, 48,
		                       WEIR_NOWAIT),
		        0);
		must_be(weir_pipe_recv(target->ends[0], buffer, 48,
		                       WEIR_NOWAIT),
		        48);
		for (int j = 48; j < 64; j++)
			must_be(buffer[j], 'x');
	}
	child_kill(flipper);
	target_end(target);
}

static void test_31_a_payload_that_changes_spoils_only_itself(void **state)
{
	attack_in_child(change_while_copied);
}

/* ---- 41, 42: events */

static void *receive_one(void *argument)
{
	struct weir_pipe *end = argument;

	hear(end, "at last");
	return NULL;
}

/* The victim never sees the word it sleeps on change for a message. */
static void rewrite_the_event(void *argument)
{
	struct target *target = argument;
	pthread_t receiver;
	int64_t begun;

	target_new(target);
	must_be(pthread_create(&receiver, NULL, receive_one, target->ends[0]),
	        0);
	/* The sender is made to believe that nobody sleeps. */
	for (int i = 0; i < 200; i++) {
		*target_word(target, AT_RING + IN_DATA) = 0;
		usleep(500);
	}
	begun = now();
	say(target->ends[1], "at last");
	pthread_join(receiver, NULL);
	must(now() - begun < SOON);
	target_end(target);
}

static void test_41_who_is_not_woken_wakes_by_itself(void **state)
{
	attack_in_child(rewrite_the_event);
}

static void change_the_event(void *argument)
{
	struct flip flip = { .target = argument,
		             .at = AT_RING + IN_DATA,
		             .step = 2 };

	*target_word(argument, flip.at) |= 1;
	flip_for_ever(&flip);
}

/* Who wants to sleep cannot, and who wants to wake it cannot say so. */
static void sleep_in_a_storm(void *argument)
{
	struct target *target = argument;
	pid_t storm;
	char byte;

	target_new(target);
	storm = child_start(change_the_event, target);
	for (int i = 0; i < 20; i++) {
		must_be(weir_pipe_recv(target->ends[0], &byte, 1, WEIR_MS(5)),
		        -ETIMEDOUT);
		must_be(weir_pipe_poll(target->ends[0], WEIR_MS(1)), 0);
		say(target->ends[1], "through the storm");
		hear(target->ends[0], "through the storm");
	}
	child_kill(storm);
	target_end(target);
}

static void test_42_a_storm_of_events_ends_no_wait_and_begins_none(void **state)
{
	attack_in_child(sleep_in_a_storm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_21_23_positions_that_lie_are_survived),
		sentence(test_22_lengths_that_lie_are_euclean),
		sentence(test_29_positions_and_lengths_that_flip_are_survived),
		sentence(test_28_30_states_that_flip_are_survived),
		sentence(test_27_poll_ends_while_the_position_runs_away),
		sentence(test_26_beginnings_without_end_are_no_endless_loop),
		sentence(test_31_a_payload_that_changes_spoils_only_itself),
		sentence(test_41_who_is_not_woken_wakes_by_itself),
		sentence(
			test_42_a_storm_of_events_ends_no_wait_and_begins_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
