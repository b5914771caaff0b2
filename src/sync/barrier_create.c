/* SPDX-License-Identifier: MIT */
/*
 * How barriers come to be, are opened and closed, and lose a user.
 *
 * Each member that has the barrier open has a bit there; who closes it takes
 * that back.  So a bit of a dead member means that it was not closed, and that a
 * party may never come: that is certain if it was in step (barrier.c).  That of a child is set before the fork, so there is no
 * moment at which it could die unnoticed.
 */
#include "sync/barrier.h"

#include "members/registry.h"

#include <errno.h>

/* ---- users */

static struct weir_barrier *barrier_of(struct dependent *dependent)
{
	return (void *)((char *)dependent -
	                offsetof(struct weir_barrier, dependent));
}

static void forks(struct dependent *dependent, uint32_t member)
{
	struct barrier_layout *shared = sync_at(&barrier_of(dependent)->sync);

	member_enter(shared->users, member);
}

/* This process has another handle of the same barrier, in a region. */
static bool has_another(const struct weir_barrier *barrier)
{
	struct dependent *other =
		barrier->sync.home.region->membership.dependents;

	for (; other; other = other->next) {
		if (other->forks == forks &&
		    sync_at(&barrier_of(other)->sync) ==
		            sync_at(&barrier->sync))
			return true;
	}
	return false;
}

int barrier_bury_object(const struct weir_region *region, unsigned char *at,
                        uint64_t bytes, uint32_t member)
{
	struct barrier_layout *shared = (void *)at;
	int code;

	(void)region;
	if (bytes < sizeof(*shared))
		return -EUCLEAN;
	if (!member_is(shared->users, member))
		return 0;
	code = barrier_lost(shared, member_is(shared->in_step, member));
	member_leave(shared->in_step, member);
	member_leave(shared->users, member);
	return code;
}

/* ---- handles */

static int begin(struct sync *sync, uint64_t bytes)
{
	struct weir_barrier *barrier = (void *)sync;
	struct barrier_layout *shared = sync_at(sync);

	(void)bytes;
	copy_out(&barrier->parties, &shared->parties, sizeof(barrier->parties));
	if (barrier->parties == 0 || barrier->parties > PARTIES_MOST)
		return -EUCLEAN;
	barrier->dependent.forks = forks;
	registry_lock();
	membership_depend(&sync->home.region->membership, &barrier->dependent);
	if (home_code(&sync->home) == 0)
		member_enter(shared->users, home_member(&sync->home));
	registry_unlock();
	return 0;
}

void weir_barrier_close(struct weir_barrier *barrier)
{
	struct barrier_layout *shared;
	struct home *home;

	if (!barrier)
		return;
	home = &barrier->sync.home;
	shared = sync_at(&barrier->sync);
	registry_lock();
	membership_independ(&home->region->membership, &barrier->dependent);
	if (home_code(home) == 0 && !has_another(barrier)) {
		member_leave(shared->in_step, home_member(home));
		member_leave(shared->users, home_member(home));
	}
	registry_unlock();
	sync_close(&barrier->sync);
}

static const struct sync_kind kind = {
	.type = OBJECT_BARRIER,
	.size = sizeof(struct weir_barrier),
	.begin = begin,
	.least = sizeof(struct barrier_layout),
};

struct plan {
	struct sync_birth birth;
	uint32_t parties;
};

static void format(void *subject, unsigned char *at, bool zeroed)
{
	const struct plan *plan = subject;
	struct barrier_layout *shared = (void *)at;

	if (!zeroed)
		memset(at, 0, sizeof(*shared));
	shared->parties = plan->parties;
}

static int make_plan(struct plan *plan, unsigned parties,
                     const struct weir_barrier_options *options)
{
	*plan = (struct plan){
		.birth = { .format = format,
		           .subject = plan,
		           .bytes = sizeof(struct barrier_layout) },
		.parties = parties,
	};
	if (parties == 0 || parties > PARTIES_MOST)
		return -EINVAL;
	if (!options)
		return 0;
	plan->birth.options = &options->segment;
	return sync_reserved(options->reserved, 4);
}

int weir_barrier_create(struct weir_barrier **barrier, const char *name,
                        unsigned parties,
                        const struct weir_barrier_options *options)
{
	struct plan plan;
	int code = make_plan(&plan, parties, options);

	return code < 0 ? code : sync_create(barrier, &kind, name, &plan.birth);
}

int weir_barrier_open_or_create(struct weir_barrier **barrier, const char *name,
                                unsigned parties,
                                const struct weir_barrier_options *options)
{
	struct plan plan;
	int code = make_plan(&plan, parties, options);

	return code < 0
	               ? code
	               : sync_open_or_create(barrier, &kind, name, &plan.birth);
}

int weir_barrier_open(struct weir_barrier **barrier, const char *name)
{
	return sync_open(barrier, &kind, name);
}

int weir_barrier_open_in(struct weir_barrier **barrier,
                         struct weir_region *region, const char *name)
{
	return sync_open_in(barrier, &kind, region, name);
}

int weir_barrier_open_fd(struct weir_barrier **barrier, int fd)
{
	return sync_open_fd(barrier, &kind, fd);
}

int weir_barrier_fd(const struct weir_barrier *barrier)
{
	return sync_fd(barrier ? &barrier->sync : NULL);
}

int weir_barrier_backing(const struct weir_barrier *barrier)
{
	return sync_backing(barrier ? &barrier->sync : NULL);
}
