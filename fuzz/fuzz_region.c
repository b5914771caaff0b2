/* SPDX-License-Identifier: MIT */
/*
 * Spoiled bytes as a region with pipes in it, and every call on it.
 *
 * The region was made by the library, in use: two named pipes, messages in
 * one, a pair without a name; whoever made them is dead.  The first byte of the
 * input says how it is passed on (enum kind), then come steps until the input
 * ends: spoil it, call something.
 */
#include "calls.h"
#include "segment/layout_region.h"
#include "weir/region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { SEALED = 1, CUT = 2 };

enum {
	OBJECTS = 24 * 1024,
	ENTRIES = REGION_OBJECTS + OBJECTS,
	SEATS = ENTRIES + OBJECTS,
	WRITTEN = SEATS + REGION_PAGE, /* behind it, nothing was ever used */
	SIZE = SEATS + SEATS_MOST * (int)sizeof(struct seat_layout),
	STEPS = 48,
	HANDLES = 4
};

static unsigned char image[WRITTEN];

static struct {
	int fd;
	struct weir_region *region;
	struct weir_pipe *end[HANDLES];
} victim;

static const char *const names[] = { "a", "b", "c", NULL };

static void need(bool met)
{
	if (!met)
		abort();
}

static void make_image(void)
{
	struct weir_pipe_options options = { .size = FUZZ_RING,
		                             .simplex = true };
	struct weir_pipe *ends[4];
	struct weir_region *region;

	need(weir_region_create(&region, NULL, OBJECTS, NULL) == 0);
	options.segment.region = region;
	need(weir_pipe_create(&ends[0], "a", &options) == 0);
	need(weir_pipe_create(&ends[1], "b", &options) == 0);
	need(weir_pipe_pair(&ends[2], &options) == 0);
	need(weir_pipe_send(ends[3], "message", 7, 0) == 0);
	need(pread(weir_region_fd(region), image, WRITTEN, 0) == WRITTEN);
	for (int i = 0; i < 4; i++)
		weir_pipe_close(ends[i]);
	weir_region_close(region);
}

static void victim_new(uint8_t kind)
{
	if (image[0] == 0)
		make_image();
	memset(&victim, 0, sizeof(victim));
	victim.fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	need(victim.fd >= 0 && fchmod(victim.fd, 0600) == 0);
	need(write(victim.fd, image, WRITTEN) == WRITTEN);
	need(ftruncate(victim.fd, kind & CUT ? WRITTEN : SIZE) == 0);
	if (kind & SEALED)
		fcntl(victim.fd, F_ADD_SEALS, F_SEAL_SHRINK);
}

static void step_open(void)
{
	static const int codes[] = { EPROTO, EUCLEAN, EACCES, ENOMEM,
		                     ENOSPC, EAGAIN,  0 };

	if (!victim.region)
		must_promise("region_open_fd",
		             weir_region_open_fd(&victim.region, victim.fd),
		             codes);
}

static void step_close(void)
{
	for (int i = 0; i < HANDLES; i++) {
		weir_pipe_close(victim.end[i]);
		victim.end[i] = NULL;
	}
	weir_region_close(victim.region);
	victim.region = NULL;
}

static void step_pipe(uint8_t how)
{
	static const int opens[] = { ENOENT, EPROTO, EUCLEAN, EBUSY,
		                     EPIPE,  ENOMEM, EAGAIN,  0 };
	static const int creates[] = { EEXIST, ENOSPC, ENOMEM, EUCLEAN,
		                       EBUSY,  EAGAIN, EINVAL, 0 };
	static const int either[] = { EPROTO, ENOSPC, ENOMEM, EUCLEAN,
		                      EBUSY,  EAGAIN, EINVAL, 0 };
	struct weir_pipe_options options = { .size = FUZZ_RING,
		                             .simplex = how & 128 };
	struct weir_pipe **end = &victim.end[how % HANDLES];
	const char *name = names[how >> 2 & 3];

	options.segment.region = victim.region;
	weir_pipe_close(*end);
	*end = NULL;
	if (!victim.region)
		return;
	switch (how >> 4 & 3) {
	case 0:
		must_promise("create", weir_pipe_create(end, name, &options),
		             creates);
		break;
	case 1:
		if (name)
			must_promise(
				"open_or_create",
				weir_pipe_open_or_create(end, name, &options),
				either);
		break;
	default:
		if (name)
			must_promise(
				"open_in",
				weir_pipe_open_in(end, victim.region, name),
				opens);
	}
}

