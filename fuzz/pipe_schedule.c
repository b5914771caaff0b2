/* SPDX-License-Identifier: MIT */
#include "pipe_schedule.h"

#include "pipe_schedule_calls.h"

#include <errno.h>
#include <stdlib.h>

enum { TRIES = 40, HEIR_TRIES = 10, CALL_POINTS = 4000, OPEN_POINTS = 200000 };

static const char name[] = "p";

struct scene scene;

void shape_from(struct shape *shape, uint64_t bits)
{
	*shape = (struct shape){
		.count = 1 + (uint32_t)(bits & 7),
		.sizes = (uint32_t)(bits >> 3 & 7),
		.sends = (uint32_t)(bits >> 6 & 3),
		.receives = (uint32_t)(bits >> 8 & 3),
		.patience = (uint32_t)(bits >> 10 & 3),
		.answers = (bits >> 12 & 3) == 1,
		.sender_child = (bits >> 14 & 3) == 1,
		.receiver_child = (bits >> 16 & 3) == 1,
		.heir = (bits >> 18 & 1) == 1,
		.no_fences = (bits >> 19 & 7) == 1,
	};
	/* Only R answers. */
	if (shape->answers)
		shape->sender_child = shape->receiver_child = false;
}

/* ---- the oracle */

static bool holds(const struct role *role)
{
	return role->open && sim_alive(role->actor);
}

static bool sender_lives(void)
{
	return holds(&scene.role[S]) || holds(&scene.role[C]);
}

static bool receiver_lives(void)
{
	return holds(&scene.role[R]) || holds(&scene.role[D]);
}

/* Message `number` came, or should have come. */
static void came(int number, const unsigned char *bytes, ssize_t size)
{
	if (number >= (int)scene.shape->count ||
	    scene.state[number] == NOT_BEGUN)
		sim_fail("message %d came before it was sent", number);
	if (size != (ssize_t)size_of(number))
		sim_fail("message %d has %zd bytes, not %zu", number, size,
		         size_of(number));
	for (ssize_t i = 0; i < size; i++) {
		if (bytes[i] != byte_of(number, (size_t)i))
			sim_fail("message %d is torn at byte %zd", number, i);
	}
	scene.next = number + 1;
}

/* Which one it is: the next, or, where one may be missing, the one after. */
static void received(const unsigned char *bytes, ssize_t size)
{
	int number = scene.next;
	bool is_it = size == (ssize_t)size_of(number) &&
	             (size == 0 || bytes[0] == byte_of(number, 0));

	while (!is_it &&
	       (scene.may_miss[number] || scene.state[number] == BEGUN) &&
	       number + 1 < (int)scene.shape->count) {
		number++;
		is_it = size == (ssize_t)size_of(number) &&
		        (size == 0 || bytes[0] == byte_of(number, 0));
	}
	came(number, bytes, size);
	if (!sim_disturbed() && sim_overslept(sim_self()) > WEIR_MS(50))
		sim_fail("message %d was found by the slice, not by a wake",
		         scene.next - 1);
}

/* End of file, or its like for who reads what the dead left. */
static void ended(const struct role *role, bool sender_was_there)
{
	int64_t gone = sim_gone_since(scene.role[S].actor);

	if (role != &scene.role[H] && sender_lives())
		sim_fail("end of file, but a sender lives");
	if (role != &scene.role[H] && scene.calm &&
	    !scene.shape->sender_child && gone >= 0 && scene.called >= 0 &&
	    sim_now() - (gone > scene.called ? gone : scene.called) >
	            WEIR_MS(200))
		sim_fail("end of file took %lld ns",
		         (long long)(sim_now() - gone));
	if (!sim_disturbed() && sim_overslept(sim_self()) > WEIR_MS(50))
		sim_fail("end of file was found by the slice, not by a wake");
	if (role == &scene.role[H] && sender_was_there)
		return;
	for (int i = scene.next; i < (int)scene.shape->count; i++) {
		if (scene.state[i] == SENT && !scene.may_miss[i])
			sim_fail("message %d was sent and never came", i);
	}
}

/* ---- the receivers */

static void receive_all(struct role *role)
{
	int tries = 0;

	while (tries < TRIES) {
		bool sender_was_there = sender_lives();
		ssize_t size;

		scene.called = sim_now();
		sim_call("recv",
		         scene.shape->patience == 2 ? CALL_POINTS : UINT64_MAX);
		sim_forget_sleep();
		size = receive_one(role->end);
		if (size >= 0) {
			received(scene.got, size);
			tries = 0;
			if (scene.shape->answers && role == &scene.role[R])
				answer(role->end, scene.next - 1);
		} else if (size == -EPIPE) {
			ended(role, sender_was_there);
			break;
		} else if (size == -EAGAIN || size == -ETIMEDOUT) {
			tries += scene.opened ? 1 : TRIES / 4;
			sim_rest();
		} else {
			sim_fail("recv returned %zd", size);
		}
	}
}

static void leave(struct role *role)
{
	sim_call("close", OPEN_POINTS);
	role->open = false;
	weir_pipe_close(role->end);
}

/* Who was killed may have taken one more, behind those that were cut off. */
static void take_over_receiving(struct role *role)
{
	int number = scene.next;

	while (number + 1 < (int)scene.shape->count &&
	       (scene.state[number] == BEGUN || scene.may_miss[number]))
		scene.may_miss[number++] = true;
	scene.may_miss[number] = true;
	receive_all(role);
}

