/* SPDX-License-Identifier: MIT */
#include "queue_calls.h"

#include "queue/handle.h"
#include "queue_places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	LEASE_COPY = 2,
	MESSAGES = 3,
	GROUPED_BLOCKS = 64,
	REGION_SIZE = 60 * 1024
};

/* ---- the queue before it is spoiled */

static size_t offset_in(const struct weir_queue *queue, const void *at)
{
	return (size_t)((const unsigned char *)at -
	                queue->home.region->segment.base);
}

static void find_places(const struct weir_queue *queue)
{
	const struct queue_view *view = &queue->view;

	queue_places = (struct queue_places){
		.queue = offset_in(queue, queue->home.at),
		.cells = offset_in(queue, view->index.cells),
		.words = offset_in(queue, view->pool.words),
		.step = view->pool.step,
		.blocks = view->pool.blocks,
		.entries = queue->home.region->geometry.entries,
		.seats = queue->home.region->geometry.seats,
		.end = queue->home.region->geometry.seats + REGION_PAGE,
	};
}

/* In groups there are as many blocks as no fuzzer could go through; so it is
   said of a queue without groups that it has some. */
static void put_in_groups(struct weir_queue **queue)
{
	struct queue_layout *shared = (*queue)->view.shared;
	struct weir_queue *made = *queue;

	shared->blocks = GROUPED_BLOCKS;
	shared->grouped = 1;
	need(weir_queue_open_fd(queue, weir_queue_fd(made)) == 0);
	weir_queue_close(made);
}

static void make_letters(void)
{
	static const struct weir_queue_options options = {
		.capacity = 2,
		.block_size = 24,
		.memory = 384,
	};
	struct weir_queue *letters;

	need(weir_queue_create(&letters, FUZZ_LETTERS, &options) == 0);
	weir_queue_close(letters);
}

void queue_begin(struct queue_user *user, uint8_t kind)
{
	static const size_t block_sizes[] = { 24, 5000, 120 };
	static const size_t memory[] = { 24 * 24, 8 * 5000, 70 * 120 };
	int blocks = kind % 4 % BLOCKS_KINDS;
	struct weir_queue_options options = {
		.capacity = FUZZ_CAPACITY,
		.block_size = block_sizes[blocks],
		.memory = memory[blocks],
		.max_deliveries = kind & (GIVES_UP | DEAD_LETTERS) ? 2 : 0,
		.dead_letter = kind & DEAD_LETTERS ? FUZZ_LETTERS : NULL,
	};

	*user = (struct queue_user){ .queue = { NULL } };
	if (kind & IN_REGION)
		need(weir_region_create(&user->region, NULL, REGION_SIZE,
		                        NULL) == 0);
	else if (kind & DEAD_LETTERS)
		make_letters();
	options.segment.region = user->region;
	need(weir_queue_create(&user->queue[0],
	                       user->region ? FUZZ_LETTERS : NULL,
	                       &options) == 0);
	if (blocks == GROUPS && !user->region)
		put_in_groups(&user->queue[0]);
	find_places(user->queue[0]);
}

static void use_put(struct weir_queue *queue, size_t size)
{
	static const char bytes[100] = "as it was";

	need(weir_queue_put(queue, bytes, size, 0) == 0);
}

void queue_use(struct queue_user *user)
{
	struct weir_queue *queue = user->queue[0];
	char buffer[100];

	use_put(queue, 8);
	use_put(queue, 20);
	use_put(queue, 60);
	need(weir_queue_lease(queue, 0, &user->lease[0][0]) == 0);
	need(weir_queue_get(queue, buffer, sizeof(buffer), 0) == 20);
	need(weir_queue_task_done(queue) == 0);
	need(weir_queue_lease(queue, 0, &user->lease[0][1]) == 0);
	need(weir_queue_giveback(queue, &user->lease[0][1]) == 0);
	use_put(queue, 20);
	use_put(queue, 3);
	use_put(queue, 100);
	use_put(queue, 0);
	need(weir_queue_reserve(queue, 10, 0, &user->loan[0][0]) == 0);
}

/* ---- handles */

