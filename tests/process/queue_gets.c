/* SPDX-License-Identifier: MIT */
#include "queue_worker.h"

static unsigned char buffers[BATCH][LARGEST];

/* Half of what was got is said to be done. */
static void tell(struct worker *worker)
{
	struct page *page = book_page(&worker->book, worker->slot);

	if (worker->slot == ROOT_SLOT || worker_chance(worker, 2))
		return;
	book_write(&worker->book, worker->slot, TELLING, 1, EMPTY);
	must_be(weir_queue_task_done(worker->queue), 0);
	word_add(&page->tasks_done, 1);
	book_write(&worker->book, worker->slot, RESTING, 0, EMPTY);
}

static int got(struct worker *worker, const struct iovec *parts, ssize_t count,
               uint64_t begun)
{
	const struct book *book = &worker->book;
	uint64_t ended = book_time(book);

	for (ssize_t i = 0; i < count; i++)
		book_got(
			book, worker->slot,
			message_read(book, parts[i].iov_base, parts[i].iov_len),
			begun, ended);
	book_write(book, worker->slot, RESTING, 0, EMPTY);
	if (count > 0)
		tell(worker);
	return count < 0 ? (int)count : 0;
}

int worker_get(struct worker *worker, int64_t timeout)
{
	struct iovec part = { buffers[0], LARGEST };
	uint64_t begun = book_time(&worker->book);
	ssize_t size;

	book_write(&worker->book, worker->slot, GETTING, 1, EMPTY);
	size = weir_queue_get(worker->queue, buffers[0], LARGEST, timeout);
	part.iov_len = size < 0 ? 0 : (size_t)size;
	return got(worker, &part, size < 0 ? size : 1, begun);
}

static int get_batch(struct worker *worker)
{
	uint32_t count = 1 + (uint32_t)(random_next(&worker->random) % BATCH);
	uint64_t begun = book_time(&worker->book);
	struct iovec parts[BATCH];

	for (uint32_t i = 0; i < count; i++)
		parts[i] = (struct iovec){ buffers[i], LARGEST };
	book_write(&worker->book, worker->slot, GETTING, count, EMPTY);
	return got(worker, parts,
	           weir_queue_get_many(worker->queue, parts, count,
	                               worker_time(worker)),
	           begun);
}

/* Only an empty one fits. */
static int get_into_nothing(struct worker *worker)
{
	uint64_t begun = book_time(&worker->book);
	struct iovec part = { NULL, 0 };
	ssize_t size;

	book_write(&worker->book, worker->slot, GETTING, 1, EMPTY);
	size = weir_queue_get(worker->queue, NULL, 0, WEIR_NOWAIT);
	if (size == -EMSGSIZE)
		size = -EAGAIN;
	return got(worker, &part, size < 0 ? size : 1, begun);
}

static void finish_lease(struct worker *worker, struct weir_lease *lease,
                         struct title title, uint64_t begun, uint64_t ended)
{
	const struct book *book = &worker->book;

	if (worker_chance(worker, 4)) {
		book_giving_back(book, worker->slot, title);
		must_be(weir_queue_giveback(worker->queue, lease), 0);
		book_write(book, worker->slot, RESTING, 0, EMPTY);
		return;
	}
	book_write(book, worker->slot, FINISHING, 1, title);
	must_be(weir_queue_done(worker->queue, lease), 0);
	book_done(book, worker->slot, title, begun, ended);
}

/* Others may have all the memory that it needs: it does not wait for ever. */
static int get_in_place(struct worker *worker)
{
	const struct book *book = &worker->book;
	uint64_t begun = book_time(book), ended;
	struct weir_lease lease;
	struct title title;
	int code;

	book_write(book, worker->slot, LEASING, 1, EMPTY);
	code = weir_queue_lease(
		worker->queue,
		worker_chance(worker, 2) ? WEIR_NOWAIT : WEIR_MS(2), &lease);
	ended = book_time(book);
	if (code < 0) {
		book_write(book, worker->slot, RESTING, 0, EMPTY);
		return code;
	}
	title = message_read(book, lease.data, lease.size);
	book_hold(book, worker->slot, title, lease.deliveries);
	if (worker_keep(worker, NULL, &lease))
		finish_lease(worker, &lease, title, begun, ended);
	return 0;
}

int worker_get_somehow(struct worker *worker)
{
	switch (random_next(&worker->random) % 8) {
	case 0:
		return get_into_nothing(worker);
	case 1:
	case 2:
		return get_batch(worker);
	case 3:
	case 4:
	case 5:
		return get_in_place(worker);
	default:
		return worker_get(worker, worker_time(worker));
	}
}
