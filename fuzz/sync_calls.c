/* SPDX-License-Identifier: MIT */
#include "sync_calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const int none[] = { 0 };
static const int only_spoiled[] = { EUCLEAN, 0 };
static const int take[] = { EAGAIN, ETIMEDOUT, EUCLEAN, 0 };
static const int take_again[] = { EAGAIN, ETIMEDOUT, EOVERFLOW, EUCLEAN, 0 };
static const int give[] = { EPERM, EOVERFLOW, EUCLEAN, 0 };
static const int notify[] = { EPERM, EUCLEAN, 0 };

/* What the bytes of the input say of a call. */
struct ask {
	int which;
	int number;
	int64_t timeout;
};

static void timed(const char *call, ssize_t result, const struct ask *ask,
                  const int *codes)
{
	must_promise(call, result, codes);
	must_keep_time(call, result, ask->timeout);
}

static void call_lock(struct weir_lock *lock, const struct ask *ask)
{
	static const int release[] = { EOVERFLOW, EUCLEAN, 0 };

	if (ask->which % 3 == 0)
		timed("lock acquire", weir_lock_acquire(lock, ask->timeout),
		      ask, take);
	else if (ask->which % 3 == 1)
		must_promise("lock release", weir_lock_release(lock), release);
	else
		must_promise("locked", weir_lock_locked(lock), only_spoiled);
}

static void call_rlock(struct weir_rlock *lock, const struct ask *ask)
{
	switch (ask->which % 4) {
	case 0:
		timed("rlock acquire", weir_rlock_acquire(lock, ask->timeout),
		      ask, take_again);
		break;
	case 1:
		must_promise("rlock release", weir_rlock_release(lock), give);
		break;
	case 2:
		must_promise("depth", weir_rlock_depth(lock), none);
		break;
	default:
		must_promise("locked", weir_rlock_locked(lock), only_spoiled);
	}
}

static void call_semaphore(struct weir_semaphore *semaphore,
                           const struct ask *ask)
{
	static const int release[] = { EPERM, EOVERFLOW, EINVAL, EUCLEAN, 0 };
	static const unsigned counts[] = { 1, 1, 2, 3, 0, 4, 1u << 31, -1u };

	if (ask->which % 3 == 0)
		timed("semaphore acquire",
		      weir_semaphore_acquire(semaphore, ask->timeout), ask,
		      take);
	else if (ask->which % 3 == 1)
		must_promise("semaphore release",
		             weir_semaphore_release(semaphore,
		                                    counts[ask->number % 8]),
		             release);
	else
		must_promise("semaphore value", weir_semaphore_value(semaphore),
		             only_spoiled);
}

static void call_event(struct weir_event *event, const struct ask *ask)
{
	switch (ask->which % 4) {
	case 0:
		timed("event wait", weir_event_wait(event, ask->timeout), ask,
		      take);
		break;
	case 1:
		must_promise("set", weir_event_set(event), only_spoiled);
		break;
	case 2:
		must_promise("clear", weir_event_clear(event), only_spoiled);
		break;
	default:
		must_promise("is_set", weir_event_is_set(event), none);
	}
}

static bool never(void *argument)
{
	(void)argument;
	return false;
}

bool sync_at_condition;

static void call_condition(struct weir_condition *condition,
                           const struct ask *ask)
{
	static const int wait[] = {
		EAGAIN, ETIMEDOUT, EPERM, ENOSPC, EUCLEAN, 0
	};

	switch (ask->which % 8) {
	case 0:
	case 1:
		timed("condition acquire",
		      weir_condition_acquire(condition, ask->timeout), ask,
		      take_again);
		break;
	case 2:
		must_promise("condition release",
		             weir_condition_release(condition), give);
		break;
	case 3:
	case 4:
		sync_at_condition = true;
		timed("condition wait",
		      weir_condition_wait(condition, ask->timeout), ask, wait);
		break;
	case 5:
		sync_at_condition = true;
		timed("condition wait_for",
		      weir_condition_wait_for(condition, never, NULL,
		                              ask->timeout),
		      ask, wait);
		break;
	case 6:
		must_promise("notify",
		             weir_condition_notify(condition,
		                                   (unsigned)ask->number % 8),
		             notify);
		break;
	default:
		must_promise("notify_all", weir_condition_notify_all(condition),
		             notify);
	}
}

static void call_barrier(struct weir_barrier *barrier, const struct ask *ask)
{
	static const int wait[] = { EAGAIN, ETIMEDOUT, ECANCELED, EUCLEAN, 0 };
	int parties = weir_barrier_parties(barrier);
	ssize_t index;

	switch (ask->which % 5) {
	case 0:
	case 1:
		index = weir_barrier_wait(barrier, ask->timeout);
		timed("barrier wait", index, ask, wait);
		must_fit("barrier wait", index, (size_t)parties - 1);
		break;
	case 2:
		must_promise("reset", weir_barrier_reset(barrier),
		             only_spoiled);
		break;
	case 3:
		must_promise("abort", weir_barrier_abort(barrier),
		             only_spoiled);
		break;
	default:
		must_promise("broken", weir_barrier_broken(barrier), none);
		must_promise("waiting", weir_barrier_waiting(barrier), none);
	}
}

