/* SPDX-License-Identifier: MIT */
#include "attacks.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void attack_in_child(void (*body)(void *))
{
	struct target target = { .name = name_new("attacked") };

	child_join(child_start(body, &target));
}

void target_new(struct target *target)
{
	struct weir_pipe_options options = { .size = ATTACKED_RING };
	char path[NAME_PATH];
	struct stat facts;
	void *bytes;

	must_be(weir_pipe_create(&target->ends[0], target->name, &options), 0);
	must_be(weir_pipe_open(&target->ends[1], target->name), 0);
	name_path(path, target->name);
	target->fd = open(path, O_RDWR | O_CLOEXEC);
	must(target->fd >= 0);
	must_be(fstat(target->fd, &facts), 0);
	target->size = (size_t)facts.st_size;
	bytes = mmap(NULL, target->size, PROT_READ | PROT_WRITE, MAP_SHARED,
	             target->fd, 0);
	must(bytes != MAP_FAILED);
	target->bytes = bytes;
}

void target_end(struct target *target)
{
	unpair(target->ends);
	munmap(target->bytes, target->size);
	close(target->fd);
	must_be(weir_unlink(target->name), 0);
}

uint64_t *target_head(struct target *target)
{
	uint64_t head = *target_word(target, AT_RING + IN_HEAD);

	return target_word(target, AT_BYTES + (head & (ATTACKED_RING - 8)));
}

void must_be_sane(ssize_t result, ssize_t most)
{
	static const int codes[] = { -EUCLEAN,  -EAGAIN, -ETIMEDOUT, -EPIPE,
		                     -EMSGSIZE, -EPERM,  -EBUSY };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (result == codes[i])
			return;
	}
	must(result >= 0 && result <= most);
}

void call_everything(struct weir_pipe *end)
{
	static __thread char buffer[10 * ATTACKED_RING];
	const void *message;
	void *space;
	ssize_t length;

	must_be_sane(weir_pipe_send(end, buffer, 8, WEIR_US(100)), 0);
	must_be_sane(weir_pipe_send(end, buffer, 100, WEIR_NOWAIT), 0);
	must_be_sane(weir_pipe_send(end, buffer, sizeof(buffer), WEIR_US(100)),
	             0);
	must_be_sane(weir_pipe_recv(end, buffer, 100, WEIR_NOWAIT), 100);
	must_be_sane(weir_pipe_recv(end, buffer, sizeof(buffer), WEIR_US(100)),
	             sizeof(buffer));
	must_be_sane(weir_pipe_next_size(end, WEIR_NOWAIT), PTRDIFF_MAX);
	must_be_sane(weir_pipe_poll(end, WEIR_US(100)), 1);
	if (weir_pipe_reserve(end, 100, WEIR_NOWAIT, &space) == 0) {
		memset(space, 1, 100);
		must_be_sane(weir_pipe_commit(end, 100), 0);
	}
	length = weir_pipe_peek(end, WEIR_NOWAIT, &message);
	must_be_sane(length, ATTACKED_RING);
	if (length >= 0) {
		memcpy(buffer, message, (size_t)length);
		must_be_sane(weir_pipe_release(end), 0);
	}
}

int call_until(struct weir_pipe *end, const int *flag)
{
	int count = 0;

	while (!__atomic_load_n(flag, __ATOMIC_RELAXED)) {
		call_everything(end);
		count++;
	}
	return count;
}
