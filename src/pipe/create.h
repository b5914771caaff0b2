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

/* Takes whichever end can be had: 0, -EBUSY, -EPIPE, -EUCLEAN. */
int pipe_take_any(struct weir_pipe *end, struct pipe_layout *shared,
                  const struct pipe_plan *plan);

#endif
