/* SPDX-License-Identifier: MIT */
/* Making a pipe in memory that is there, and attaching to one. */
#ifndef WEIR_PIPE_CREATE_H
#define WEIR_PIPE_CREATE_H

#include "pipe/transfer.h"

struct pipe_plan {
	uint64_t ring_size;
	uint32_t rings;
	uint64_t bytes; /* of the whole object */
};

/* What `options` ask for; -EINVAL. */
int pipe_plan(const struct weir_pipe_options *options, struct pipe_plan *plan);

/* Makes a pipe of zeroed memory that nobody else sees. */
void pipe_format(struct pipe_layout *shared, const struct pipe_plan *plan,
                 bool unpaired);

/* The plan of a pipe that has `room` bytes; -EUCLEAN. */
int pipe_read_plan(const struct pipe_layout *shared, uint64_t room,
                   struct pipe_plan *plan);

/* Points the handle at end `side`. */
void pipe_attach(struct weir_pipe *end, struct pipe_layout *shared,
                 const struct pipe_plan *plan, int side);

/* A handle that holds nothing yet, or NULL. */
struct weir_pipe *pipe_new(void);

/* Gives up a handle whose end never was held. */
void pipe_discard(struct weir_pipe *end);

/* The plan of the pipe that stands in the handle's own segment; -EUCLEAN. */
int pipe_read_own(const struct weir_pipe *end, struct pipe_plan *plan);

/* Points the handle at end `side` in its own segment. */
void pipe_attach_own(struct weir_pipe *end, const struct pipe_plan *plan,
                     int side);

/*
 * Pipes in a region: created with the given number of ends held, opened, and
 * let go.  pipe_open_in: with `sweep`, -EPIPE takes the name away.
 */
int pipe_create_in(struct weir_pipe **ends, int count, const char *name,
                   const struct weir_pipe_options *options);
int pipe_open_in(struct weir_pipe **out, struct weir_region *region,
                 const char *name, bool sweep);
void pipe_close_in(struct weir_pipe *end);

/* The last step of opening: from now on it may be used. */
void pipe_ready(struct weir_pipe *end);

/* Takes whichever end can be had: 0, -EBUSY, -EPIPE, -EUCLEAN. */
int pipe_take_any(struct weir_pipe *end, struct pipe_layout *shared,
                  const struct pipe_plan *plan);

#endif
