/* SPDX-License-Identifier: MIT */
/* How pipes come to be and are opened and closed; pipe/ends.h has the rules. */
#include "pipe/create.h"

#include "doors/files.h"

#include <stdlib.h>

enum { RING_DEFAULT = 256 * 1024, OPEN_TRIES = 1000 };

static const struct weir_pipe_options defaults;

int pipe_plan(const struct weir_pipe_options *options, struct pipe_plan *plan)
{
	uint64_t size = options->size ? options->size : RING_DEFAULT;

	for (int i = 0; i < 4; i++) {
		if (options->reserved[i] != 0)
			return -EINVAL;
	}
	if (size > RING_LARGEST)
		return -EINVAL;
	plan->ring_size = RING_SMALLEST;
	while (plan->ring_size < size)
		plan->ring_size *= 2;
	plan->rings = options->simplex ? 1 : 2;
	plan->bytes =
		sizeof(struct pipe_layout) + plan->rings * plan->ring_size;
	return segment_options_check(&options->segment);
}

void pipe_format(struct pipe_layout *shared, const struct pipe_plan *plan,
                 bool unpaired)
{
	shared->ring_size = plan->ring_size;
	shared->rings = plan->rings;
	shared->unpaired = unpaired;
}

int pipe_read_plan(const struct pipe_layout *shared, uint64_t room,
                   struct pipe_plan *plan)
{
	copy_out(&plan->ring_size, &shared->ring_size, sizeof(plan->ring_size));
	copy_out(&plan->rings, &shared->rings, sizeof(plan->rings));
	if (plan->ring_size < RING_SMALLEST || plan->ring_size > RING_LARGEST ||
	    (plan->ring_size & (plan->ring_size - 1)) != 0 || plan->rings < 1 ||
	    plan->rings > 2)
		return -EUCLEAN;
	plan->bytes =
		sizeof(struct pipe_layout) + plan->rings * plan->ring_size;
	return plan->bytes <= room ? 0 : -EUCLEAN;
}

static void set_ring(struct ring *ring, struct pipe_layout *shared,
                     const struct pipe_plan *plan, uint32_t number)
{
	*ring = (struct ring){ .size = 0 };
	if (number >= plan->rings)
		return;
	ring->shared = &shared->ring[number];
	ring->bytes = (unsigned char *)(shared + 1) + number * plan->ring_size;
	ring->size = plan->ring_size;
}

void pipe_attach(struct weir_pipe *end, struct pipe_layout *shared,
                 const struct pipe_plan *plan, int side)
{
	set_ring(&end->in, shared, plan, (uint32_t)side);
	set_ring(&end->out, shared, plan, (uint32_t)!side);
	end->own_word = &shared->end[side];
	end->peer_word = &shared->end[!side];
	end->side = side;
}

/* The end that stands in a segment of its own. */
static void attach_own(struct weir_pipe *end, const struct pipe_plan *plan,
                       int side)
{
	struct segment *segment = &end->segment;

	pipe_attach(end, (struct pipe_layout *)(segment->base + PIPE_OFFSET),
	            plan, side);
	end->switches = &((struct segment_layout *)segment->base)->switches;
	end->home = segment;
	end->hold_fd = segment->fd;
	end->probe_fd = segment->fd;
	end->locks = LOCK_ENDS;
}

static struct weir_pipe *new_end(void)
{
	return calloc(1, sizeof(struct weir_pipe));
}

/* Nobody ever held this end, and nobody can see it yet. */
static int hold_first(struct weir_pipe *end)
{
	int code = end_hold(end);

	if (code == 0)
		code = file_set_tag(end->hold_fd, (uint32_t)end->side);
	if (code == 0)
		store32_relaxed(end->own_word, END_HELD);
	return code;
}

/* Lets go of everything; the peer may look. */
static void let_go(struct weir_pipe *end)
{
	file_close(end->segment.fd);
	end->segment.fd = -1;
	end_closed(end);
	segment_close(&end->segment);
	free(end);
}

/* Gives up an end that never was held. */
static void discard(struct weir_pipe *end)
{
	if (end->segment.base)
		segment_close(&end->segment);
	free(end);
}

/* The first end of a new pipe that has no name yet. */
static int create_first(struct weir_pipe **out, const char *name,
                        const struct weir_pipe_options *options, bool unpaired)
{
	struct weir_pipe *end;
	struct pipe_plan plan;
	int code = pipe_plan(options, &plan);

	if (code < 0)
		return code;
	end = new_end();
	if (!end)
		return -ENOMEM;
	code = segment_create(&end->segment, name, PIPE_OFFSET + plan.bytes,
	                      OBJECT_PIPE, &options->segment);
	if (code < 0) {
		free(end);
		return code;
	}
	pipe_format((void *)(end->segment.base + PIPE_OFFSET), &plan, unpaired);
	attach_own(end, &plan, 0);
	code = hold_first(end);
	if (code == 0 && name)
		code = segment_publish(&end->segment, name);
	if (code < 0) {
		discard(end);
		return code;
	}
	*out = end;
	return 0;
}

