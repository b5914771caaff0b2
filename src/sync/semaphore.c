/* SPDX-License-Identifier: MIT */
/*
 * Semaphore: a number of permits.
 *
 *	plain, bounded                    owned
 *	--------------                    -----
 *	value: a CAS to one less, and     a word for each permit:
 *	  to so many more                   sync/permits.h
 *	who dies keeps what he has        what he has is free again
 *
 * Whoever releases then looks at the bell (sync/bell.h), and wakes as many as
 * can go on.  One who was woken and dies has taken nothing; whoever finds his
 * death wakes the others (semaphore_bury_object), and they look by themselves
 * when a slice of their sleep is over.
 */
#include "sync/semaphore.h"

#include "sync/bell.h"
#include "sync/permits.h"
#include "weir/semaphore.h"

#include <errno.h>
#include <limits.h>

struct weir_semaphore {
	struct sync sync;
	uint32_t owned : 1;
	uint32_t most : 31; /* permits there may be; of owned ones, are */
	struct word32 hint; /* of permits.h, or of the guesses */
};

_Static_assert(sizeof(struct weir_semaphore) <= 40, "a handle is small");

/* A CAS fails because somebody else got something done; not so often. */
enum { TRIES = REGION_TRIES };

static struct semaphore_layout *
layout_of(const struct weir_semaphore *semaphore)
{
	return sync_at(&semaphore->sync);
}

static struct permits permits_at(struct semaphore_layout *shared,
                                 uint32_t count)
{
	return (struct permits){ (struct word32 *)(shared + 1),
		                 &shared->released, count };
}

static struct permits permits_of(const struct weir_semaphore *semaphore)
{
	return permits_at(layout_of(semaphore), semaphore->most);
}

/* ---- how it comes to be */

static uint64_t bytes_of(uint32_t initial, enum semaphore_sort sort)
{
	uint64_t bytes = sizeof(struct semaphore_layout);

	if (sort == SEMAPHORE_OWNED)
		bytes += initial * sizeof(struct word32);
	return bytes;
}

/* What is written once, read once; -EUCLEAN. */
static int read_facts(const struct semaphore_layout *shared, uint64_t bytes,
                      uint32_t *initial, enum semaphore_sort *sort)
{
	uint32_t facts[2];

	copy_out(facts, &shared->initial, sizeof(facts));
	if (facts[1] > SEMAPHORE_OWNED || facts[0] > INT_MAX)
		return -EUCLEAN;
	if (bytes < bytes_of(facts[0], facts[1]))
		return -EUCLEAN;
	*initial = facts[0];
	*sort = facts[1];
	return 0;
}

static int begin(struct sync *sync, uint64_t bytes)
{
	struct weir_semaphore *semaphore = (void *)sync;
	enum semaphore_sort sort;
	uint32_t initial;
	int code = read_facts(sync_at(sync), bytes, &initial, &sort);

	if (code < 0)
		return code;
	semaphore->owned = sort == SEMAPHORE_OWNED;
	semaphore->most = sort == SEMAPHORE_PLAIN ? INT_MAX : initial;
	return 0;
}

static const struct sync_kind kind = {
	.type = OBJECT_SEMAPHORE,
	.size = sizeof(struct weir_semaphore),
	.begin = begin,
	.least = sizeof(struct semaphore_layout),
};

struct plan {
	struct sync_birth birth;
	uint32_t initial;
	enum semaphore_sort sort;
};

static void format(void *subject, unsigned char *at, bool zeroed)
{
	const struct plan *plan = subject;
	struct semaphore_layout *shared = (void *)at;

	if (!zeroed)
		memset(at, 0, plan->birth.bytes);
	shared->initial = plan->initial;
	shared->sort = plan->sort;
	if (plan->sort != SEMAPHORE_OWNED)
		store32_relaxed(&shared->value, plan->initial);
}

