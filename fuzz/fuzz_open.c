/* SPDX-License-Identifier: MIT */
/*
 * Arbitrary bytes as a segment, and every public call on it.
 *
 * The first byte says what the segment is (enum kind); then come its size, and
 * for RAW its bytes; else it is one that the library made, in use.  Then steps,
 * until the input ends: spoil it, open it, call something on what is open.
 *
 * Descriptors are counted at the end: nothing that the library refuses or
 * closes leaves one behind.
 */
#include "calls.h"
#include "segment/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind {
	SEALED = 1,
	RAW = 2,
	NAMED = 4,
	SIMPLEX = 8,   /* from here on: of what the library made */
	LONELY = 16,   /* the second end was never opened */
	STREAMED = 32, /* a broken off stream is the first to be received */
	OTHER = 64,    /* the end that is opened first by descriptor */
	ALONE = 128    /* the other one is not */
};

enum {
	IMAGE_MOST = PIPE_OFFSET + sizeof(struct pipe_layout) + 2 * FUZZ_RING,
	STEPS = 48,
	HANDLES = 3
};

struct image {
	size_t size;
	unsigned char bytes[IMAGE_MOST];
};

/* The segment that is spoiled, and who has opened it. */
struct victim {
	int fd;
	uint8_t kind;
	char name[32];
	struct weir_pipe *end[HANDLES];
};

/* Messages of all kinds; those before them were received. */
static void use(struct weir_pipe *from, struct weir_pipe *to, bool streamed)
{
	static char bytes[3 * FUZZ_RING];

	for (int i = 0; i < 3; i++) {
		need(weir_pipe_send(from, bytes, 1500, 0) == 0);
		need(weir_pipe_recv(to, bytes, sizeof(bytes), 0) == 1500);
	}
	if (streamed)
		need(weir_pipe_send(from, bytes, sizeof(bytes), 0) == -EAGAIN);
	else
		need(weir_pipe_send(from, bytes, 8, 0) == 0);
	weir_pipe_send(from, bytes, 100, 0);
	weir_pipe_send(from, bytes, 0, 0);
}

static void make(struct image *image, uint8_t kind)
{
	struct weir_pipe_options options = {
		.size = FUZZ_RING,
		.simplex = kind & SIMPLEX,
	};
	struct weir_pipe *ends[2] = { NULL, NULL };
	ssize_t size;
	int fd;

	need(weir_pipe_create(&ends[0], NULL, &options) == 0);
	fd = weir_pipe_fd(ends[0]);
	if (!(kind & LONELY)) {
		need(weir_pipe_open_fd(&ends[1], fd) == 0);
		use(ends[1], ends[0], kind & STREAMED);
		if (!(kind & SIMPLEX))
			use(ends[0], ends[1], false);
	}
	size = pread(fd, image->bytes, sizeof(image->bytes), 0);
	need(size > 0);
	image->size = (size_t)size;
	weir_pipe_close(ends[1]);
	weir_pipe_close(ends[0]);
}

/* Each is made once. */
static const struct image *image_of(uint8_t kind)
{
	static struct image images[8];
	struct image *image = &images[kind / SIMPLEX % 8];

	if (image->size == 0)
		make(image, kind);
	return image;
}

/* The segment's file, empty. */
static void victim_new(struct victim *victim, uint8_t kind)
{
	char path[64];

	*victim = (struct victim){ .kind = kind };
	if (!(kind & NAMED)) {
		victim->fd =
			memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		need(victim->fd >= 0 && fchmod(victim->fd, 0600) == 0);
		return;
	}
	snprintf(victim->name, sizeof(victim->name), "fuzz.%d", (int)getpid());
	snprintf(path, sizeof(path), "/dev/shm/weir.%s", victim->name);
	victim->fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	need(victim->fd >= 0);
}

static void victim_fill(struct victim *victim, uint8_t kind,
                        struct input *input)
{
	uint64_t size = input_take(input, 1) * 64;
	const uint8_t *bytes;
	size_t count;

	if (kind & RAW) {
		bytes = input_bytes(input, (size_t)size, &count);
	} else {
		bytes = image_of(kind)->bytes;
		count = image_of(kind)->size;
		size = size ? size : count;
	}
	need(write(victim->fd, bytes, count) == (ssize_t)count);
	need(ftruncate(victim->fd, (off_t)size) == 0);
	if (kind & SEALED)
		fcntl(victim->fd, F_ADD_SEALS, F_SEAL_SHRINK);
}

