/* SPDX-License-Identifier: MIT */
/* How the objects come to be, and where their words stand. */
#include "sync/condition.h"
#include "sync_calls.h"
#include "value/array.h"
#include "value/value.h"

#include <errno.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NAME "object"
enum { REGION_SIZE = 128 * 1024 };

/* Where the words of the object stand that is spoiled, in its segment. */
static struct {
	unsigned char *segment;
	size_t size;          /* of the segment that is in use */
	size_t object, bytes; /* of its own words */
	size_t owner;         /* of the lock that goes with it, if one does */
	size_t entries, seats;
} places;

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

	places.segment = region->segment.base;
	places.object = offset_in(home, home->at);
	places.bytes = (uint64_t)home_bytes(home);
	places.owner = offset_in(home, owner_of(user, home->at));
	places.entries = region->geometry.entries;
	places.seats = region->geometry.seats;
	places.size = places.seats + REGION_PAGE;
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

unsigned char *sync_segment(size_t *size)
{
	*size = places.size;
	return places.segment;
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

void sync_let_go(void)
{
	static const uint64_t nobody;

	memcpy(places.segment + places.owner, &nobody, sizeof(nobody));
}

/* ---- places and words */

/* Of what is around it: the segment, the region, members. */
static size_t around(uint16_t item)
{
	static const uint16_t words[] = {
		offsetof(struct segment_identity, magic),
		offsetof(struct segment_identity, version),
		offsetof(struct segment_identity, size),
		offsetof(struct segment_identity, type),
		REGION_OFFSET + offsetof(struct region_layout, lines),
		REGION_OFFSET + offsetof(struct region_layout, entries_most),
		REGION_OFFSET + offsetof(struct region_layout, entries),
		REGION_OFFSET + offsetof(struct region_layout, seats),
	};

	if (item < COUNT(words))
		return words[item];
	return REGION_OFFSET + offsetof(struct region_layout, member) +
	       (item - COUNT(words)) % MEMBERS_MOST * 8U;
}

size_t sync_place(const unsigned char *segment, size_t size, uint16_t which)
{
	size_t item = which >> 3;

	(void)segment;
	(void)size;
	switch (which & 7) {
	case 0:
	case 1:
	case 2:
		return places.object + item * 4 % places.bytes;
	case 3:
		return places.owner;
	case 4:
		return around((uint16_t)item);
	case 5:
		return places.entries + item % 16 * 8U;
	case 6:
		return places.seats + item % 16 * 8U;
	default:
		return places.object + item * 8 % 256;
	}
}

static uint64_t number(unsigned how)
{
	static const uint64_t numbers[] = {
		0,
		1,
		2,
		3,
		FUZZ_PERMITS + 1,
		FUZZ_SLOTS,
		FUZZ_SLOTS + 1,
		SLOTS_MOST + 1,
		UINT64_MAX,
		INT64_MAX,
		UINT64_C(1) << 63,
		UINT64_C(1) << 32,
		UINT32_MAX,
		INT32_MAX,
		UINT64_C(1) << 21,
		LAYOUT_MAGIC,
	};

	return numbers[how % COUNT(numbers)];
}

/* A step up or down: of a count, a member, a depth, a generation. */
static uint64_t step(uint64_t now, unsigned how)
{
	static const uint64_t steps[] = {
		1,
		2,
		UINT64_C(1) << OWNER_STATE_BITS,
		UINT64_C(1) << (OWNER_STATE_BITS + OWNER_MEMBER_BITS),
		UINT64_C(1) << 9,  /* of an alarm */
		UINT64_C(1) << 21, /* of a barrier */
		UINT64_C(1) << 32,
		UINT64_C(1) << 40, /* of a thread */
	};
	uint64_t by = steps[how / 2 % COUNT(steps)];

	return how & 1 ? now - by : now + by;
}

uint64_t sync_word(uint64_t now, uint8_t how)
{
	if (how < 16)
		return number(how);
	if (how < 32)
		return step(now, how);
	if (how < 48)
		return owner_turned(now, how & 15);
	if (how < 64) /* of another member */
		return (now & ~UINT64_C(0xfff0)) | (uint64_t)(how & 15) << 4;
	if (how < 128) /* of any, as if it were its second turn */
		return owner_next(1 << 16, how >> 2 & 15, how & 3);
	if (how < 192)
		return now ^ UINT64_C(1) << (how & 63);
	return now + (UINT64_C(1) << (how & 63));
}
