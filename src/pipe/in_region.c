/* SPDX-License-Identifier: MIT */
/* Pipes in a region: region/directory.h has the rules. */
#include "pipe/create.h"

#include "doors/ck.h"
#include "doors/locks.h"

#include <stdlib.h>

/*
 * Who looked at an entry before it was ours may have its bytes locked for a
 * moment, or until he is continued.  Then another entry serves.
 */
enum { HOLD_TRIES = 100, ENTRY_TRIES = 1000 };

/* Points the handle at what the object's process-wide descriptors are. */
static void settle_in(struct weir_pipe *end, struct weir_region *region,
                      uint32_t entry)
{
	end->region = region;
	end->entry = entry;
	end->home = &region->segment;
	end->hold_fd = region->membership.place.hold_fd;
	end->probe_fd = region->membership.place.probe_fd;
	end->locks = LOCK_ENDS + entry;
}

/* Nobody ever held this end.  0, or -EAGAIN. */
static int hold_first_in(struct weir_pipe *end)
{
	struct membership *membership = &end->region->membership;
	int code = hold_prepare(membership, end_byte(end));

	if (code < 0)
		return code;
	code = -EAGAIN;
	for (int i = 0; i < HOLD_TRIES && code == -EAGAIN; i++) {
		code = end_hold(end);
		if (code == -EAGAIN)
			spin_hint();
	}
	if (code == 0) {
		store32_relaxed(end->own_word, END_HELD);
		hold_begin(membership, end_byte(end));
	}
	return code;
}

static void clear(struct pipe_layout *shared, const struct pipe_plan *plan)
{
	unsigned char *bytes = (unsigned char *)(shared + 1);

	memset(shared, 0, sizeof(*shared));
	/* What an empty ring needs: no header at its front. */
	for (uint32_t i = 0; i < plan->rings; i++)
		memset(bytes + i * plan->ring_size, 0, RECORD_HEADER);
}

static int make_once(struct weir_pipe **ends, int count, const char *name,
                     const struct pipe_plan *plan, struct weir_region *region,
                     struct seat_layout *seat)
{
	struct object_plan wanted = { OBJECT_PIPE, plan->bytes, name };
	struct object object;
	int held = 0;
	int code = directory_make(region, seat, &wanted, &object);

	if (code < 0)
		return code;
	clear((void *)object.at, plan);
	pipe_format((void *)object.at, plan, false);
	for (; held < count && code == 0; held += code == 0) {
		settle_in(ends[held], region, object.entry);
		pipe_attach(ends[held], (void *)object.at, plan, held);
		code = hold_first_in(ends[held]);
	}
	if (code < 0)
		directory_drop(region, seat, &object);
	else
		code = directory_publish(region, seat, &wanted, &object);
	while (code < 0 && held > 0)
		hold_end(&region->membership, end_byte(ends[--held]));
	if (code == -EAGAIN)
		directory_pass_over(region, object.entry);
	return code;
}

static int make_in(struct weir_pipe **ends, int count, const char *name,
                   const struct pipe_plan *plan, struct weir_region *region,
                   struct seat_layout *seat)
{
	int code = -EAGAIN;

	for (int i = 0; i < ENTRY_TRIES && code == -EAGAIN; i++)
		code = make_once(ends, count, name, plan, region, seat);
	return code == -EAGAIN ? -EBUSY : code;
}

int pipe_create_in(struct weir_pipe **out, int count, const char *name,
                   const struct weir_pipe_options *options)
{
	struct weir_region *region = options->segment.region;
	struct weir_pipe *ends[2] = { NULL, NULL };
	struct seat_layout *seat;
	struct pipe_plan plan;
	int code = pipe_plan(options, &plan);

	if (name)
		segment_name_length(&name); /* it is valid; without its '/' */
	if (code == 0)
		code = seat_mine(&region->membership, &seat);
	for (int i = 0; i < count && code == 0; i++) {
		ends[i] = pipe_new();
		code = ends[i] ? 0 : -ENOMEM;
	}
	if (code == 0) {
		registry_lock();
		code = make_in(ends, count, name, &plan, region, seat);
		registry_unlock();
	}
	for (int i = 0; i < count; i++) {
		if (code < 0) {
			free(ends[i]);
		} else {
			pipe_ready(ends[i]);
			out[i] = ends[i];
		}
	}
	return code;
}

/* Takes an end of the object, which is in use. */
static int take_in(struct weir_pipe *end, const struct object *object)
{
	struct pipe_layout *shared = (void *)object->at;
	struct pipe_plan plan;
	struct membership *membership = &end->region->membership;
	int code = -EUCLEAN;

	if (object->bytes >= sizeof(*shared))
		code = pipe_read_plan(shared, object->bytes, &plan);
	for (int side = 0; side < 2 && code == 0; side++)
		code = hold_prepare(membership, end->locks + side * LOCK_SIDE);
	if (code == 0)
		code = pipe_take_any(end, shared, &plan);
	if (code == 0)
		hold_begin(membership, end_byte(end));
	return code;
}

int pipe_open_in(struct weir_pipe **out, struct weir_region *region,
                 const char *name, bool sweep)
{
	struct weir_pipe *end = pipe_new();
	struct object object;
	int code = end ? region->membership.code : -ENOMEM;

	registry_lock();
	if (code == 0)
		code = directory_find(region, name, OBJECT_PIPE, &object);
	if (code == 0) {
		settle_in(end, region, object.entry);
		code = take_in(end, &object);
		if (code == -EPIPE && sweep)
			directory_remove_found(region, &object);
		directory_let_go(region, object.entry);
		if (code == -EPIPE && sweep)
			directory_reclaim(region, object.entry);
	}
	registry_unlock();
	if (code < 0) {
		free(end);
		return code == -EAGAIN ? -EBUSY : code;
	}
	pipe_ready(end);
	*out = end;
	return 0;
}

void pipe_close_in(struct weir_pipe *end)
{
	struct weir_region *region = end->region;
	int code;

	registry_lock();
	/* The memory must stay the object's until the peer was told. */
	code = directory_use(region, end->entry);
	hold_end(&region->membership, end_byte(end));
	if (code == 0) {
		end_closed(end);
		directory_let_go(region, end->entry);
	}
	directory_reclaim(region, end->entry);
	registry_unlock();
	free(end);
}
