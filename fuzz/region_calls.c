/* SPDX-License-Identifier: MIT */
#include "region_calls.h"

#include <errno.h>
#include <stdlib.h>

static const char *const names[] = { "a", "b", "c", NULL };

void region_begin(struct region_user *user)
{
	struct weir_pipe_options options = { .size = FUZZ_RING,
		                             .simplex = true };

	*user = (struct region_user){ .region = NULL };
	need(weir_region_create(&user->region, NULL, FUZZ_OBJECTS, NULL) == 0);
	options.segment.region = user->region;
	need(weir_pipe_create(&user->end[0], "a", &options) == 0);
	need(weir_pipe_create(&user->end[1], "b", &options) == 0);
	need(weir_pipe_pair(&user->end[2], &options) == 0);
	need(weir_pipe_send(user->end[3], "message", 7, 0) == 0);
}

void region_open_again(struct region_user *user, int fd)
{
	static const int codes[] = { EPROTO, EUCLEAN, EACCES, ENOMEM,
		                     ENOSPC, EAGAIN,  0 };

	if (!user->region)
		must_promise("region_open_fd",
		             weir_region_open_fd(&user->region, fd), codes);
}

void region_close(struct region_user *user)
{
	for (int i = 0; i < FUZZ_HANDLES; i++) {
		weir_pipe_close(user->end[i]);
		user->end[i] = NULL;
	}
	weir_region_close(user->region);
	user->region = NULL;
}

static void create(struct weir_pipe **end, const char *name,
                   const struct weir_pipe_options *options)
{
	static const int codes[] = { EEXIST, ENOSPC, ENOMEM, EUCLEAN,
		                     EBUSY,  EAGAIN, EINVAL, 0 };

	must_promise("create", weir_pipe_create(end, name, options), codes);
}

static void open_or_create(struct weir_pipe **end, const char *name,
                           const struct weir_pipe_options *options)
{
	static const int codes[] = { EPROTO, ENOSPC, ENOMEM, EUCLEAN,
		                     EBUSY,  EAGAIN, EINVAL, 0 };

	must_promise("open_or_create",
	             weir_pipe_open_or_create(end, name, options), codes);
}

static void open_in(struct weir_pipe **end, struct weir_region *region,
                    const char *name)
{
	static const int codes[] = { ENOENT, EPROTO, EUCLEAN, EBUSY,
		                     EPIPE,  ENOMEM, EAGAIN,  0 };

	must_promise("open_in", weir_pipe_open_in(end, region, name), codes);
}

void region_pipe(struct region_user *user, uint8_t how)
{
	struct weir_pipe_options options = { .size = FUZZ_RING,
		                             .simplex = how & 128 };
	struct weir_pipe **end = &user->end[how % FUZZ_HANDLES];
	const char *name = names[how >> 2 & 3];
	int what = how >> 4 & 3;

	options.segment.region = user->region;
	weir_pipe_close(*end);
	*end = NULL;
	if (!user->region)
		return;
	if (what == 0)
		create(end, name, &options);
	else if (what == 1 && name)
		open_or_create(end, name, &options);
	else if (name)
		open_in(end, user->region, name);
}

void region_remove(struct region_user *user, uint8_t how)
{
	static const int codes[] = { ENOENT, EUCLEAN, 0 };

	if (user->region)
		must_promise("remove",
		             weir_region_remove(user->region, names[how % 3]),
		             codes);
}

void region_call(struct region_user *user, struct input *input)
{
	struct weir_pipe *end =
		user->end[input_take(input, 1) / 16 % FUZZ_HANDLES];

	if (end)
		call_something(end, input);
}

size_t region_place(const unsigned char *segment, size_t size, uint16_t which)
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
	uint8_t item = (uint8_t)(which >> 8);
	size_t number = which >> 3 & 31;
	size_t object = REGION_OBJECTS + number % 4 * 5504;

	switch (which & 7) {
	case 0:
		return region[item % 8];
	case 1:
		return REGION_OFFSET + offsetof(struct region_layout, member) +
		       item % 4 * 8U;
	case 2:
	case 3:
		return FUZZ_ENTRIES + number % 8 * 64 + item % 8 * 8U;
	case 4:
		return FUZZ_SEATS + number % 4 * 128 + item % 8 * 8U;
	default:
		/* As if the object were a segment of its own. */
		object -= PIPE_OFFSET;
		return object + hostile_place(segment + object,
		                              size > object ? size - object : 0,
		                              item);
	}
}

/* Owner words count in their upper bits. */
uint64_t region_word(uint64_t now, uint8_t how)
{
	if (how >= 192)
		return now + (UINT64_C(1) << (how & 63));
	if (how >= 128)
		return now ^ UINT64_C(1) << (how & 63);
	return hostile_word(now, how);
}
