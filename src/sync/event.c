/* SPDX-License-Identifier: MIT */
/*
 * Event: `turns` counts how often it was set and cleared, so it is set while
 * that is odd.
 *
 *	waiter                            who sets it
 *	------                            -----------
 *	n = turns; odd: done              C  turns: even -> odd, by a CAS
 *	A  event |= SLEEPING              D  wakes all if SLEEPING
 *	   fence_others
 *	B  turns is n: sleep              who clears it
 *	   else it was set: done          turns: odd -> even, by a CAS
 *
 * So who waits when it is set gets through, though it be cleared before he has
 * looked.  Nothing here is anybody's, so there is nothing to bury.
 */
#include "weir/event.h"
#include "sync/bell.h"

#include <errno.h>

struct weir_event {
	struct sync sync;
};

/* A CAS fails because somebody set or cleared it; not so often in a row. */
enum { TRIES = REGION_TRIES };

static const struct sync_kind kind = {
	.type = OBJECT_EVENT,
	.size = sizeof(struct weir_event),
	.least = sizeof(struct event_layout),
};

static void format(void *subject, unsigned char *at, bool zeroed)
{
	(void)subject;
	if (!zeroed)
		memset(at, 0, sizeof(struct event_layout));
}

static int plan(struct sync_birth *birth,
                const struct weir_event_options *options)
{
	*birth = (struct sync_birth){ .format = format,
		                      .bytes = sizeof(struct event_layout) };
	if (!options)
		return 0;
	birth->options = &options->segment;
	return sync_reserved(options->reserved, 4);
}

int weir_event_create(struct weir_event **event, const char *name,
                      const struct weir_event_options *options)
{
	struct sync_birth birth;
	int code = plan(&birth, options);

	return code < 0 ? code : sync_create(event, &kind, name, &birth);
}

int weir_event_open_or_create(struct weir_event **event, const char *name,
                              const struct weir_event_options *options)
{
	struct sync_birth birth;
	int code = plan(&birth, options);

	return code < 0 ? code
	                : sync_open_or_create(event, &kind, name, &birth);
}

int weir_event_open(struct weir_event **event, const char *name)
{
	return sync_open(event, &kind, name);
}

int weir_event_open_in(struct weir_event **event, struct weir_region *region,
                       const char *name)
{
	return sync_open_in(event, &kind, region, name);
}

int weir_event_open_fd(struct weir_event **event, int fd)
{
	return sync_open_fd(event, &kind, fd);
}

int weir_event_fd(const struct weir_event *event)
{
	return sync_fd(event ? &event->sync : NULL);
}

int weir_event_backing(const struct weir_event *event)
{
	return sync_backing(event ? &event->sync : NULL);
}

void weir_event_close(struct weir_event *event)
{
	sync_close(event ? &event->sync : NULL);
}

/*
 * Makes `turns` odd, or even; 0 or -EUCLEAN.
 *
 * If it is so already, it is as if it had been made so by this call; so that is
 * asked once more after a fence, as a CAS would be one:
 *
 *	setter                           who clears
 *	------                           ----------
 *	work                             turns: odd -> even (CAS)
 *	   fence_full                    looks for work
 *	looks at turns                   waits
 *
 * Else it might find `turns` odd still, and the other one no work yet.
 */
static int turn(struct word32 *turns, uint32_t odd)
{
	/* Relaxed, here and below: the CAS or the fence orders it. */
	uint32_t seen = load32_relaxed(turns);

	if (seen % 2 == odd) {
		fence_full();
		seen = load32_relaxed(turns);
	}
	for (int i = 0; i < TRIES; i++) {
		if (seen % 2 == odd || cas32(turns, &seen, seen + 1))
			return 0;
	}
	return -EUCLEAN;
}

int weir_event_set(struct weir_event *event)
{
	struct event_layout *shared;
	int code;

	if (!event)
		return -EINVAL;
	shared = sync_at(&event->sync);
	code = turn(&shared->turns, 1);
	/* Also if it was set: who did that may have died before this. */
	bell_ring(&shared->bell, RING_ALL);
	return code;
}

int weir_event_clear(struct weir_event *event)
{
	struct event_layout *shared;

	if (!event)
		return -EINVAL;
	shared = sync_at(&event->sync);
	return turn(&shared->turns, 0);
}

int weir_event_is_set(const struct weir_event *event)
{
	const struct event_layout *shared;

	if (!event)
		return -EINVAL;
	shared = sync_at(&event->sync);
	/* Pairs with the CAS of turn: what was written before set is seen. */
	return load32_acquire(&shared->turns) % 2 == 1;
}

struct wish {
	struct word32 *turns;
	uint32_t seen;
};

static int attempt(void *call)
{
	const struct wish *wish = call;

	/* Pairs with the CAS of turn: what was written before set is seen. */
	return load32_acquire(wish->turns) != wish->seen ? 1 : -EAGAIN;
}

int weir_event_wait(struct weir_event *event, int64_t timeout)
{
	struct event_layout *shared;
	struct wish wish;
	struct waiting waiting = { .attempt = attempt,
		                   .recover = vigil_nobody,
		                   .call = &wish };
	int code;

	if (!event)
		return -EINVAL;
	shared = sync_at(&event->sync);
	wish.turns = &shared->turns;
	/* Pairs with the CAS of turn: what was written before set is seen. */
	wish.seen = load32_acquire(&shared->turns);
	if (wish.seen % 2 == 1)
		return 0;
	code = bell_await(&event->sync, &shared->bell, &shared->bell.event,
	                  &waiting, timeout);
	return code < 0 ? code : 0;
}