static int make_plan(struct plan *plan, unsigned value,
                     const struct weir_semaphore_options *options)
{
	*plan = (struct plan){ .initial = value };
	if (options) {
		plan->birth.options = &options->segment;
		if (options->owned)
			plan->sort = SEMAPHORE_OWNED;
		else if (options->bounded)
			plan->sort = SEMAPHORE_BOUNDED;
		if (sync_reserved(options->reserved, 4) < 0)
			return -EINVAL;
	}
	if (value > INT_MAX ||
	    (plan->sort == SEMAPHORE_OWNED && value > PERMITS_MOST))
		return -EINVAL;
	plan->birth.format = format;
	plan->birth.subject = plan;
	plan->birth.bytes = bytes_of(value, plan->sort);
	return 0;
}

int weir_semaphore_create(struct weir_semaphore **semaphore, const char *name,
                          unsigned value,
                          const struct weir_semaphore_options *options)
{
	struct plan plan;
	int code = make_plan(&plan, value, options);

	return code < 0 ? code
	                : sync_create(semaphore, &kind, name, &plan.birth);
}

int weir_semaphore_open_or_create(struct weir_semaphore **semaphore,
                                  const char *name, unsigned value,
                                  const struct weir_semaphore_options *options)
{
	struct plan plan;
	int code = make_plan(&plan, value, options);

	return code < 0 ? code
	                : sync_open_or_create(semaphore, &kind, name,
	                                      &plan.birth);
}

int weir_semaphore_open(struct weir_semaphore **semaphore, const char *name)
{
	return sync_open(semaphore, &kind, name);
}

int weir_semaphore_open_in(struct weir_semaphore **semaphore,
                           struct weir_region *region, const char *name)
{
	return sync_open_in(semaphore, &kind, region, name);
}

int weir_semaphore_open_fd(struct weir_semaphore **semaphore, int fd)
{
	return sync_open_fd(semaphore, &kind, fd);
}

int weir_semaphore_fd(const struct weir_semaphore *semaphore)
{
	return sync_fd(semaphore ? &semaphore->sync : NULL);
}

int weir_semaphore_backing(const struct weir_semaphore *semaphore)
{
	return sync_backing(semaphore ? &semaphore->sync : NULL);
}

void weir_semaphore_close(struct weir_semaphore *semaphore)
{
	sync_close(semaphore ? &semaphore->sync : NULL);
}

/* ---- what it does */

static int check(const struct weir_semaphore *semaphore)
{
	return likely(semaphore != NULL) ? home_code(&semaphore->sync.home)
	                                 : -EINVAL;
}

/*
 * To load the value and then change it by a CAS costs, where the same CPU has
 * just changed it, as much as two CAS.  So the first one is a guess: that an
 * acquire finds as many as the last one did that had to look, and a release one
 * less.  The guess is relaxed: only the CAS makes anything of it.
 */
static bool guess_one(struct weir_semaphore *semaphore)
{
	uint32_t seen = load32_relaxed(&semaphore->hint);

	return !semaphore->owned && seen - 1 < INT_MAX &&
	       cas32(&layout_of(semaphore)->value, &seen, seen - 1);
}

static bool guess_some(struct weir_semaphore *semaphore, uint32_t count)
{
	uint32_t after = load32_relaxed(&semaphore->hint);
	uint32_t seen = after - count;

	return !semaphore->owned && count > 0 && count <= after &&
	       after <= semaphore->most &&
	       cas32(&layout_of(semaphore)->value, &seen, after);
}

static void learn(struct word32 *hint, uint32_t value)
{
	if (load32_relaxed(hint) != value)
		store32_relaxed(hint, value);
}

static int take_one(struct word32 *value, struct word32 *hint)
{
	/* Relaxed: only the CAS makes anything of it. */
	uint32_t seen = load32_relaxed(value);

	for (int i = 0; i < TRIES; i++) {
		if (seen == 0)
			return -EAGAIN;
		if (seen > INT_MAX)
			return -EUCLEAN;
		if (cas32(value, &seen, seen - 1)) {
			learn(hint, seen);
			return 1;
		}
	}
	return -EUCLEAN;
}

