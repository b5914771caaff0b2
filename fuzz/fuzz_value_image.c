/* SPDX-License-Identifier: MIT */
/*
 * Spoiled bytes as a value or an array, and every call on it.
 *
 * The object was made by the library, and is in use.  The first byte of the
 * input says which one it is (kinds), and whether it is sealed; then come steps
 * until the input ends: spoil it, cut it off, open it, call something.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/array.h>
#include <weir/value.h>

enum { SEALED = 128, PAGE = 4096, OBJECT = 12288, STEPS = 48, PLACES = 256 };

static const struct kind {
	char typecode;
	size_t record_size;
	size_t length; /* 0: a value */
} kinds[] = {
	{ 'i', 0, 0 },
	{ 'd', 0, 0 },
	{ WEIR_RECORD, 7, 0 },
	{ WEIR_RECORD, 40, 0 },
	{ WEIR_RECORD, 5000, 0 },
	{ 'q', 0, 20 },
	{ 'c', 0, 30 },
	{ WEIR_RECORD, 24, 7 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct image {
	unsigned char *bytes;
	off_t size;
} images[KINDS];

struct victim {
	int fd;
	struct weir_value *value;
	struct weir_array *array;
	bool stored; /* a store may wait for a second */
};

static void make(struct image *image, const struct kind *kind)
{
	struct weir_value_options value = { .record_size = kind->record_size };
	struct weir_array_options array = { .record_size = kind->record_size };
	struct victim maker = { .fd = -1 };
	void *item = calloc(20, 5000);
	struct stat facts;

	if (kind->length == 0) {
		need(weir_value_create(&maker.value, NULL, kind->typecode,
		                       &value) == 0);
		need(weir_value_store(maker.value, item) == 0);
		maker.fd = weir_value_fd(maker.value);
	} else {
		need(weir_array_create(&maker.array, NULL, kind->typecode,
		                       kind->length, &array) == 0);
		need(weir_array_store(maker.array, 1, 5, item) == 0);
		maker.fd = weir_array_fd(maker.array);
	}
	need(fstat(maker.fd, &facts) == 0);
	image->size = facts.st_size;
	image->bytes = malloc((size_t)facts.st_size);
	need(image->bytes && pread(maker.fd, image->bytes,
	                           (size_t)facts.st_size, 0) == facts.st_size);
	weir_value_close(maker.value);
	weir_array_close(maker.array);
	free(item);
}

static bool is_hole(const unsigned char *page)
{
	static const unsigned char zeros[PAGE];

	return memcmp(page, zeros, PAGE) == 0;
}

static void victim_new(struct victim *victim, uint8_t which)
{
	struct image *image = &images[which % KINDS];

	if (!image->bytes)
		make(image, &kinds[which % KINDS]);
	*victim = (struct victim){
		.fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING),
	};
	need(victim->fd >= 0 && fchmod(victim->fd, 0600) == 0);
	need(ftruncate(victim->fd, image->size) == 0);
	for (off_t at = 0; at + PAGE <= image->size; at += PAGE) {
		if (!is_hole(image->bytes + at))
			need(pwrite(victim->fd, image->bytes + at, PAGE, at) ==
			     PAGE);
	}
	if (which & SEALED)
		fcntl(victim->fd, F_ADD_SEALS, F_SEAL_SHRINK);
}

static void victim_close(struct victim *victim)
{
	weir_value_close(victim->value);
	weir_array_close(victim->array);
	victim->value = NULL;
	victim->array = NULL;
}

static void victim_open(struct victim *victim)
{
	static const int codes[] = { EPROTO, EUCLEAN, EINVAL, EAGAIN,
		                     EACCES, EBUSY,   ENOMEM, 0 };

	victim_close(victim);
	must_promise("weir_value_open_fd",
	             weir_value_open_fd(&victim->value, victim->fd), codes);
	must_promise("weir_array_open_fd",
	             weir_array_open_fd(&victim->array, victim->fd), codes);
}

/* ---- calls */

static const int any_code[] = { EUCLEAN, EINVAL,   EAGAIN, ETIMEDOUT,
	                        EBUSY,   ENOSPC,   EPERM,  EOVERFLOW,
	                        ENOTSUP, EMSGSIZE, 0 };

static void numbers(struct victim *victim, size_t index)
{
	if (victim->value && weir_value_typecode(victim->value) == 'i') {
		weir_value_fetch_add_i(victim->value, 1);
		weir_value_store_i(victim->value,
		                   weir_value_load_i(victim->value));
	}
	if (victim->array && weir_array_typecode(victim->array) == 'q') {
		weir_array_fetch_add_q(victim->array, index, 1);
		weir_array_exchange_q(victim->array, index, 1);
	}
}

static void call_value(struct victim *victim, uint8_t what)
{
	struct weir_value *value = victim->value;
	void *item = buffer_new(weir_value_size(value));
	int64_t timeout = what & 16 ? WEIR_US(20) : 0;
	int code = 0;

	switch (what % 6) {
	case 0:
		code = weir_value_load(value, item);
		break;
	case 1:
		if (!victim->stored)
			code = weir_value_store(value, item);
		victim->stored = true;
		break;
	case 2:
		code = weir_value_wait(value, item, timeout);
		break;
	case 3:
		code = weir_value_lock(value, timeout);
		break;
	case 4:
		code = weir_value_unlock(value);
		break;
	default:
		weir_value_notify(value);
	}
	must_promise("a call on a value", code, any_code);
	free(item);
}

static void call_array(struct victim *victim, uint8_t what, size_t start,
                       size_t count)
{
	struct weir_array *array = victim->array;
	void *items = buffer_new(count * weir_array_item_size(array));
	int64_t timeout = what & 16 ? WEIR_US(20) : 0;
	ssize_t code = 0;

	switch (what % 8) {
	case 0:
		code = weir_array_load(array, start, count, items);
		break;
	case 1:
		code = weir_array_snapshot(array, start, count, items);
		break;
	case 2:
		if (!victim->stored)
			code = weir_array_store(array, start, count, items);
		victim->stored = true;
		break;
	case 3:
		if (count > 0)
			code = weir_array_wait(array, start, items, timeout);
		break;
	case 4:
		code = weir_array_lock(array, timeout);
		break;
	case 5:
		code = weir_array_unlock(array);
		break;
	case 6:
		code = weir_array_get_string(array, items, count);
		break;
	default:
		weir_array_notify(array);
	}
	must_promise("a call on an array", code < 0 ? code : 0, any_code);
	free(items);
}

static void step_call(struct victim *victim, struct input *input)
{
	uint8_t what = (uint8_t)input_take(input, 1);
	size_t start = (size_t)input_take(input, 1) % 40;
	size_t count = (size_t)input_take(input, 1) % 40;

	numbers(victim, start);
	if (victim->value && weir_value_size(victim->value) < 1 << 20)
		call_value(victim, what);
	if (victim->array && weir_array_item_size(victim->array) < 1 << 16)
		call_array(victim, what, start, count);
}

/* ---- steps */

static void step_spoil(int fd, struct input *input)
{
	off_t at = (off_t)input_take(input, 1) * 4 % PLACES + OBJECT;
	uint64_t word = 0;

	need(pread(fd, &word, sizeof(word), at) >= 0);
	word = hostile_word(word, (uint8_t)input_take(input, 1));
	need(pwrite(fd, &word, sizeof(word), at) > 0);
}

static void step_cut(int fd, uint8_t how)
{
	int code =
		how & 128
			? fallocate(fd,
	                            FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	                            (how & 7) * PAGE, PAGE)
			: ftruncate(fd, how * 512);

	need(code == 0 || errno == EPERM);
}

static void step(struct victim *victim, struct input *input)
{
	uint8_t what = (uint8_t)input_take(input, 1);

	switch (what % 8) {
	case 0:
		victim_open(victim);
		break;
	case 1:
		if (what >= 224)
			step_cut(victim->fd, (uint8_t)input_take(input, 1));
		break;
	case 2:
	case 3:
	case 4:
		step_call(victim, input);
		break;
	default:
		step_spoil(victim->fd, input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint8_t which = (uint8_t)input_take(&input, 1);
	int before = lowest_descriptor();
	struct victim victim;

	victim_new(&victim, which);
	victim_open(&victim);
	for (int i = 0; i < STEPS && input.left > 0; i++)
		step(&victim, &input);
	victim_close(&victim);
	close(victim.fd);
	need(lowest_descriptor() == before);
	return 0;
}