static void change_number(struct weir_value *value)
{
	if (weir_value_typecode(value) == 'i')
		weir_value_fetch_add_i(value, 1);
	weir_value_notify(value);
}

static void call_value(struct weir_value *value, const struct ask *ask)
{
	static const int load[] = { EAGAIN, EUCLEAN, 0 };
	static const int store[] = { EBUSY, EUCLEAN, 0 };
	size_t size = weir_value_size(value);
	void *item = buffer_new(size);

	switch (ask->which % 8) {
	case 0:
		must_promise("value load", weir_value_load(value, item), load);
		break;
	case 1:
	case 2:
		must_promise("value store", weir_value_store(value, item),
		             store);
		break;
	case 3:
		timed("value wait", weir_value_wait(value, item, ask->timeout),
		      ask, take);
		break;
	case 4:
		timed("value lock", weir_value_lock(value, ask->timeout), ask,
		      take_again);
		break;
	case 5:
		must_promise("value unlock", weir_value_unlock(value), give);
		break;
	case 6:
		memcpy(item, weir_value_data(value), size);
		break;
	default:
		change_number(value);
	}
	free(item);
}

static void change_element(struct weir_array *array, size_t index)
{
	if (weir_array_typecode(array) == 'q' &&
	    index < weir_array_length(array))
		weir_array_fetch_add_q(array, index, 1);
	weir_array_notify(array);
}

static void call_text(struct weir_array *array, const struct ask *ask)
{
	static const int codes[] = { EINVAL, EMSGSIZE, ENOMEM,  EAGAIN,
		                     EBUSY,  ENOSPC,   EUCLEAN, 0 };
	size_t room = (size_t)ask->number;
	char *text = buffer_new(room + 1);
	ssize_t length;

	text[room] = '\0';
	if (ask->timeout > 0) {
		must_promise("set_string", weir_array_set_string(array, text),
		             codes);
	} else {
		length = weir_array_get_string(array, text, room);
		must_promise("get_string", length, codes);
		must_fit("get_string", length, room);
	}
	free(text);
}

static void call_array(struct weir_array *array, const struct ask *ask)
{
	static const int load[] = { EINVAL, EAGAIN, EUCLEAN, 0 };
	static const int store[] = { EINVAL, ENOSPC, EBUSY, EUCLEAN, 0 };
	static const int wait[] = { EINVAL, EAGAIN, ETIMEDOUT, EUCLEAN, 0 };
	size_t start = (size_t)ask->number % 4, count = (size_t)ask->number;
	void *items = buffer_new((count + 1) * weir_array_item_size(array));

	switch (ask->which % 10) {
	case 0:
		must_promise("array load",
		             weir_array_load(array, start, count, items), load);
		break;
	case 1:
	case 2:
		must_promise("snapshot",
		             weir_array_snapshot(array, start, count, items),
		             load);
		break;
	case 3:
	case 4:
		must_promise("array store",
		             weir_array_store(array, start, count, items),
		             store);
		break;
	case 5:
		timed("array wait",
		      weir_array_wait(array, start, items, ask->timeout), ask,
		      wait);
		break;
	case 6:
		timed("array lock", weir_array_lock(array, ask->timeout), ask,
		      take_again);
		break;
	case 7:
		must_promise("array unlock", weir_array_unlock(array), give);
		break;
	case 8:
		call_text(array, ask);
		break;
	default:
		change_element(array, start);
	}
	free(items);
}

void sync_call(struct sync_user *user, int handle, struct input *input)
{
	static const int64_t timeouts[] = { 0, -1, 1000, 30000 };
	uint8_t which = (uint8_t)input_take(input, 1);
	uint8_t how = (uint8_t)input_take(input, 1);
	struct ask ask = { which, how % 32, timeouts[how >> 5 & 3] };
	const union sync_handle *at = &user->handle[handle];

	if (!at->any)
		return;
	switch (user->sort) {
	case FUZZ_LOCK:
		call_lock(at->lock, &ask);
		break;
	case FUZZ_RLOCK:
		call_rlock(at->rlock, &ask);
		break;
	case FUZZ_PLAIN:
	case FUZZ_BOUNDED:
	case FUZZ_OWNED:
		call_semaphore(at->semaphore, &ask);
		break;
	case FUZZ_EVENT:
		call_event(at->event, &ask);
		break;
	case FUZZ_CONDITION:
	case FUZZ_GIVEN:
		call_condition(at->condition, &ask);
		sync_at_condition = false;
		break;
	case FUZZ_BARRIER:
	case FUZZ_ALONE:
		call_barrier(at->barrier, &ask);
		break;
	case FUZZ_NUMBER:
	case FUZZ_RECORD:
		call_value(at->value, &ask);
		break;
	default:
		call_array(at->array, &ask);
	}
}
