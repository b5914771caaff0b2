/* SPDX-License-Identifier: MIT */
/*
 * Spoiled bytes as a region with pipes in it, and every call on it.
 *
 * The region was made by the library, in use: two named pipes, messages in
 * one, a pair without a name; whoever made them is dead.  The first byte of the
 * input says how it is passed on (enum kind), then come steps until the input
 * ends: spoil it, call something.
 */
#include "region_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { SEALED = 1, CUT = 2 };

enum {
	WRITTEN = FUZZ_SEATS + REGION_PAGE, /* behind it, nothing was used */
	STEPS = 48
};

static unsigned char image[WRITTEN];

struct victim {
	int fd;
	struct region_user user;
};

static void make_image(void)
{
	struct region_user user;

	region_begin(&user);
	need(pread(weir_region_fd(user.region), image, WRITTEN, 0) == WRITTEN);
	region_close(&user);
}

static void victim_new(struct victim *victim, uint8_t kind)
{
	if (image[0] == 0)
		make_image();
	*victim = (struct victim){
		.fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING),
	};
	need(victim->fd >= 0 && fchmod(victim->fd, 0600) == 0);
	need(write(victim->fd, image, WRITTEN) == WRITTEN);
	need(ftruncate(victim->fd, kind & CUT ? WRITTEN : FUZZ_REGION) == 0);
	if (kind & SEALED)
		fcntl(victim->fd, F_ADD_SEALS, F_SEAL_SHRINK);
}

static void step_spoil(int fd, struct input *input)
{
	uint16_t which = (uint16_t)input_take(input, 2);
	off_t at = (off_t)region_place(image, WRITTEN, which);
	uint64_t word = 0;

	need(pread(fd, &word, sizeof(word), at) >= 0);
	word = region_word(word, (uint8_t)input_take(input, 1));
	need(pwrite(fd, &word, sizeof(word), at) > 0);
}

static void step_cut(int fd, uint8_t how)
{
	int code =
		how & 128
			? fallocate(fd,
	                            FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	                            (how & 31) * REGION_PAGE, REGION_PAGE)
			: ftruncate(fd, how * 1024);

	need(code == 0 || errno == EPERM);
}

static void step(struct victim *victim, struct input *input)
{
	uint8_t what = (uint8_t)input_take(input, 1);

	switch (what % 16) {
	case 0:
		region_open_again(&victim->user, victim->fd);
		break;
	case 1:
		region_close(&victim->user);
		break;
	case 2:
		region_remove(&victim->user, (uint8_t)input_take(input, 1));
		break;
	case 3:
		step_cut(victim->fd, (uint8_t)input_take(input, 1));
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		region_pipe(&victim->user, (uint8_t)input_take(input, 1));
		break;
	case 8:
	case 9:
		region_call(&victim->user, input);
		break;
	default:
		step_spoil(victim->fd, input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint8_t kind = (uint8_t)input_take(&input, 1);
	int before = lowest_descriptor();
	struct victim victim;

	victim_new(&victim, kind);
	for (int i = 0; i < STEPS && input.left > 0; i++)
		step(&victim, &input);
	region_open_again(&victim.user, victim.fd);
	for (uint8_t how = 0; how < 64; how += 5)
		region_pipe(&victim.user, how);
	region_close(&victim.user);
	close(victim.fd);
	need(lowest_descriptor() == before);
	return 0;
}
