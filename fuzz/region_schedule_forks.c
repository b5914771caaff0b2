/* SPDX-License-Identifier: MIT */
/* Forks, as the handlers of members/registry.c do them. */
#include "region_schedule_inside.h"

#include "fork_region.h"
#include "pipe/ends.h"

static void child_of_fork(void *argument)
{
	struct worker *worker = argument;
	struct membership *membership = &worker->region->membership;
	static uint64_t ids = 1 << 20;
	uint64_t message = 9;
	int code;

	membership_after_fork_child(membership);
	seats_forget(membership);
	membership->id = ++ids;
	sim_call("send by the child", CALL_POINTS);
	code = weir_pipe_send(worker->inherited, &message, sizeof(message),
	                      WEIR_NOWAIT);
	if (code != 0 && code != -EPIPE)
		sim_fail("send by the child: %d", code);
	worker->holds = false;
	weir_pipe_close(worker->inherited);
	sim_call("region close", CALL_POINTS);
	weir_region_close(worker->region);
}

/* The child's copies of its parent's handles. */
static void inherit(struct worker *child, const struct worker *parent,
                    const struct weir_pipe *end)
{
	struct weir_region *region = fork_region(parent->region);

	child->region = region;
	child->inherited = sim_malloc(sizeof(*child->inherited));
	*child->inherited = *end;
	child->inherited->region = region;
	child->inherited->home = &region->segment;
	if (hold_prepare(&region->membership, end_byte(end)) < 0)
		sim_fail("no memory for a hold");
	hold_begin(&region->membership, end_byte(end));
	child->holds = true;
}

void fork_child(struct worker *worker)
{
	struct worker *child = worker + REGION_WORKERS;
	struct weir_pipe *ends[2];
	uint64_t got = 0;
	ssize_t size;

	if (child->region || make_pair(worker, ends) != 0)
		return;
	sim_call("fork", CALL_POINTS);
	membership_before_fork(&worker->region->membership);
	inherit(child, worker, ends[1]);
	child->actor = sim_actor("child", child_of_fork, child);
	sim_share_descriptors(child->actor);
	membership_after_fork_parent(&worker->region->membership);
	weir_pipe_close(ends[1]);
	sim_call("hear the child", CALL_POINTS);
	size = weir_pipe_recv(ends[0], &got, sizeof(got), WEIR_FOREVER);
	if (size == -EPIPE && sim_alive(child->actor) && child->holds)
		sim_fail("the child lives, and its end looks dead");
	if (size != -EPIPE && (size != sizeof(got) || got != 9))
		sim_fail("the child's message: %zd", size);
	if (size == -EPIPE && !sim_killed(child->actor))
		sim_fail("the child's message never came");
	weir_pipe_close(ends[0]);
}
