/* SPDX-License-Identifier: MIT */
/*
 * Spoiled bytes as a queue, and every call on it.
 *
 * The queue was made by the library, in use (queue_use); whoever made it is
 * dead, and had messages in hand.  The first byte of the input says how it is
 * passed on (enum passing) and what it is like (enum queue_kind); then, if it is
 * RAW, what is to be written over all of the queue; then come steps until the
 * input ends: spoil it, open it, call something.
 */
#include "queue_calls.h"
#include "queue_places.h"
#include "segment/layout_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum passing { SEALED = 16, RAW = 32, UNUSED = 64 };

enum { PASSED = SEALED | RAW | UNUSED, IMAGE_MOST = 96 * 1024, STEPS = 48 };

/* What was made, each once. */
static struct image {
	unsigned char bytes[IMAGE_MOST];
	off_t size; /* of the file; behind the bytes, nothing was used */
	struct queue_places places;
} images[16];

struct victim {
	const struct image *image;
	int fd;
	struct queue_user user;
};

static void make(struct image *image, uint8_t kind, bool used)
{
	struct queue_user user;
	struct stat facts;
	int fd;

	queue_begin(&user, kind);
	if (used)
		queue_use(&user);
	image->places = queue_places;
	need(queue_places.end <= IMAGE_MOST);
	fd = weir_queue_fd(user.queue[0]);
	need(fstat(fd, &facts) == 0);
	image->size = facts.st_size;
	need(pread(fd, image->bytes, queue_places.end, 0) ==
	     (ssize_t)queue_places.end);
	queue_leave(&user, 0);
}

static const struct image *image_of(uint8_t kind)
{
	uint8_t like = kind & (BLOCKS_KINDS | GIVES_UP);
	struct image *image = &images[like * 2 + !(kind & UNUSED)];

	if (image->size == 0)
		make(image, like, !(kind & UNUSED));
	queue_places = image->places;
	return image;
}

static void victim_new(struct victim *victim, uint8_t kind)
{
	const struct image *image = image_of(kind);

	*victim = (struct victim){
		.image = image,
		.fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING),
	};
	need(victim->fd >= 0 && fchmod(victim->fd, 0600) == 0);
	need(write(victim->fd, image->bytes, image->places.end) ==
	     (ssize_t)image->places.end);
	need(ftruncate(victim->fd, image->size) == 0);
	if (kind & SEALED)
		fcntl(victim->fd, F_ADD_SEALS, F_SEAL_SHRINK);
}

static void overwrite(int fd, struct input *input, size_t at, size_t most)
{
	size_t count;
	const uint8_t *bytes = input_bytes(input, most, &count);

	need(pwrite(fd, bytes, count, (off_t)at) == (ssize_t)count);
}

/* All of the queue, as far as the input says. */
static void step_fill(struct victim *victim, struct input *input)
{
	size_t room = victim->image->places.entries - REGION_OBJECTS;
	size_t most = (size_t)input_take(input, 2) % (room + 1);

	overwrite(victim->fd, input, REGION_OBJECTS, most);
}

static void step_scribble(struct victim *victim, struct input *input)
{
	size_t at = (size_t)input_take(input, 2) % victim->image->places.end;

	overwrite(victim->fd, input, at, 1 + input_take(input, 1) % 32);
}

static void step_spoil(struct victim *victim, struct input *input)
{
	static unsigned char now[IMAGE_MOST];
	uint16_t which = (uint16_t)input_take(input, 2);
	ssize_t size = pread(victim->fd, now, sizeof(now), 0);
	uint64_t word = 0;
	off_t at;

	at = (off_t)queue_place(now, size > 0 ? (size_t)size : 0, which);
	need(pread(victim->fd, &word, sizeof(word), at) >= 0);
	word = queue_word(word, (uint8_t)input_take(input, 1));
	need(pwrite(victim->fd, &word, sizeof(word), at) > 0);
}

static void step_cut(struct victim *victim, uint8_t how)
{
	int code =
		how & 128
			? fallocate(victim->fd,
	                            FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	                            (how & 15) * 4096, 4096)
			: ftruncate(victim->fd, how * 512);

	need(code == 0 || errno == EPERM);
}

static void step(struct victim *victim, struct input *input)
{
	uint8_t what = (uint8_t)input_take(input, 1);
	int handle = what / 16 % FUZZ_QUEUES;

	switch (what % 16) {
	case 0:
		queue_open_again(&victim->user, handle, victim->fd);
		break;
	case 1:
		queue_leave(&victim->user, handle);
		break;
	case 2:
		step_cut(victim, (uint8_t)input_take(input, 1));
		break;
	case 3:
		step_scribble(victim, input);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		step_spoil(victim, input);
		break;
	default:
		queue_call(&victim->user, handle, input);
	}
}

/* Every call, whatever the input has tried. */
static void finish(struct victim *victim)
{
	for (uint8_t call = 0; call < 48; call++) {
		uint8_t bytes[2] = { call, 3 + 7 * (call & 16) };
		struct input input = { bytes, sizeof(bytes) };

		queue_call(&victim->user, call & 1, &input);
	}
	for (int i = 0; i < FUZZ_QUEUES; i++)
		queue_leave(&victim->user, i);
	close(victim->fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint8_t kind = (uint8_t)input_take(&input, 1);
	int before = lowest_descriptor();
	struct victim victim;

	victim_new(&victim, kind);
	if (kind & RAW)
		step_fill(&victim, &input);
	queue_open_again(&victim.user, 0, victim.fd);
	for (int i = 0; i < STEPS && input.left > 0; i++)
		step(&victim, &input);
	finish(&victim);
	need(lowest_descriptor() == before);
	return 0;
}
