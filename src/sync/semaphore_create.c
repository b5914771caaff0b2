/* SPDX-License-Identifier: MIT */
/* How semaphores come to be and are opened, and what of the dead is settled. */
#include "sync/semaphore.h"

#include <errno.h>

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
	/* The dead one may have had the turn, so the others are woken too. */
	bell_ring_at(&shared->bell, &shared->first, RING_ALL);
	bell_ring(&shared->bell, RING_ALL);
	return 0;
}
