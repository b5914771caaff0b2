/* SPDX-License-Identifier: MIT */
#include "sync/handle.h"

#include <errno.h>
#include <stdlib.h>

/* The handle of what the home has; takes it over, on failure too. */
static int begin(void *out, const struct sync_kind *kind, struct sync *sync)
{
	struct bell_layout *bell = sync_at(sync);
	int64_t bytes = home_bytes(&sync->home);
	int code = 0;

	if (bytes < 0)
		code = (int)bytes;
	else if ((uint64_t)bytes < kind->least)
		code = -EUCLEAN;
	else if (kind->begin)
		code = kind->begin(sync, (uint64_t)bytes);
	if (code < 0) {
		sync_close(sync);
		return code;
	}
	if (sync->home.region->segment.fenced)
		store32_relaxed(&bell->unfenced, 1);
	memcpy(out, &sync, sizeof(sync));
	return 0;
}

/* Ends an opening of which the home said `code`. */
static int end(void *out, const struct sync_kind *kind, struct sync *sync,
               int code)
{
	if (code == 0)
		return begin(out, kind, sync);
	free(sync);
	return code;
}

int sync_create(void *out, const struct sync_kind *kind, const char *name,
                const struct sync_birth *birth)
{
	struct home_plan plan = { kind->type, birth->bytes, 0 };
	struct sync *sync;

	if (!out)
		return -EINVAL;
	sync = calloc(1, kind->size);
	if (!sync)
		return -ENOMEM;
	return end(out, kind, sync,
	           home_create(&sync->home, name, &plan, birth->options,
	                       birth->format, birth->subject));
}

int sync_open_or_create(void *out, const struct sync_kind *kind,
                        const char *name, const struct sync_birth *birth)
{
	struct home_plan plan = { kind->type, birth->bytes, 0 };
	struct sync *sync;

	if (!out || !name)
		return -EINVAL;
	sync = calloc(1, kind->size);
	if (!sync)
		return -ENOMEM;
	return end(out, kind, sync,
	           home_open_or_create(&sync->home, name, &plan, birth->options,
	                               birth->format, birth->subject));
}

int sync_open(void *out, const struct sync_kind *kind, const char *name)
{
	struct sync *sync;

	if (!out || !name)
		return -EINVAL;
	sync = calloc(1, kind->size);
	if (!sync)
		return -ENOMEM;
	return end(out, kind, sync, home_open(&sync->home, name, kind->type));
}

int sync_open_in(void *out, const struct sync_kind *kind,
                 struct weir_region *region, const char *name)
{
	struct sync *sync;

	if (!out || !region || !name)
		return -EINVAL;
	sync = calloc(1, kind->size);
	if (!sync)
		return -ENOMEM;
	return end(out, kind, sync,
	           home_open_in(&sync->home, region, name, kind->type));
}

int sync_open_fd(void *out, const struct sync_kind *kind, int fd)
{
	struct sync *sync;

	if (!out)
		return -EINVAL;
	sync = calloc(1, kind->size);
	if (!sync)
		return -ENOMEM;
	return end(out, kind, sync, home_open_fd(&sync->home, fd, kind->type));
}

int sync_fd(const struct sync *sync)
{
	return sync ? home_fd(&sync->home) : -EINVAL;
}

int sync_backing(const struct sync *sync)
{
	return sync ? home_backing(&sync->home) : -EINVAL;
}

void sync_close(struct sync *sync)
{
	if (!sync)
		return;
	home_close(&sync->home);
	free(sync);
}

int sync_reserved(const uint64_t *reserved, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (reserved[i] != 0)
			return -EINVAL;
	}
	return 0;
}
