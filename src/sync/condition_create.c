/* SPDX-License-Identifier: MIT */
/* How conditions come to be, are opened and closed, and lose a member. */
#include "sync/condition.h"

#include <errno.h>

_Static_assert(sizeof(struct home_identity) ==
                       sizeof(((struct condition_layout *)0)->lock_of),
               "the identity is stored as it is");

static uint64_t bytes_of(uint32_t slots)
{
	return sizeof(struct condition_layout) +
	       slots * sizeof(struct slot_layout);
}

static struct slots slots_at(struct condition_layout *shared, uint32_t count)
{
	return (struct slots){ shared, (void *)(shared + 1), count };
}

/* What is written once, read once; -EUCLEAN. */
static int read_facts(const struct condition_layout *shared, uint64_t bytes,
                      uint32_t *slots, bool *own)
{
	uint32_t facts[2];

	if (bytes < sizeof(*shared))
		return -EUCLEAN;
	copy_out(facts, &shared->slots, sizeof(facts));
	if (facts[0] == 0 || facts[0] > SLOTS_MOST || facts[1] > 1 ||
	    bytes < bytes_of(facts[0]))
		return -EUCLEAN;
	*slots = facts[0];
	*own = facts[1] == 1;
	return 0;
}

static int begin(struct sync *sync, uint64_t bytes)
{
	struct weir_condition *condition = (void *)sync;
	struct condition_layout *shared = sync_at(sync);
	uint32_t slots;
	int code = read_facts(shared, bytes, &slots, &condition->own);

	if (code < 0)
		return code;
	condition->slots = slots_at(shared, slots);
	copy_out(&condition->lock_of, shared->lock_of,
	         sizeof(condition->lock_of));
	if (sync->home.region->segment.fenced)
		store32_relaxed(&shared->lock.bell.unfenced, 1);
	return 0;
}

static const struct sync_kind kind = {
	.type = OBJECT_CONDITION,
	.size = sizeof(struct weir_condition),
	.begin = begin,
	.least = sizeof(struct condition_layout),
};

struct plan {
	struct sync_birth birth;
	struct home_identity lock_of;
	uint32_t slots;
	bool own;
};

static void format(void *subject, unsigned char *at, bool zeroed)
{
	const struct plan *plan = subject;
	struct condition_layout *shared = (void *)at;

	if (!zeroed)
		memset(at, 0, plan->birth.bytes);
	copy_in(shared->lock_of, &plan->lock_of, sizeof(plan->lock_of));
	shared->slots = plan->slots;
	shared->own = plan->own;
}

static int make_plan(struct plan *plan, const struct weir_rlock *lock,
                     const struct weir_condition_options *options)
{
	*plan = (struct plan){ .slots = WEIR_CONDITION_WAITERS, .own = !lock };
	if (options) {
		plan->birth.options = &options->segment;
		if (options->waiters > 0)
			plan->slots = options->waiters;
		if (sync_reserved(options->reserved, 4) < 0)
			return -EINVAL;
	}
	if (plan->slots > SLOTS_MOST)
		return -EINVAL;
	plan->birth.format = format;
	plan->birth.subject = plan;
	plan->birth.bytes = bytes_of(plan->slots);
	return lock ? home_identity(&lock->sync.home, &plan->lock_of) : 0;
}

/* The lock that it was made with, or none: 0, -EINVAL another one. */
static int give_lock(struct weir_condition *condition, struct weir_rlock *lock)
{
	struct home_identity identity;
	int code;

	if (condition->own || !lock)
		return condition->own && !lock ? 0 : -EINVAL;
	code = home_identity(&lock->sync.home, &identity);
	if (code < 0)
		return code;
	condition->lock = lock;
	return memcmp(&identity, &condition->lock_of, sizeof(identity)) == 0
	               ? 0
	               : -EINVAL;
}

/* Ends an opening that said `code`. */
static int end(struct weir_condition **out, struct weir_condition *condition,
               struct weir_rlock *lock, int code)
{
	if (code < 0)
		return code;
	code = give_lock(condition, lock);
	if (code < 0)
		sync_close(&condition->sync);
	else
		*out = condition;
	return code;
}

int weir_condition_create(struct weir_condition **condition, const char *name,
                          struct weir_rlock *lock,
                          const struct weir_condition_options *options)
{
	struct weir_condition *made = NULL;
	struct plan plan;
	int code = condition ? make_plan(&plan, lock, options) : -EINVAL;

	if (code == 0)
		code = sync_create(&made, &kind, name, &plan.birth);
	return end(condition, made, lock, code);
}

int weir_condition_open_or_create(struct weir_condition **condition,
                                  const char *name, struct weir_rlock *lock,
                                  const struct weir_condition_options *options)
{
	struct weir_condition *opened = NULL;
	struct plan plan;
	int code = condition ? make_plan(&plan, lock, options) : -EINVAL;

	if (code == 0)
		code = sync_open_or_create(&opened, &kind, name, &plan.birth);
	return end(condition, opened, lock, code);
}

int weir_condition_open_with_lock(struct weir_condition **condition,
                                  const char *name, struct weir_rlock *lock)
{
	struct weir_condition *opened = NULL;
	int code = condition ? sync_open(&opened, &kind, name) : -EINVAL;

	return end(condition, opened, lock, code);
}

int weir_condition_open_in_with_lock(struct weir_condition **condition,
                                     struct weir_region *region,
                                     const char *name, struct weir_rlock *lock)
{
	struct weir_condition *opened = NULL;
	int code = condition ? sync_open_in(&opened, &kind, region, name)
	                     : -EINVAL;

	return end(condition, opened, lock, code);
}

int weir_condition_open_fd_with_lock(struct weir_condition **condition, int fd,
                                     struct weir_rlock *lock)
{
	struct weir_condition *opened = NULL;
	int code = condition ? sync_open_fd(&opened, &kind, fd) : -EINVAL;

	return end(condition, opened, lock, code);
}

int weir_condition_open(struct weir_condition **condition, const char *name)
{
	return weir_condition_open_with_lock(condition, name, NULL);
}

int weir_condition_open_in(struct weir_condition **condition,
                           struct weir_region *region, const char *name)
{
	return weir_condition_open_in_with_lock(condition, region, name, NULL);
}

int weir_condition_open_fd(struct weir_condition **condition, int fd)
{
	return weir_condition_open_fd_with_lock(condition, fd, NULL);
}

int weir_condition_fd(const struct weir_condition *condition)
{
	return sync_fd(condition ? &condition->sync : NULL);
}

int weir_condition_backing(const struct weir_condition *condition)
{
	return sync_backing(condition ? &condition->sync : NULL);
}

void weir_condition_close(struct weir_condition *condition)
{
	sync_close(condition ? &condition->sync : NULL);
}

int condition_bury_object(const struct weir_region *region, unsigned char *at,
                          uint64_t bytes, uint32_t member)
{
	struct condition_layout *shared = (void *)at;
	struct slots slots;
	uint32_t count;
	bool own;
	int code = read_facts(shared, bytes, &count, &own);

	(void)region;
	if (code < 0)
		return code;
	slots = slots_at(shared, count);
	code = slots_bury(&slots, member);
	return code < 0 || !own ? code : mutex_bury(&shared->lock, member);
}
