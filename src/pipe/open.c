/* SPDX-License-Identifier: MIT */
/* How the end of a pipe that exists is had; pipe/ends.h has the rules. */
#include "pipe/create.h"

#include "doors/files.h"

#include <stdlib.h>

enum { OPEN_TRIES = 1000 };

/* A message, or the rest of one, waits at this end. */
static bool waits(const struct weir_pipe *end)
{
	struct record record;

	return end->in.size && receive_find(end, &record) == 1;
}

/*
 * Takes the end `side`, if it can be had: 0, -EBUSY it is held, -EPIPE it would
 * be of no use, for one of the ends is gone and nothing waits.
 */
static int take_side(struct weir_pipe *end, struct pipe_layout *shared,
                     const struct pipe_plan *plan, int side)
{
	uint32_t state;
	int code;

	pipe_attach(end, shared, plan, side);
	state = load32_acquire(end->own_word) & END_STATE_MASK;
	if (state == END_FREE) {
		if (side == 0)
			return -EUCLEAN; /* held before it had a name */
		code = end_peer_gone(end);
		if (code == -EPIPE && !waits(end))
			return -EPIPE;
		if (code == 0 || code == -EPIPE)
			code = end_take(end, false);
		if (code != -EAGAIN)
			return code;
		/* Somebody had it, and is gone, since we looked. */
	}
	code = end_own_gone(end);
	if (code < 0)
		return code;
	return waits(end) ? end_take(end, true) : -EPIPE;
}

int pipe_take_any(struct weir_pipe *end, struct pipe_layout *shared,
                  const struct pipe_plan *plan)
{
	int second = take_side(end, shared, plan, 1);
	int first;

	if (second != -EBUSY && second != -EPIPE)
		return second;
	first = take_side(end, shared, plan, 0);
	if (first != -EBUSY)
		return first;
	return second;
}

/* Opens what `end->segment` has mapped; takes `end` over, on failure too. */
static int open_own(struct weir_pipe **out, struct weir_pipe *end)
{
	struct pipe_plan plan;
	int code = pipe_read_own(end, &plan);

	if (code == 0) {
		pipe_attach_own(end, &plan, 1);
		code = pipe_take_any(
			end, (void *)(end->segment.base + PIPE_OFFSET), &plan);
	}
	if (code == 0)
		code = file_set_tag(end->hold_fd, (uint32_t)end->side);
	if (code < 0) {
		pipe_discard(end);
		return code;
	}
	pipe_ready(end);
	*out = end;
	return 0;
}

int weir_pipe_open(struct weir_pipe **end, const char *name)
{
	struct weir_pipe *opened;
	int code;

	if (!end || !name)
		return -EINVAL;
	opened = pipe_new();
	if (!opened)
		return -ENOMEM;
	code = segment_open(&opened->segment, name, OBJECT_PIPE);
	if (code < 0) {
		free(opened);
		return code;
	}
	return open_own(end, opened);
}

int weir_pipe_open_in(struct weir_pipe **end, struct weir_region *region,
                      const char *name)
{
	if (!end || !region || !name || segment_name_length(&name) < 0)
		return -EINVAL;
	return pipe_open_in(end, region, name, false);
}

/* All that is left of the pipe of this name is its name: takes that away. */
static int sweep(const char *name)
{
	struct segment segment;
	int code = segment_open(&segment, name, OBJECT_PIPE);

	if (code < 0)
		return code == -ENOENT ? 0 : code;
	code = segment_remove_name(&segment, name);
	segment_close(&segment);
	return code == -EAGAIN ? 0 : code;
}

/* Opens it; where only a name is left, takes that away: -EAGAIN. */
static int open_or_sweep(struct weir_pipe **end, const char *name,
                         struct weir_region *region)
{
	int code = region ? pipe_open_in(end, region, name, true)
	                  : weir_pipe_open(end, name);

	if (code == -EPIPE)
		code = region ? 0 : sweep(name);
	else
		return code;
	return code < 0 ? code : -EAGAIN;
}

int weir_pipe_open_or_create(struct weir_pipe **end, const char *name,
                             const struct weir_pipe_options *options)
{
	struct weir_region *region = options ? options->segment.region : NULL;

	if (!end || !name || segment_name_length(&name) < 0)
		return -EINVAL;
	/* Each turn fails only because somebody else got something done. */
	for (int i = 0; i < OPEN_TRIES; i++) {
		int code = open_or_sweep(end, name, region);

		if (code == -ENOENT)
			code = weir_pipe_create(end, name, options);
		if (code != -EAGAIN && code != -EEXIST)
			return code;
	}
	return -EBUSY;
}

/* The end that the descriptor stands for, or the one it leaves to be taken. */
static int open_described(struct weir_pipe **out, struct weir_pipe *end)
{
	struct pipe_layout *shared = (void *)(end->segment.base + PIPE_OFFSET);
	int64_t side = file_tag(end->segment.fd);
	struct pipe_plan plan;
	int code = pipe_read_own(end, &plan);

	if (code == 0 && side != 0 && side != 1)
		code = -EPROTO;
	if (code == 0) {
		pipe_attach_own(end, &plan, (int)side);
		code = end_hold(end);
	}
	if (code == -EAGAIN)
		code = -EPIPE; /* being buried just now */
	if (code == 0 &&
	    (load32_acquire(&shared->end[side]) & END_STATE_MASK) != END_HELD)
		code = -EPIPE;
	if (code < 0) {
		pipe_discard(end);
		return code;
	}
	pipe_ready(end);
	*out = end;
	return 0;
}

/* True for an anonymous pipe whose second end nobody has opened yet. */
static bool second_free(const struct segment *segment)
{
	struct pipe_layout *shared = (void *)(segment->base + PIPE_OFFSET);

	return segment->size >= PIPE_OFFSET + sizeof(*shared) &&
	       shared->unpaired == 1 &&
	       (load32_acquire(&shared->end[1]) & END_STATE_MASK) == END_FREE;
}

int weir_pipe_open_fd(struct weir_pipe **end, int fd)
{
	struct weir_pipe *opened;
	int code;

	if (!end)
		return -EINVAL;
	opened = pipe_new();
	if (!opened)
		return -ENOMEM;
	code = segment_adopt(&opened->segment, fd, OBJECT_PIPE);
	if (code < 0) {
		free(opened);
		return code;
	}
	if (second_free(&opened->segment)) {
		struct segment shared = opened->segment;

		code = segment_second(&opened->segment, &shared);
		segment_close(&shared);
		if (code < 0) {
			free(opened);
			return code;
		}
		return open_own(end, opened);
	}
	return open_described(end, opened);
}
