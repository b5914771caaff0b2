/* SPDX-License-Identifier: MIT */
/*
 * A worker: leases a task, compresses that chunk, puts the result, and only
 * then says that the task is done.  It may be killed at any instruction; killed
 * before the last of these, its task comes again and somebody repeats the work.
 */
#include "compress_tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A copy: it is well formed, for the parent put it. */
static void read_task(const struct weir_lease *lease, struct chunk *chunk)
{
	if (lease->size > sizeof(*chunk))
		die("a task of %zu bytes", lease->size);
	memcpy(chunk, lease->data, lease->size);
}

static void work_on(const struct weir_lease *lease, struct result *result,
                    const struct queues *queues)
{
	static struct chunk chunk;
	size_t size;

	read_task(lease, &chunk);
	size = chunk_compress(&chunk, result->bytes);
	result->chunk = chunk.number;
	result->deliveries = lease->deliveries;
	check("put a result",
	      weir_queue_put(queues->results, result,
	                     offsetof(struct result, bytes) + size,
	                     WEIR_FOREVER));
}

_Noreturn void worker_run(const struct queues *queues, uint32_t number,
                          struct account *account)
{
	static struct result result;
	struct weir_lease lease;
	int code;

	result.worker = number;
	while ((code = weir_queue_lease(queues->tasks, WEIR_FOREVER, &lease)) !=
	       -ESHUTDOWN) {
		check("lease a task", code);
		work_on(&lease, &result, queues);
		/* Read after this process's death. */
		atomic_store_explicit(&account->put, ++result.sequence,
		                      memory_order_relaxed);
		check("done", weir_queue_done(queues->tasks, &lease));
	}
	_exit(0);
}
