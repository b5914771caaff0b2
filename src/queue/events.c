/* SPDX-License-Identifier: MIT */
#include "queue/events.h"

#include "doors/clock.h"

#include <errno.h>
#include <limits.h>

/* Looking for deaths takes system calls: not more often than this; and now and
   then even if nobody has to wait. */
#define RECOVER_EVERY WEIR_US(100)
#define RECOVER_AMID  WEIR_MS(50)

void queue_wake_slow(const struct queue_view *view, enum queue_event event,
                     size_t count)
{
	struct word32 *word = queue_event(view, event);

	fence_full();
	if (load32_relaxed(word) & EVENT_SLEEPING)
		wait_wake_some(word, count > INT_MAX ? INT_MAX : (int)count);
}

/* What members that died had in hand comes back. */
static int recover(struct weir_queue *queue, int64_t every)
{
	int64_t now = clock_now();
	int64_t last = (int64_t)load64_relaxed(&queue->recovered_at);
	int code;

	if (now - last < every)
		return 0;
	code = home_recover(&queue->home);
	store64_relaxed(&queue->recovered_at, (uint64_t)clock_now());
	return code < 0 ? code : 0;
}

void queue_recover_amid(struct weir_queue *queue)
{
	recover(queue, RECOVER_AMID);
}

struct attempts {
	struct weir_queue *queue;
	queue_attempt attempt;
	void *call;
};

static int look(void *subject, enum look how)
{
	struct attempts *attempts = subject;
	int code = queue_intact(attempts->queue);

	if (code == 0 && how == LOOK_HARD)
		code = recover(attempts->queue, RECOVER_EVERY);
	if (code == 0)
		code = attempts->attempt(attempts->call);
	return code == -EAGAIN ? 0 : code;
}

static struct patience *patience_of(struct weir_queue *queue,
                                    enum queue_event event)
{
	return event == QUEUE_DATA   ? &queue->data_patience
	       : event == QUEUE_ROOM ? &queue->room_patience
	                             : &queue->idle_patience;
}

/* Amid a stream, let the other side run ahead. */
static int lead(struct weir_queue *queue)
{
	bool streams = queue_streams(queue);

	store64_relaxed(&queue->waited_at, index_head(&queue->view.index));
	return streams ? LEAD_STREAM : LEAD_SHORT;
}

int queue_wait(struct weir_queue *queue, enum queue_event event,
               queue_attempt attempt, void *call, int64_t timeout)
{
	struct attempts attempts = { queue, attempt, call };
	bool room = event == QUEUE_ROOM;
	struct wait wait = {
		.event = queue_event(&queue->view, event),
		.patience = patience_of(queue, event),
		.look = look,
		.subject = &attempts,
		.slice = SLICE_LONG,
		.only_cpu = &queue->view.shared->only_cpu[room],
		.other_cpu = &queue->view.shared->only_cpu[!room],
	};
	int code;

	if (timeout <= 0) {
		code = look(&attempts, LOOK_HARD);
		return code == 0 ? -EAGAIN : code;
	}
	wait.deadline = wait_deadline(timeout);
	wait.lead = lead(queue);
	return wait_for(&wait);
}

int queue_end(struct weir_queue *queue, queue_attempt attempt, void *call)
{
	int code = home_recover(&queue->home);

	if (code >= 0)
		code = attempt(call);
	/* What has ended does not go on. */
	return code == -EAGAIN ? -EUCLEAN : code;
}
