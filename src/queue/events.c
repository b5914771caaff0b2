/* SPDX-License-Identifier: MIT */
#include "queue/events.h"

#include "region/vigil.h"

#include <errno.h>
#include <limits.h>

/* How often deaths are looked for where nobody has to wait. */
#define RECOVER_AMID WEIR_MS(50)

void queue_wake_slow(const struct queue_view *view, enum queue_event event,
                     size_t count)
{
	struct word32 *word = queue_event(view, event);

	fence_full();
	if (load32_relaxed(word) & EVENT_SLEEPING)
		wait_wake_some(word, count > INT_MAX ? INT_MAX : (int)count);
}

void queue_recover_amid(struct weir_queue *queue)
{
	vigil_look(&queue->home, &queue->recovered_at, RECOVER_AMID);
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
	return streams ? LEAD_FAR : LEAD_SHORT;
}

int queue_wait(struct weir_queue *queue, enum queue_event event,
               queue_attempt attempt, void *call, int64_t timeout)
{
	bool room = event == QUEUE_ROOM;
	struct vigil vigil = {
		.home = &queue->home,
		.recovered_at = &queue->recovered_at,
		.attempt = attempt,
		.call = call,
		.wait = {
			.event = queue_event(&queue->view, event),
			.patience = patience_of(queue, event),
			.only_cpu = &queue->view.shared->only_cpu[room],
			.other_cpu = &queue->view.shared->only_cpu[!room],
		},
	};

	if (timeout > 0)
		vigil.wait.lead = lead(queue);
	return vigil_keep(&vigil, timeout);
}

int queue_end(struct weir_queue *queue, queue_attempt attempt, void *call)
{
	int code = home_recover(&queue->home);

	if (code >= 0)
		code = attempt(call);
	/* What has ended does not go on. */
	return code == -EAGAIN ? -EUCLEAN : code;
}