/* D: holds the end as long as R does, then goes on. */
static void receiver_child(void *argument)
{
	struct role *role = argument;

	while (sim_alive(scene.role[R].actor))
		sim_rest();
	if (sim_killed(scene.role[R].actor) && scene.opened)
		take_over_receiving(role);
	leave(role);
}

static void receiver(void *argument)
{
	struct role *role = argument;
	struct weir_pipe_options options = {
		.size = 4096,
		.simplex = !scene.shape->answers,
	};
	int code;

	sim_call("create", OPEN_POINTS);
	code = weir_pipe_create(&role->end, name, &options);
	if (code != 0)
		sim_fail("create returned %d", code);
	role->open = true;
	sim_segment = role->end->segment.base;
	if (scene.shape->receiver_child)
		fork_role(role, &scene.role[D], "D", receiver_child);
	/* Who waits for ever waits for somebody. */
	while (scene.shape->patience == 3 && !scene.opened &&
	       sim_alive(scene.role[S].actor))
		sim_rest();
	if (scene.shape->patience != 3 || scene.opened)
		receive_all(role);
	leave(role);
}

/* H */
static void heir(void *argument)
{
	struct role *role = argument;

	while (!scene.opened && sim_alive(scene.role[S].actor))
		sim_rest();
	for (int i = 0; i < HEIR_TRIES && scene.opened; i++) {
		int code;

		sim_call("open", OPEN_POINTS);
		code = weir_pipe_open(&role->end, name);
		if (code == 0) {
			if (receiver_lives() && role->end->side == 0)
				sim_fail("the end of a receiver that lives "
				         "was had");
			role->open = true;
			if (role->end->side == 0)
				take_over_receiving(role);
			leave(role);
			return;
		}
		if (code != -EBUSY && code != -EPIPE)
			sim_fail("open by the heir returned %d", code);
		while (receiver_lives())
			sim_rest();
	}
}

/* ---- the senders */

static bool send_numbered(struct role *role, int number)
{
	for (int i = 0; i < TRIES; i++) {
		int code;

		scene.state[number] = BEGUN;
		sim_call("send",
		         scene.shape->patience == 2 ? CALL_POINTS : UINT64_MAX);
		code = send_one(role->end, number);
		if (code == 0) {
			scene.state[number] = SENT;
			return true;
		}
		if (code == -EPIPE) {
			if (receiver_lives())
				sim_fail("-EPIPE, but a receiver lives");
			return false;
		}
		if (code != -EAGAIN && code != -ETIMEDOUT)
			sim_fail("send returned %d", code);
		sim_rest();
	}
	return false;
}

static void send_from(struct role *role, int first)
{
	for (int i = first; i < (int)scene.shape->count; i++) {
		if (!send_numbered(role, i))
			return;
		if (scene.shape->answers && role == &scene.role[S] &&
		    !hear_answer(role->end, i))
			return;
	}
}

/* C: when S was killed, goes on with what it had not begun. */
static void sender_child(void *argument)
{
	struct role *role = argument;
	int first = 0;

	while (sim_alive(scene.role[S].actor))
		sim_rest();
	if (sim_killed(scene.role[S].actor)) {
		while (first < (int)scene.shape->count &&
		       scene.state[first] != NOT_BEGUN)
			first++;
		send_from(role, first);
	}
	leave(role);
}

static void sender(void *argument)
{
	struct role *role = argument;
	int code = -ENOENT;

	for (int i = 0; i < 4 * TRIES && code == -ENOENT; i++) {
		sim_call("open", OPEN_POINTS);
		code = weir_pipe_open(&role->end, name);
		if (code != 0)
			sim_rest();
	}
	if (code != 0 && receiver_lives() && code != -ENOENT)
		sim_fail("open returned %d", code);
	if (code != 0)
		return;
	role->open = true;
	scene.opened = true;
	scene.opened_at = sim_points();
	if (scene.shape->sender_child)
		fork_role(role, &scene.role[C], "C", sender_child);
	send_from(role, 0);
	leave(role);
}

/* ---- the run */

uint64_t pipe_schedule_begun(void)
{
	return scene.opened_at;
}

const char *pipe_schedule_run(const struct shape *shape,
                              struct sim_schedule *schedule)
{
	const char *wrong;

	scene = (struct scene){ .shape = shape, .called = -1 };
	scene.calm = schedule->stops == 0;
	sim_begin(schedule);
	scene.opened_at = 0;
	sim_fences = !shape->no_fences;
	scene.role[R].actor = sim_actor("R", receiver, &scene.role[R]);
	scene.role[S].actor = sim_actor("S", sender, &scene.role[S]);
	scene.role[C].actor = scene.role[S].actor;
	scene.role[D].actor = scene.role[R].actor;
	if (shape->heir)
		scene.role[H].actor = sim_actor("H", heir, &scene.role[H]);
	wrong = sim_run();
	/* The impatient may miss each other until they give up. */
	if (!wrong && !sim_disturbed() &&
	    (shape->patience == 0 || shape->patience == 3) &&
	    scene.next != (int)shape->count)
		wrong = "nobody was disturbed, but not all messages came";
	sim_segment = NULL;
	sim_end();
	return wrong;
}
