/* SPDX-License-Identifier: MIT */
#include "course_sides.h"

#include "sim/heap.h"

#include <errno.h>

enum { POINTS_MOST = 200000, LOOKS_OF_AN_HEIR = 3 };

/* ---- how a side goes */

static void goes(struct side *side)
{
	side->left = true;
	if (side->heir)
		return;
	if (side->sends)
		ledger_sender_goes(&ledgers[!side->number]);
	if (side->receives)
		ledger_receiver_goes(&ledgers[side->number]);
}

static void gone(struct side *side, bool closed)
{
	side->gone = true;
	if (side->heir)
		return;
	if (side->sends)
		ledger_sender_gone(&ledgers[!side->number], closed);
	if (side->receives)
		ledger_receiver_gone(&ledgers[side->number], closed);
}

/* Some close their end, some just exit. */
static void leave(struct side *side)
{
	goes(side);
	if (option(4) == 3)
		return;
	sim_call("close", POINTS_MOST);
	weir_pipe_close(side->end);
	gone(side, true);
}

void side_closed(int actor)
{
	struct side *side = sides[actor];

	if (side && !side->left)
		goes(side);
	if (side && !side->gone)
		gone(side, false);
	for (int i = 0; i < 2 && sim_killed(actor); i++)
		ledger_died(&ledgers[i], actor);
}

/* ---- how it lives */

/* As fork does it: the same descriptions, and a copy of private memory. */
static struct side *fork_child(struct side *side, void (*body)(void *))
{
	struct side *child = sim_calloc(1, sizeof(*child));
	int actor;

	side->forks = false;
	*child = *side;
	child->before = sim_self();
	child->end = sim_malloc(sizeof(*child->end));
	*child->end = *side->end;
	child->end->home = &child->end->segment;
	sim_call("fork", POINTS_MOST);
	actor = sim_actor("child", body, child);
	sim_share_descriptors(actor);
	sides[actor] = child;
	return child;
}

static void follower_lives(void *argument)
{
	struct side *side = argument;

	while (!sides[side->before]->gone)
		sim_nap(WEIR_MS(20));
	side_lives(side);
}

/* The child sends what is left, at once or, as much again, when it is alone. */
static void fork_sender(struct side *side)
{
	if (option(2) == 0) {
		fork_child(side, side_lives);
		side->to_send = 0;
	} else {
		fork_child(side, follower_lives);
	}
	ledger_sender_comes(&ledgers[!side->number]);
}

static void fork_receiver(struct side *side)
{
	fork_child(side, follower_lives)->follows = true;
	ledger_receiver_comes(&ledgers[side->number]);
}

/* Sends and receives what it has to; in turns, if it does both. */
static void work(struct side *side)
{
	bool sends = side->to_send > 0;
	bool receives = side->receives;

	while (sends || (receives && side->answers)) {
		if (sends) {
			side->to_send--;
			sends = side_sends(side) != -EPIPE && side->to_send > 0;
		}
		if (sends && side->forks && option(2) == 0) {
			fork_sender(side);
			sends = side->to_send > 0;
		}
		if (receives && side->forks && option(2) == 0)
			fork_receiver(side);
		/* Now and then it has enough. */
		if (receives)
			receives = side_receives(side) != -EPIPE &&
			           option(32) != 31;
	}
}

void side_lives(void *argument)
{
	work(argument);
	leave(argument);
}

/* ---- heirs */

/* Nobody but this heir can be in the way of one that looks. */
static bool undisturbed(void)
{
	int heirs = 0;

	for (int i = 0; i < SIM_ACTORS; i++)
		heirs += sides[i] && sides[i]->heir;
	return heirs == 1 && !sim_anybody_lingers();
}

/* What the dead left must be had; waited: what there was before the call. */
static void refused(int code, const bool waited[2])
{
	if (code != -EPIPE && code != -EBUSY)
		sim_fail("open by an heir: %d", code);
	for (int i = 0; i < 2; i++) {
		if (code == -EPIPE && waited[i] && undisturbed() &&
		    ledger_waits(&ledgers[i]))
			sim_fail(
				"open by an heir: -EPIPE, and a message waits");
	}
}

static void must_not_send(struct side *side)
{
	int expected = side->end->out.size ? -EPIPE : -EPERM;
	int code;

	sim_call("send by an heir", POINTS_MOST);
	code = weir_pipe_send(side->end, "x", 1, WEIR_NOWAIT);
	if (code != expected)
		sim_fail("send by an heir: %d", code);
}

/* As long as the other side lives, more may come; but nobody waits for it. */
static void drain(struct side *side)
{
	for (int i = 0; i < LOOKS_OF_AN_HEIR; i++) {
		while (side_receives(side) != -EPIPE)
			;
		sim_nap(WEIR_MS(1));
	}
}

void heir_lives(void *argument)
{
	struct side *side = argument;
	bool waited[2];
	int code;

	for (int i = 0; i < 2; i++)
		waited[i] = ledgers[i].receivers_left == 0 &&
		            ledger_waits(&ledgers[i]);
	sim_call("open", POINTS_MOST);
	code = weir_pipe_open(&side->end, course_name);
	sim_say("   = %d", code);
	if (code < 0) {
		refused(code, waited);
		return;
	}
	side->number = side->end->side;
	if (ledgers[side->number].receivers > 0)
		sim_fail("an heir has the end of one that lives");
	must_not_send(side);
	drain(side);
	leave(side);
}
