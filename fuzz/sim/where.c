/* SPDX-License-Identifier: MIT */
/* What an address is, for a reader: a field of a pipe, a byte of its ring. */
#include "segment/layout.h"
#include "sim/inside.h"

#include <stdio.h>

const unsigned char *sim_segment;

struct field {
	size_t offset;
	const char *name;
};

#define RING_FIELD(i, member)                                                  \
	{                                                                      \
		offsetof(struct pipe_layout, ring) +                           \
			(i) * sizeof(struct ring_layout) +                     \
			offsetof(struct ring_layout, member),                  \
			"ring " #i " " #member                                 \
	}
#define RING_FIELDS(i)                                                         \
	RING_FIELD(i, tail), RING_FIELD(i, limit), RING_FIELD(i, head),        \
		RING_FIELD(i, begun), RING_FIELD(i, published),                \
		RING_FIELD(i, data), RING_FIELD(i, stream),                    \
		RING_FIELD(i, room)

static const struct field fields[] = {
	{ offsetof(struct pipe_layout, end[0]), "end 0" },
	{ offsetof(struct pipe_layout, end[1]), "end 1" },
	{ offsetof(struct pipe_layout, only_cpu[0]), "only_cpu 0" },
	{ offsetof(struct pipe_layout, only_cpu[1]), "only_cpu 1" },
	RING_FIELDS(0),
	RING_FIELDS(1),
};

void sim_describe(const void *at, char *text, size_t size)
{
	const unsigned char *pipe = sim_segment + PIPE_OFFSET;
	size_t offset = (size_t)((const unsigned char *)at - pipe);

	if (sim_queue && describe_queue(at, text, size))
		return;
	if (!sim_segment || (const unsigned char *)at < pipe ||
	    offset > (1 << 20)) {
		snprintf(text, size, "private");
		return;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].offset == offset) {
			snprintf(text, size, "%s", fields[i].name);
			return;
		}
	}
	snprintf(text, size, "%s + %zu",
	         offset < sizeof(struct pipe_layout) ? "pipe" : "bytes",
	         offset < sizeof(struct pipe_layout)
	                 ? offset
	                 : offset - sizeof(struct pipe_layout));
}
