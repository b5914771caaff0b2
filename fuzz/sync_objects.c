/* SPDX-License-Identifier: MIT */
/* How the objects come to be, are opened again, and left. */
#include "sync/condition.h"
#include "sync_calls.h"
#include "sync_places.h"
#include "value/array.h"
#include "value/value.h"

#include <errno.h>

#define NAME "object"
enum { REGION_SIZE = 128 * 1024 };

static const struct home *home_of(const struct sync_user *user, int handle)
{
	const union sync_handle *at = &user->handle[handle];

	if (user->sort >= FUZZ_NUMBERS)
		return &at->array->cells.sync.home;
	if (user->sort >= FUZZ_NUMBER)
		return &at->value->cells.sync.home;
	return &((const struct sync *)at->any)->home;
}

static size_t offset_in(const struct home *home, const void *at)
{
	return (size_t)((const unsigned char *)at - home->region->segment.base);
}

/* Each lock's word stands where a value has its own. */
static const void *owner_of(const struct sync_user *user, void *object)
{
	const struct condition_layout *condition = object;
	const struct mutex_layout *lock = object;

	if (user->sort == FUZZ_CONDITION)
		lock = &condition->lock;
	else if (user->lock)
		lock = sync_at(&user->lock->sync);
	return &lock->owner;
}

static void find_places(const struct sync_user *user)
{
	const struct home *home = home_of(user, 0);
	const struct weir_region *region = home->region;

	sync_places.segment = region->segment.base;
	sync_places.object = offset_in(home, home->at);
	sync_places.bytes = (uint64_t)home_bytes(home);
	sync_places.owner = offset_in(home, owner_of(user, home->at));
	sync_places.entries = region->geometry.entries;
	sync_places.seats = region->geometry.seats;
	sync_places.size = sync_places.seats + REGION_PAGE;
}

/* ---- coming to be */

static int make_semaphore(struct sync_user *user, const char *name)
{
	struct weir_semaphore_options options = {
		.segment.region = user->region,
		.bounded = user->sort == FUZZ_BOUNDED,
		.owned = user->sort == FUZZ_OWNED,
	};

	return weir_semaphore_create(&user->handle[0].semaphore, name,
	                             FUZZ_PERMITS, &options);
}

static int make_condition(struct sync_user *user, const char *name)
{
	struct weir_rlock_options of_lock = { .segment.region = user->region };
	struct weir_condition_options options = {
		.segment.region = user->region,
		.waiters = FUZZ_SLOTS,
	};

	if (user->sort == FUZZ_GIVEN)
		need(weir_rlock_create(&user->lock, NULL, &of_lock) == 0);
	return weir_condition_create(&user->handle[0].condition, name,
	                             user->lock, &options);
}

static int make_barrier(struct sync_user *user, const char *name)
{
	struct weir_barrier_options options = { .segment.region =
		                                        user->region };

	return weir_barrier_create(&user->handle[0].barrier, name,
	                           user->sort == FUZZ_ALONE ? 1 : FUZZ_PARTIES,
	                           &options);
}

static int make_value(struct sync_user *user, const char *name)
{
	struct weir_value_options options = { .segment.region = user->region };

	if (user->sort == FUZZ_NUMBER)
		return weir_value_create(&user->handle[0].value, name, 'i',
		                         &options);
	options.record_size = 40;
	return weir_value_create(&user->handle[0].value, name, WEIR_RECORD,
	                         &options);
}

static int make_array(struct sync_user *user, const char *name)
{
	struct weir_array_options options = { .segment.region = user->region };

	if (user->sort == FUZZ_NUMBERS)
		return weir_array_create(&user->handle[0].array, name, 'q', 20,
		                         &options);
	if (user->sort == FUZZ_TEXT)
		return weir_array_create(&user->handle[0].array, name, 'c', 30,
		                         &options);
	options.record_size = 24;
	return weir_array_create(&user->handle[0].array, name, WEIR_RECORD, 7,
	                         &options);
}

static int make(struct sync_user *user, const char *name)
{
	struct weir_lock_options of_lock = { .segment.region = user->region };
	struct weir_rlock_options of_rlock = { .segment.region = user->region };
	struct weir_event_options of_event = { .segment.region = user->region };

	switch (user->sort) {
	case FUZZ_LOCK:
		return weir_lock_create(&user->handle[0].lock, name, &of_lock);
	case FUZZ_RLOCK:
		return weir_rlock_create(&user->handle[0].rlock, name,
		                         &of_rlock);
	case FUZZ_PLAIN:
	case FUZZ_BOUNDED:
	case FUZZ_OWNED:
		return make_semaphore(user, name);
	case FUZZ_EVENT:
		return weir_event_create(&user->handle[0].event, name,
		                         &of_event);
	case FUZZ_CONDITION:
	case FUZZ_GIVEN:
		return make_condition(user, name);
	case FUZZ_BARRIER:
	case FUZZ_ALONE:
		return make_barrier(user, name);
	case FUZZ_NUMBER:
	case FUZZ_RECORD:
		return make_value(user, name);
	default:
		return make_array(user, name);
	}
}

