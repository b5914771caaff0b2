/* SPDX-License-Identifier: MIT */
/*
 * Handle: what one process knows of an object that processes wait at, and how
 * such objects come to be, are opened and closed.
 *
 * Every handle begins with a struct sync, every object with a bell.
 */
#ifndef WEIR_SYNC_HANDLE_H
#define WEIR_SYNC_HANDLE_H

#include "region/home.h"
#include "segment/layout_sync.h"
#include "waiting/wait.h"

struct sync {
	struct home home;
	struct word64
		recovered_at; /* when this handle last looked for deaths */
};

struct sync_kind {
	enum object_type type;
	size_t size; /* of a handle */
	/* Looks at what was made or opened, and fills the handle; 0 or -errno.
	   `bytes`: of the object.  NULL: there is nothing to look at. */
	int (*begin)(struct sync *sync, uint64_t bytes);
	uint64_t least; /* bytes of an object */
};

/* What a new object is to be. */
struct sync_birth {
	const struct weir_segment_options *options;
	home_format format;
	void *subject; /* of format */
	uint64_t bytes;
};

/* `out` points to a pointer to the handle; untouched on failure. */
int sync_create(void *out, const struct sync_kind *kind, const char *name,
                const struct sync_birth *birth);
int sync_open_or_create(void *out, const struct sync_kind *kind,
                        const char *name, const struct sync_birth *birth);
int sync_open(void *out, const struct sync_kind *kind, const char *name);
int sync_open_in(void *out, const struct sync_kind *kind,
                 struct weir_region *region, const char *name);
int sync_open_fd(void *out, const struct sync_kind *kind, int fd);
int sync_fd(const struct sync *sync);
int sync_backing(const struct sync *sync);
void sync_close(struct sync *sync);

/* -EINVAL if one of these words of an options struct is not zero. */
int sync_reserved(const uint64_t *reserved, size_t count);

static inline void *sync_at(const struct sync *sync)
{
	return sync->home.at;
}

#endif