static void step_remove(uint8_t how)
{
	static const int codes[] = { ENOENT, EUCLEAN, 0 };

	if (victim.region)
		must_promise("remove",
		             weir_region_remove(victim.region, names[how % 3]),
		             codes);
}

/* A word of the region, the directory, the seats, an object; or of a pipe. */
static size_t place(uint8_t which, uint8_t item)
{
	static const uint16_t region[] = {
		0,
		16,
		REGION_OFFSET + offsetof(struct region_layout, lines),
		REGION_OFFSET + offsetof(struct region_layout, allocated),
		REGION_OFFSET + offsetof(struct region_layout, named),
		REGION_OFFSET + offsetof(struct region_layout, frontier),
		REGION_OFFSET + offsetof(struct region_layout, entries),
		REGION_OFFSET + offsetof(struct region_layout, seats),
	};

	switch (which & 7) {
	case 0:
		return region[item % 8];
	case 1:
		return REGION_OFFSET + offsetof(struct region_layout, member) +
		       item % 4 * 8U;
	case 2:
	case 3:
		return ENTRIES + (which >> 3) % 8 * 64U + item % 8 * 8U;
	case 4:
		return SEATS + (which >> 3) % 4 * 128U + item % 8 * 8U;
	default:
		/* As if the object were a segment of its own. */
		return REGION_OBJECTS - PIPE_OFFSET + (which >> 3) % 4 * 5504U +
		       hostile_place(image, 0, item);
	}
}

static void step_spoil(struct input *input)
{
	uint8_t which = (uint8_t)input_take(input, 1);
	size_t at = place(which, (uint8_t)input_take(input, 1));
	uint8_t how = (uint8_t)input_take(input, 1);
	uint64_t word = 0;

	need(pread(victim.fd, &word, sizeof(word), (off_t)at) >= 0);
	/* Owner words count in their upper bits. */
	word = how >= 192   ? word + (UINT64_C(1) << (how & 63))
	       : how >= 128 ? word ^ UINT64_C(1) << (how & 63)
	                    : hostile_word(word, how);
	need(pwrite(victim.fd, &word, sizeof(word), (off_t)at) > 0);
}

static void step_cut(uint8_t how)
{
	int code =
		how & 128
			? fallocate(victim.fd,
	                            FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	                            (how & 31) * REGION_PAGE, REGION_PAGE)
			: ftruncate(victim.fd, how * 1024);

	need(code == 0 || errno == EPERM);
}

static void step(struct input *input)
{
	uint8_t what = (uint8_t)input_take(input, 1);
	struct weir_pipe *end = victim.end[what / 16 % HANDLES];

	switch (what % 16) {
	case 0:
		step_open();
		break;
	case 1:
		step_close();
		break;
	case 2:
		step_remove((uint8_t)input_take(input, 1));
		break;
	case 3:
		step_cut((uint8_t)input_take(input, 1));
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		step_pipe((uint8_t)input_take(input, 1));
		break;
	case 8:
	case 9:
		if (end)
			call_something(end, input);
		break;
	default:
		step_spoil(input);
	}
}

static int lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint8_t kind = (uint8_t)input_take(&input, 1);
	int before = lowest_free();

	victim_new(kind);
	for (int i = 0; i < STEPS && input.left > 0; i++)
		step(&input);
	step_open();
	for (uint8_t how = 0; how < 64; how += 5)
		step_pipe(how);
	step_close();
	close(victim.fd);
	need(lowest_free() == before);
	return 0;
}