void queue_open_again(struct queue_user *user, int handle, int fd)
{
	static const int codes[] = { EPROTO, EUCLEAN, EACCES, ENOMEM,
		                     ENOSPC, EAGAIN,  EBUSY,  0 };
	static const int in_region[] = { ENOENT, EPROTO, EUCLEAN, EBUSY, 0 };
	struct weir_queue **queue = &user->queue[handle];

	queue_leave(user, handle);
	if (user->region)
		must_promise(
			"open_in",
			weir_queue_open_in(queue, user->region, FUZZ_LETTERS),
			in_region);
	else
		must_promise("open_fd", weir_queue_open_fd(queue, fd), codes);
}

/* What is spoiled may not be known as a lease any more. */
static void give_back(struct weir_queue *queue, struct weir_lease *lease)
{
	static const int codes[] = { EPERM, EUCLEAN, 0 };
	void *copy = (void *)(uintptr_t)lease->reserved[LEASE_COPY];
	int code = weir_queue_giveback(queue, lease);

	must_promise("giveback", code, codes);
	if (code < 0 && lease->data) {
#ifndef WEIR_SIMULATED
		free(copy);
#else
		(void)copy; /* the run frees it */
#endif
	}
	*lease = (struct weir_lease){ .data = NULL };
}

void queue_leave(struct queue_user *user, int handle)
{
	if (!user->queue[handle])
		return;
	for (int i = 0; i < FUZZ_HELD; i++) {
		give_back(user->queue[handle], &user->lease[handle][i]);
		user->loan[handle][i] = (struct weir_loan){ .data = NULL };
	}
	weir_queue_close(user->queue[handle]);
	user->queue[handle] = NULL;
}

/* ---- calls */

static const int put_codes[] = { EAGAIN, ETIMEDOUT, ESHUTDOWN, EMSGSIZE,
	                         ENOSPC, EUCLEAN,   0 };
static const int get_codes[] = { EAGAIN,   ETIMEDOUT, ESHUTDOWN,
	                         EMSGSIZE, EUCLEAN,   0 };

static void call_put(struct weir_queue *queue, size_t size, int64_t timeout)
{
	void *message = size ? buffer_new(size) : NULL;
	int code = weir_queue_put(queue, message, size, timeout);

	must_promise("put", code, put_codes);
	must_keep_time("put", code, timeout);
	free(message);
}

static void call_get(struct weir_queue *queue, size_t size, int64_t timeout)
{
	void *buffer = size ? buffer_new(size) : NULL;
	ssize_t code = weir_queue_get(queue, buffer, size, timeout);

	must_promise("get", code, get_codes);
	must_keep_time("get", code, timeout);
	must_fit("get", code, size);
	free(buffer);
}

static void vectors_new(struct iovec messages[MESSAGES], size_t size)
{
	for (int i = 0; i < MESSAGES; i++) {
		messages[i].iov_len = size >> i;
		messages[i].iov_base = buffer_new(size >> i);
	}
}

static void vectors_free(struct iovec messages[MESSAGES])
{
	for (int i = 0; i < MESSAGES; i++)
		free(messages[i].iov_base);
}

static void call_put_many(struct weir_queue *queue, size_t size,
                          int64_t timeout)
{
	struct iovec messages[MESSAGES];
	ssize_t code;

	vectors_new(messages, size);
	code = weir_queue_put_many(queue, messages, MESSAGES, timeout);
	must_promise("put_many", code, put_codes);
	must_keep_time("put_many", code, timeout);
	must_fit("put_many", code, MESSAGES);
	vectors_free(messages);
}

static void call_get_many(struct weir_queue *queue, size_t size,
                          int64_t timeout)
{
	struct iovec messages[MESSAGES];
	ssize_t code;

	vectors_new(messages, size);
	code = weir_queue_get_many(queue, messages, MESSAGES, timeout);
	must_promise("get_many", code, get_codes);
	must_keep_time("get_many", code, timeout);
	must_fit("get_many", code, MESSAGES);
	for (int i = 0; i < code; i++)
		must_fit("get_many", (ssize_t)messages[i].iov_len, size >> i);
	vectors_free(messages);
}

static void call_reserve(struct weir_queue *queue, size_t size, int64_t timeout,
                         struct weir_loan *loan)
{
	int code;

	weir_queue_abandon(queue, loan);
	code = weir_queue_reserve(queue, size, timeout, loan);
	must_promise("reserve", code, put_codes);
	must_keep_time("reserve", code, timeout);
	if (code == 0)
		memset(loan->data, 0xa5, loan->size);
}

static void call_commit(struct weir_queue *queue, size_t size,
                        struct weir_loan *loan)
{
	static const int codes[] = { EAGAIN, ESHUTDOWN, EINVAL,
		                     EPERM,  EUCLEAN,   0 };

