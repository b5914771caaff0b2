/* SPDX-License-Identifier: MIT */
/* How pipes come to be and are opened and closed; pipe/ends.h has the rules. */
#include "pipe/create.h"

#include "doors/files.h"

#include <stdlib.h>

enum { RING_DEFAULT = 256 * 1024 };

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
	ring->mask = plan->ring_size - 8;
}

void pipe_attach(struct weir_pipe *end, struct pipe_layout *shared,
                 const struct pipe_plan *plan, int side)
{
	set_ring(&end->in, shared, plan, (uint32_t)side);
	set_ring(&end->out, shared, plan, (uint32_t)!side);
	end->shared = shared;
	end->own_word = &shared->end[side];
	end->peer_word = &shared->end[!side];
	end->side = side;
}

void pipe_ready(struct weir_pipe *end)
{
	if (end->home->fenced)
		or32(end->own_word, END_FENCED);
	send_ready(end);
	receive_ready(end);
}

/* The end that stands in a segment of its own. */
void pipe_attach_own(struct weir_pipe *end, const struct pipe_plan *plan,
                     int side)
{
	struct segment *segment = &end->segment;

	pipe_attach(end, (void *)(segment->base + PIPE_OFFSET), plan, side);
	end->home = segment;
	end->hold_fd = segment->fd;
	end->probe_fd = segment->fd;
	end->locks = LOCK_ENDS;
}

struct weir_pipe *pipe_new(void)
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
	if (code == 0)
		pipe_ready(end);
	return code;
}

/* Lets go of everything; the peer may look. */
static void let_go(struct weir_pipe *end)
{
	if (end->region) {
		pipe_close_in(end);
		return;
	}
	file_close(end->segment.fd);
	end->segment.fd = -1;
	end_closed(end);
	segment_close(&end->segment);
	free(end);
}

/* Gives up an end that never was held. */
void pipe_discard(struct weir_pipe *end)
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
	end = pipe_new();
	if (!end)
		return -ENOMEM;
	code = segment_create(&end->segment, name, PIPE_OFFSET + plan.bytes,
	                      OBJECT_PIPE, &options->segment);
	if (code < 0) {
		free(end);
		return code;
	}
	pipe_format((void *)(end->segment.base + PIPE_OFFSET), &plan, unpaired);
	pipe_attach_own(end, &plan, 0);
	code = hold_first(end);
	if (code == 0 && name)
		code = segment_publish(&end->segment, name);
	if (code < 0) {
		pipe_discard(end);
		return code;
	}
	*out = end;
	return 0;
}

/* Adopts the plan that the segment's pipe has. */
int pipe_read_own(const struct weir_pipe *end, struct pipe_plan *plan)
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
	if (!ends)
		return -EINVAL;
	if (options->segment.region)
		return pipe_create_in(ends, 2, NULL, options);
	code = create_first(&first, NULL, options, false);
	if (code < 0)
		return code;
	second = pipe_new();
	code = second ? segment_second(&second->segment, &first->segment)
	              : -ENOMEM;
	if (code == 0)
		code = pipe_read_own(second, &plan);
	if (code == 0) {
		pipe_attach_own(second, &plan, 1);
		code = hold_first(second);
	}
	if (code < 0) {
		if (second)
			pipe_discard(second);
		pipe_discard(first);
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
		return pipe_create_in(end, 1, name, options);
	return create_first(end, name, options, !name);
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