void sync_begin(struct sync_user *user, uint8_t kind)
{
	*user = (struct sync_user){ .sort = kind % FUZZ_SORTS };
	/* A peer knows one segment, so what belongs together is in one. */
	if (kind & FUZZ_IN_REGION || user->sort == FUZZ_GIVEN)
		need(weir_region_create(&user->region, NULL, REGION_SIZE,
		                        NULL) == 0);
	need(make(user, user->region ? NAME : NULL) == 0);
	find_places(user);
}

/* ---- once more */

static int open_fd(const struct sync_user *user, union sync_handle *to,
                   const union sync_handle *from)
{
	switch (user->sort) {
	case FUZZ_LOCK:
		return weir_lock_open_fd(&to->lock, weir_lock_fd(from->lock));
	case FUZZ_RLOCK:
		return weir_rlock_open_fd(&to->rlock,
		                          weir_rlock_fd(from->rlock));
	case FUZZ_PLAIN:
	case FUZZ_BOUNDED:
	case FUZZ_OWNED:
		return weir_semaphore_open_fd(
			&to->semaphore, weir_semaphore_fd(from->semaphore));
	case FUZZ_EVENT:
		return weir_event_open_fd(&to->event,
		                          weir_event_fd(from->event));
	case FUZZ_CONDITION:
	case FUZZ_GIVEN:
		return weir_condition_open_fd(
			&to->condition, weir_condition_fd(from->condition));
	case FUZZ_BARRIER:
	case FUZZ_ALONE:
		return weir_barrier_open_fd(&to->barrier,
		                            weir_barrier_fd(from->barrier));
	case FUZZ_NUMBER:
	case FUZZ_RECORD:
		return weir_value_open_fd(&to->value,
		                          weir_value_fd(from->value));
	default:
		return weir_array_open_fd(&to->array,
		                          weir_array_fd(from->array));
	}
}

static int open_in(const struct sync_user *user, union sync_handle *to)
{
	switch (user->sort) {
	case FUZZ_LOCK:
		return weir_lock_open_in(&to->lock, user->region, NAME);
	case FUZZ_RLOCK:
		return weir_rlock_open_in(&to->rlock, user->region, NAME);
	case FUZZ_PLAIN:
	case FUZZ_BOUNDED:
	case FUZZ_OWNED:
		return weir_semaphore_open_in(&to->semaphore, user->region,
		                              NAME);
	case FUZZ_EVENT:
		return weir_event_open_in(&to->event, user->region, NAME);
	case FUZZ_CONDITION:
	case FUZZ_GIVEN:
		return weir_condition_open_in_with_lock(
			&to->condition, user->region, NAME, user->lock);
	case FUZZ_BARRIER:
	case FUZZ_ALONE:
		return weir_barrier_open_in(&to->barrier, user->region, NAME);
	case FUZZ_NUMBER:
	case FUZZ_RECORD:
		return weir_value_open_in(&to->value, user->region, NAME);
	default:
		return weir_array_open_in(&to->array, user->region, NAME);
	}
}

/* An object that became another one is of no use to these calls. */
static bool is_as_made(const struct sync_user *user, int handle)
{
	const union sync_handle *at = &user->handle[handle];

	if (user->sort >= FUZZ_NUMBERS)
		return weir_array_item_size(at->array) < 1 << 16;
	if (user->sort >= FUZZ_NUMBER)
		return weir_value_size(at->value) < 1 << 20;
	return true;
}

void sync_open_again(struct sync_user *user, int handle)
{
	static const int codes[] = { EPROTO, EUCLEAN, EACCES, ENOMEM, ENOSPC,
		                     EAGAIN, EBUSY,   EINVAL, 0 };
	static const int in_region[] = { ENOENT, EPROTO, EUCLEAN, EBUSY,
		                         EAGAIN, EINVAL, ENOMEM,  0 };
	union sync_handle *to = &user->handle[handle];

	if (user->region)
		must_promise("open_in", open_in(user, to), in_region);
	else if (user->handle[!handle].any)
		must_promise("open_fd",
		             open_fd(user, to, &user->handle[!handle]), codes);
	if (to->any && !is_as_made(user, handle))
		sync_leave(user, handle);
}

void sync_leave(struct sync_user *user, int handle)
{
	union sync_handle *at = &user->handle[handle];

	if (user->sort == FUZZ_LOCK)
		weir_lock_close(at->lock);
	else if (user->sort == FUZZ_RLOCK)
		weir_rlock_close(at->rlock);
	else if (user->sort <= FUZZ_OWNED)
		weir_semaphore_close(at->semaphore);
	else if (user->sort == FUZZ_EVENT)
		weir_event_close(at->event);
	else if (user->sort <= FUZZ_GIVEN)
		weir_condition_close(at->condition);
	else if (user->sort <= FUZZ_ALONE)
		weir_barrier_close(at->barrier);
	else if (user->sort <= FUZZ_RECORD)
		weir_value_close(at->value);
	else
		weir_array_close(at->array);
	at->any = NULL;
}

void sync_end(struct sync_user *user)
{
	weir_rlock_close(user->lock);
	weir_region_close(user->region);
}