	if (size <= loan->size)
		loan->size = size;
	must_promise("commit", weir_queue_commit(queue, loan), codes);
}

static void call_lease(struct weir_queue *queue, int64_t timeout,
                       struct weir_lease *lease)
{
	static const int codes[] = { EAGAIN, ETIMEDOUT, ESHUTDOWN, ENOSPC,
		                     ENOMEM, EUCLEAN,   0 };
	void *copy;
	int code;

	give_back(queue, lease);
	code = weir_queue_lease(queue, timeout, lease);
	must_promise("lease", code, codes);
	must_keep_time("lease", code, timeout);
	if (code < 0)
		return;
	must_fit("lease", (ssize_t)lease->size, queue_places.end);
	copy = buffer_new(lease->size);
	memcpy(copy, lease->data, lease->size);
	free(copy);
}

static void call_done(struct weir_queue *queue, struct weir_lease *lease)
{
	static const int codes[] = { EPERM, EUCLEAN, 0 };
	struct weir_lease none = { .data = NULL };
	int code = weir_queue_done(queue, lease);

	must_promise("done", code, codes);
	need(weir_queue_done(queue, &none) == -EPERM);
	if (code == -EPERM)
		give_back(queue, lease);
}

static void call_tasks(struct weir_queue *queue, uint8_t how, int64_t timeout)
{
	static const int done[] = { EOVERFLOW, EUCLEAN, 0 };
	static const int join[] = { EAGAIN, ETIMEDOUT, EUCLEAN, 0 };
	int code;

	if (how & 1) {
		must_promise("task_done", weir_queue_task_done(queue), done);
		return;
	}
	code = weir_queue_join(queue, timeout);
	must_promise("join", code, join);
	must_keep_time("join", code, timeout);
}

static void call_facts(struct weir_queue *queue)
{
	static const int none[] = { 0 }, fd[] = { ENOTSUP, 0 };
	size_t most = weir_queue_capacity(queue) + queue->view.pool.blocks;

	must_promise("fd", weir_queue_fd(queue), fd);
	must_promise("backing", weir_queue_backing(queue), none);
	need(weir_queue_size(queue) <= most);
	weir_queue_empty(queue);
	weir_queue_full(queue);
	weir_queue_dropped(queue);
}

static void call_shutdown(struct weir_queue *queue, uint8_t how)
{
	static const int codes[] = { EUCLEAN, 0 };

	/* Most others have little to do after it. */
	if (how < 64)
		must_promise("shutdown", weir_queue_shutdown(queue, how & 1),
		             codes);
}

void queue_call(struct queue_user *user, int handle, struct input *input)
{
	static const size_t sizes[] = { 0,    1,    7,   8,    9,   20,
		                        24,   25,   60,  100,  300, 4080,
		                        5000, 5001, 512, 20000 };
	static const int64_t timeouts[] = { 0, -1, 1000, 30000 };
	uint8_t which = (uint8_t)input_take(input, 1);
	uint8_t how = (uint8_t)input_take(input, 1);
	struct weir_queue *queue = user->queue[handle];
	struct weir_loan *loan = &user->loan[handle][which / 16 % FUZZ_HELD];
	struct weir_lease *lease = &user->lease[handle][which / 16 % FUZZ_HELD];
	size_t size = sizes[how % COUNT(sizes)];
	int64_t timeout = timeouts[how >> 4 & 3];

	if (!queue)
		return;
	switch (which % 16) {
	case 0:
	case 1:
		call_put(queue, size, timeout);
		break;
	case 2:
	case 3:
		call_get(queue, size, timeout);
		break;
	case 4:
		call_put_many(queue, size, timeout);
		break;
	case 5:
		call_get_many(queue, size, timeout);
		break;
	case 6:
		call_reserve(queue, size, timeout, loan);
		break;
	case 7:
		call_commit(queue, size, loan);
		break;
	case 8:
		weir_queue_abandon(queue, loan);
		break;
	case 9:
	case 10:
		call_lease(queue, timeout, lease);
		break;
	case 11:
		call_done(queue, lease);
		break;
	case 12:
		give_back(queue, lease);
		break;
	case 13:
		call_tasks(queue, how, timeout);
		break;
	case 14:
		call_shutdown(queue, how);
		break;
	default:
		call_facts(queue);
	}
}
