/* SPDX-License-Identifier: MIT */
#include "queue_target.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST = TARGET_BLOCKS * TARGET_BLOCK, MANY = 3 };

void queue_attack(void (*body)(void *))
{
	struct queue_target target = { .name = name_new("queue") };

	child_join(child_start(body, &target));
}

void queue_target_new(struct queue_target *target)
{
	struct weir_queue_options options = {
		.capacity = TARGET_CAPACITY,
		.block_size = TARGET_BLOCK,
		.memory = TARGET_BLOCKS * TARGET_ROOM,
	};
	char path[NAME_PATH];
	struct stat facts;
	void *bytes;

	must_be(weir_queue_create(&target->queue[0], target->name, &options),
	        0);
	must_be(weir_queue_open(&target->queue[1], target->name), 0);
	name_path(path, target->name);
	target->fd = open(path, O_RDWR | O_CLOEXEC);
	must(target->fd >= 0);
	must_be(fstat(target->fd, &facts), 0);
	target->size = (size_t)facts.st_size;
	bytes = mmap(NULL, target->size, PROT_READ | PROT_WRITE, MAP_SHARED,
	             target->fd, 0);
	must(bytes != MAP_FAILED);
	target->bytes = bytes;
	must_be(*target_at(target, AT_BLOCKS), TARGET_ALL);
}

void queue_target_end(struct queue_target *target)
{
	weir_queue_close(target->queue[0]);
	weir_queue_close(target->queue[1]);
	munmap(target->bytes, target->size);
	close(target->fd);
	must_be(weir_unlink(target->name), 0);
}

void must_be_sane(ssize_t result, ssize_t most)
{
	static const int codes[] = { -EUCLEAN,   -EAGAIN, -ETIMEDOUT,
		                     -ESHUTDOWN, -ENOSPC, -EMSGSIZE,
		                     -EPERM,     -EINVAL, -EOVERFLOW };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (result == codes[i])
			return;
	}
	must(result >= 0 && result <= most);
}

static void call_many(struct weir_queue *queue, char *buffer)
{
	struct iovec messages[MANY];

	for (int i = 0; i < MANY; i++)
		messages[i] = (struct iovec){ buffer + 50 * i, 50 };
	must_be_sane(weir_queue_put_many(queue, messages, MANY, WEIR_NOWAIT),
	             MANY);
	must_be_sane(weir_queue_get_many(queue, messages, MANY, WEIR_NOWAIT),
	             MANY);
	for (int i = 0; i < MANY; i++)
		must(messages[i].iov_len <= 50);
}

static void call_in_place(struct weir_queue *queue, char *buffer)
{
	struct weir_loan loan;
	struct weir_lease lease;

	if (weir_queue_reserve(queue, TARGET_BLOCK, WEIR_NOWAIT, &loan) == 0) {
		memset(loan.data, 'l', loan.size);
		must_be_sane(weir_queue_commit(queue, &loan), 0);
		weir_queue_abandon(queue, &loan);
	}
	for (int i = 0; i < 2; i++) {
		if (weir_queue_lease(queue, WEIR_NOWAIT, &lease) < 0)
			continue;
		must(lease.size <= LONGEST);
		memcpy(buffer, lease.data, lease.size);
		if (i)
			must_be_sane(weir_queue_giveback(queue, &lease), 0);
		else
			must_be_sane(weir_queue_done(queue, &lease), 0);
	}
}

void queue_call_everything(struct weir_queue *queue)
{
	static __thread char buffer[LONGEST];
	int64_t begun = now();

	must_be_sane(weir_queue_put(queue, buffer, 8, WEIR_US(100)), 0);
	must_be_sane(weir_queue_put(queue, buffer, 20, WEIR_NOWAIT), 0);
	must_be_sane(weir_queue_put(queue, buffer, 100, WEIR_US(100)), 0);
	call_many(queue, buffer);
	call_in_place(queue, buffer);
	must_be_sane(weir_queue_get(queue, buffer, 8, WEIR_NOWAIT), 8);
	must_be_sane(
		weir_queue_get(queue, buffer, sizeof(buffer), WEIR_US(100)),
		sizeof(buffer));
	must_be_sane(weir_queue_task_done(queue), 0);
	must_be_sane(weir_queue_join(queue, WEIR_US(100)), 0);
	must(weir_queue_size(queue) <= TARGET_CAPACITY + TARGET_ALL);
	must_be(weir_queue_capacity(queue), TARGET_CAPACITY);
	weir_queue_empty(queue);
	weir_queue_full(queue);
	weir_queue_dropped(queue);
	must(now() - begun < SOON);
}

static void flip_for_ever(void *argument)
{
	struct queue_flip *flip = argument;
	uint64_t *word = target_at(flip->target, flip->at);
	uint64_t right = __atomic_load_n(word, __ATOMIC_RELAXED);

	for (;;) {
		if (flip->step) {
			right += flip->step;
			__atomic_store_n(word, right, __ATOMIC_RELAXED);
			continue;
		}
		__atomic_store_n(word, flip->evil, __ATOMIC_RELAXED);
		__atomic_store_n(word, right, __ATOMIC_RELAXED);
	}
}

pid_t queue_flip_start(struct queue_flip *flip)
{
	return child_start(flip_for_ever, flip);
}
