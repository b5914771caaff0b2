/* SPDX-License-Identifier: MIT */
#include "queue_worker.h"

#include <sched.h>

static unsigned char buffers[BATCH][LARGEST];

static struct title next_title(const struct worker *worker, uint32_t ahead)
{
	const struct page *page = book_page(&worker->book, worker->slot);

	return (struct title){ (uint16_t)worker->slot,
		               word_read(&page->next) + ahead };
}

static int put_one(struct worker *worker)
{
	struct title title = next_title(worker, 0);
	size_t size = message_size(&worker->book, title);
	int code;

	message_write(buffers[0], size, title);
	book_put_begin(&worker->book, worker->slot, 1);
	code = weir_queue_put(worker->queue, buffers[0], size,
	                      worker_time(worker));
	book_put_end(&worker->book, worker->slot, 1, code == 0);
	return code;
}

static int put_batch(struct worker *worker)
{
	uint32_t left = worker->book.each - next_title(worker, 0).number;
	uint32_t count = 1 + (uint32_t)(random_next(&worker->random) % BATCH);
	struct iovec parts[BATCH];
	ssize_t code;

	if (count > left)
		count = left;
	for (uint32_t i = 0; i < count; i++) {
		struct title title = next_title(worker, i);
		size_t size = message_size(&worker->book, title);

		message_write(buffers[i], size, title);
		parts[i] = (struct iovec){ buffers[i], size };
	}
	book_put_begin(&worker->book, worker->slot, count);
	code = weir_queue_put_many(worker->queue, parts, count,
	                           worker_time(worker));
	must(code <= (ssize_t)count && code != 0);
	book_put_end(&worker->book, worker->slot, count,
	             code < 0 ? 0 : (uint32_t)code);
	return code < 0 ? (int)code : 0;
}

static int commit(struct worker *worker, struct weir_loan *loan)
{
	int code = -EAGAIN;

	for (int i = 0; i < 3 && code == -EAGAIN; i++) {
		book_put_begin(&worker->book, worker->slot, 1);
		code = weir_queue_commit(worker->queue, loan);
		book_put_end(&worker->book, worker->slot, 1, code == 0);
		if (code == -EAGAIN)
			sched_yield();
	}
	if (code == -EAGAIN)
		weir_queue_abandon(worker->queue, loan);
	return code;
}

static int put_in_place(struct worker *worker)
{
	struct title title = next_title(worker, 0);
	size_t size = message_size(&worker->book, title);
	struct weir_loan loan;
	int code = weir_queue_reserve(worker->queue, size + size % 3,
	                              worker_time(worker), &loan);

	if (code == -EMSGSIZE)
		return put_one(worker);
	if (code < 0)
		return code;
	message_write(loan.data, size, title);
	loan.size = size;
	if (!worker_keep(worker, &loan, NULL))
		return -EAGAIN;
	if (worker_chance(worker, 20)) {
		weir_queue_abandon(worker->queue, &loan);
		return -EAGAIN;
	}
	return commit(worker, &loan);
}

static int put_empty(struct worker *worker)
{
	struct page *page = book_page(&worker->book, worker->slot);
	int code;

	book_write(&worker->book, worker->slot, PUTTING_EMPTY, 1, EMPTY);
	code = weir_queue_put(worker->queue, NULL, 0, worker_time(worker));
	if (code == 0)
		word_add(&page->empty_put, 1);
	book_write(&worker->book, worker->slot, RESTING, 0, EMPTY);
	return code;
}

int worker_put(struct worker *worker)
{
	switch (random_next(&worker->random) % 8) {
	case 0:
		return put_empty(worker);
	case 1:
	case 2:
		return put_batch(worker);
	case 3:
	case 4:
		return put_in_place(worker);
	default:
		return put_one(worker);
	}
}