/* Adopts the plan that the segment's pipe has. */
static int read_own(const struct weir_pipe *end, struct pipe_plan *plan)
{
	const struct segment *segment = &end->segment;

	if (segment->size < PIPE_OFFSET + sizeof(struct pipe_layout))
		return -EUCLEAN;
	return pipe_read_plan((void *)(segment->base + PIPE_OFFSET),
	                      segment->size - PIPE_OFFSET, plan);
}

int weir_pipe_pair(struct weir_pipe *ends[2],
                   const struct weir_pipe_options *options)
{
	struct weir_pipe *first, *second;
	struct pipe_plan plan;
	int code;

	if (!options)
		options = &defaults;
	if (!ends || options->segment.region)
		return -EINVAL;
	code = create_first(&first, NULL, options, false);
	if (code < 0)
		return code;
	second = new_end();
	code = second ? segment_second(&second->segment, &first->segment)
	              : -ENOMEM;
	if (code == 0)
		code = read_own(second, &plan);
	if (code == 0) {
		attach_own(second, &plan, 1);
		code = hold_first(second);
	}
	if (code < 0) {
		if (second)
			discard(second);
		discard(first);
		return code;
	}
	ends[0] = first;
	ends[1] = second;
	return 0;
}

int weir_pipe_create(struct weir_pipe **end, const char *name,
                     const struct weir_pipe_options *options)
{
	struct segment_path path;

	if (!options)
		options = &defaults;
	if (!end || (name && segment_path(name, &path) < 0))
		return -EINVAL;
	if (options->segment.region)
		return -ENOTSUP;
	return create_first(end, name, options, !name);
}

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
		return code < 0 && code != -EPIPE ? code : end_take(end);
	}
	code = end_own_gone(end);
	if (code < 0)
		return code;
	return waits(end) ? end_take(end) : -EPIPE;
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
	int code = read_own(end, &plan);

	if (code == 0) {
		attach_own(end, &plan, 1);
		code = pipe_take_any(
			end, (void *)(end->segment.base + PIPE_OFFSET), &plan);
	}
	if (code == 0)
		code = file_set_tag(end->hold_fd, (uint32_t)end->side);
	if (code < 0) {
		discard(end);
		return code;
	}
	*out = end;
	return 0;
}

int weir_pipe_open(struct weir_pipe **end, const char *name)
{
	struct weir_pipe *opened;
	int code;

	if (!end || !name)
		return -EINVAL;
	opened = new_end();
	if (!opened)
		return -ENOMEM;
	code = segment_open(&opened->segment, name, OBJECT_PIPE);
	if (code < 0) {
		free(opened);
		return code;
	}
	return open_own(end, opened);
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

int weir_pipe_open_or_create(struct weir_pipe **end, const char *name,
                             const struct weir_pipe_options *options)
{
	int code = -EAGAIN;

	if (!name || (options && options->segment.region))
		return -EINVAL;
	/* Each turn fails only because somebody else got something done. */
	for (int i = 0; i < OPEN_TRIES; i++) {
		code = weir_pipe_open(end, name);
		if (code == -ENOENT) {
			code = weir_pipe_create(end, name, options);
			if (code != -EEXIST)
				return code;
		} else if (code == -EPIPE) {
			code = sweep(name);
			if (code < 0)
				return code;
		} else {
			return code;
		}
	}
	return -EBUSY;
}

/* The end that the descriptor stands for, or the one it leaves to be taken. */
static int open_described(struct weir_pipe **out, struct weir_pipe *end)
{
	struct pipe_layout *shared =
		(struct pipe_layout *)(end->segment.base + PIPE_OFFSET);
	int64_t side = file_tag(end->segment.fd);
	struct pipe_plan plan;
	int code = read_own(end, &plan);

	if (code == 0 && side != 0 && side != 1)
		code = -EPROTO;
	if (code == 0) {
		attach_own(end, &plan, (int)side);
		code = end_hold(end);
	}
	if (code == -EAGAIN)
		code = -EPIPE; /* being buried just now */
	if (code == 0 &&
	    (load32_acquire(&shared->end[side]) & END_STATE_MASK) != END_HELD)
		code = -EPIPE;
	if (code < 0) {
		discard(end);
		return code;
	}
	*out = end;
	return 0;
}

/* True for an anonymous pipe whose second end nobody has opened yet. */
static bool second_free(const struct segment *segment)
{
	struct pipe_layout *shared =
		(struct pipe_layout *)(segment->base + PIPE_OFFSET);

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
	opened = new_end();
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

int weir_pipe_fd(const struct weir_pipe *end)
{
	if (!end)
		return -EINVAL;
	return end->segment.base ? end->segment.fd : -ENOTSUP;
}

int weir_pipe_backing(const struct weir_pipe *end)
{
	return end ? (int)end->home->backing : -EINVAL;
}

void weir_pipe_close(struct weir_pipe *end)
{
	if (end)
		let_go(end);
}