static int attempt(void *call)
{
	struct weir_semaphore *semaphore = call;
	struct permits permits;

	if (!semaphore->owned)
		return take_one(&layout_of(semaphore)->value, &semaphore->hint);
	permits = permits_of(semaphore);
	return permits_acquire(&permits, home_member(&semaphore->sync.home),
	                       &semaphore->hint);
}

static int await(struct weir_semaphore *semaphore, int64_t timeout)
{
	struct bell_layout *bell = &layout_of(semaphore)->bell;
	struct waiting waiting = { attempt, vigil_nobody, semaphore };

	if (semaphore->owned)
		waiting.recover = NULL;
	return bell_await(&semaphore->sync, bell, &bell->event, &waiting,
	                  timeout);
}

slow_path static int acquire_slow(struct weir_semaphore *semaphore,
                                  int64_t timeout)
{
	int code = attempt(semaphore);

	if (code == -EAGAIN)
		code = await(semaphore, timeout);
	return code < 0 ? code : 0;
}

int weir_semaphore_acquire(struct weir_semaphore *semaphore, int64_t timeout)
{
	int code = check(semaphore);

	if (unlikely(code < 0))
		return code;
	if (likely(guess_one(semaphore)))
		return 0;
	return acquire_slow(semaphore, timeout);
}

static int give_some(struct word32 *value, struct word32 *hint, uint32_t count,
                     uint32_t most)
{
	/* Relaxed: only the CAS makes anything of it. */
	uint32_t seen = load32_relaxed(value);

	for (int i = 0; i < TRIES; i++) {
		if (seen > INT_MAX)
			return -EUCLEAN;
		if (count > most || seen > most - count)
			return -EOVERFLOW;
		if (cas32(value, &seen, seen + count)) {
			learn(hint, seen + count);
			return 0;
		}
	}
	return -EUCLEAN;
}

slow_path static int release_slow(struct weir_semaphore *semaphore,
                                  uint32_t count)
{
	struct permits permits;

	if (count == 0)
		return -EINVAL;
	if (!semaphore->owned)
		return give_some(&layout_of(semaphore)->value, &semaphore->hint,
		                 count, semaphore->most);
	permits = permits_of(semaphore);
	return permits_release(&permits, home_member(&semaphore->sync.home),
	                       count, &semaphore->hint);
}

int weir_semaphore_release(struct weir_semaphore *semaphore, unsigned count)
{
	int code = check(semaphore);

	if (likely(code == 0) && unlikely(!guess_some(semaphore, count)))
		code = release_slow(semaphore, count);
	if (unlikely(code < 0))
		return code;
	bell_ring(&layout_of(semaphore)->bell,
	          count > INT_MAX ? RING_ALL : (int)count);
	return 0;
}

int weir_semaphore_value(const struct weir_semaphore *semaphore)
{
	struct permits permits;
	uint32_t value;

	if (!semaphore)
		return -EINVAL;
	if (semaphore->owned) {
		permits = permits_of(semaphore);
		return (int)permits_free(&permits);
	}
	/* Relaxed: a count that others may change at any moment. */
	value = load32_relaxed(&layout_of(semaphore)->value);
	return value > INT_MAX ? -EUCLEAN : (int)value;
}

/* ---- deaths */

int semaphore_bury_object(const struct weir_region *region, unsigned char *at,
                          uint64_t bytes, uint32_t member)
{
	struct semaphore_layout *shared = (void *)at;
	enum semaphore_sort sort;
	struct permits permits;
	uint32_t initial;
	int code = -EUCLEAN;

	(void)region;
	if (bytes >= sizeof(*shared))
		code = read_facts(shared, bytes, &initial, &sort);
	if (code < 0)
		return code;
	if (sort == SEMAPHORE_OWNED) {
		permits = permits_at(shared, initial);
		permits_bury(&permits, member);
	}
	bell_ring(&shared->bell, RING_ALL);
	return 0;
}