/* By a descriptor of its own, which stands for the end `side`. */
static int open_described(struct weir_pipe **end, int fd, int side)
{
	char path[32];
	int own, code;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_RDWR | O_CLOEXEC);
	need(own >= 0 && lseek(own, side, SEEK_SET) == side);
	code = weir_pipe_open_fd(end, own);
	close(own);
	return code;
}

static void step_open(struct victim *victim, uint8_t how)
{
	static const int codes[] = { EBUSY,  EPIPE,  EPROTO, EUCLEAN,
		                     EACCES, ENOMEM, ENOENT, 0 };
	static const int described[] = { EBUSY,  EPIPE,  EPROTO, EUCLEAN,
		                         EACCES, ENOMEM, EINVAL, 0 };
	static const struct weir_pipe_options options = { .size = FUZZ_RING };
	struct weir_pipe **end = &victim->end[how % HANDLES];
	bool named = victim->kind & NAMED;

	if (*end) {
		weir_pipe_close(*end);
		*end = NULL;
	}
	if (how & 64)
		return;
	if (!named)
		must_promise(
			"open_fd",
			open_described(end, victim->fd,
		                       !(how & 8) == !!(victim->kind & OTHER)),
			described);
	else if (how & 32)
		must_promise(
			"open_or_create",
			weir_pipe_open_or_create(end, victim->name, &options),
			codes);
	else
		must_promise("open", weir_pipe_open(end, victim->name), codes);
	if (named && how & 16)
		weir_unlink(victim->name);
}

static void step_spoil(struct victim *victim, struct input *input)
{
	static unsigned char now[IMAGE_MOST];
	ssize_t size = pread(victim->fd, now, sizeof(now), 0);
	uint8_t which = (uint8_t)input_take(input, 1);
	uint64_t word = 0;
	size_t at;

	at = hostile_place(now, size > 0 ? (size_t)size : 0, which);
	need(pread(victim->fd, &word, sizeof(word), (off_t)at) >= 0);
	word = hostile_word(word, (uint8_t)input_take(input, 1));
	need(pwrite(victim->fd, &word, sizeof(word), (off_t)at) > 0);
}

static void step_scribble(struct victim *victim, struct input *input)
{
	off_t at = (off_t)(input_take(input, 2) % IMAGE_MOST);
	size_t count, wanted = 1 + (size_t)input_take(input, 1) % 32;
	const uint8_t *bytes = input_bytes(input, wanted, &count);

	need(pwrite(victim->fd, bytes, count, at) == (ssize_t)count);
}

/* Cuts it off, or makes it longer; or takes pages out of it. */
static void step_resize(struct victim *victim, struct input *input)
{
	uint8_t how = (uint8_t)input_take(input, 1);
	int code;

	if (how & 128)
		code = fallocate(victim->fd,
		                 FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		                 (how & 3) * 4096, 4096);
	else
		code = ftruncate(victim->fd, how * 128);
	need(code == 0 || errno == EPERM);
}

static void step(struct victim *victim, struct input *input)
{
	uint8_t what = (uint8_t)input_take(input, 1);
	struct weir_pipe *end = victim->end[what / 8 % HANDLES];

	switch (what % 8) {
	case 0:
		step_scribble(victim, input);
		break;
	case 1:
		step_resize(victim, input);
		break;
	case 2:
		step_open(victim, (uint8_t)input_take(input, 1));
		break;
	case 3:
	case 4:
		step_spoil(victim, input);
		break;
	default:
		if (end)
			call_something(end, input);
	}
}

/* Every call on all that is open, whatever the input has tried. */
static void finish(struct victim *victim)
{
	for (int i = 0; i < HANDLES; i++) {
		for (int call = 0; victim->end[i] && call < 12; call++) {
			uint8_t bytes[2] = { (uint8_t)call, 5 };
			struct input input = { bytes, sizeof(bytes) };

			call_something(victim->end[i], &input);
		}
		weir_pipe_close(victim->end[i]);
	}
	if (victim->kind & NAMED)
		weir_unlink(victim->name);
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
	victim_fill(&victim, kind, &input);
	step_open(&victim, 0);
	if (!(kind & ALONE))
		step_open(&victim, 1 | 8);
	for (int i = 0; i < STEPS && input.left > 0; i++)
		step(&victim, &input);
	finish(&victim);
	need(lowest_descriptor() == before);
	return 0;
}
