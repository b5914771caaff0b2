/* SPDX-License-Identifier: MIT */
/* How queues come to be, and are opened and closed. */
#include "queue/bury.h"
#include "queue/desks.h"
#include "queue/letters.h"

#include "doors/threads.h"
#include "members/registry.h"

#include <errno.h>
#include <stdlib.h>

static const struct weir_queue_options defaults;

/* What a new queue is to be. */
struct queue_birth {
	const struct weir_queue_options *options;
	struct queue_geometry geometry;
};

static void format(void *subject, unsigned char *at, bool zeroed)
{
	const struct queue_birth *birth = subject;
	struct queue_layout *shared = (void *)at;
	const char *letter = birth->options->dead_letter;

	queue_format(at, &birth->geometry, zeroed);
	shared->max_deliveries = birth->options->max_deliveries;
	if (letter) {
		/* A slash in front is not part of it. */
		segment_name_length(&letter);
		strncpy(shared->dead_letter, letter, NAME_LONGEST + 1);
	}
}

/* What a hostile peer wrote is no name, or one. */
static void read_letter(struct weir_queue *queue)
{
	copy_out(&queue->max_deliveries, &queue->view.shared->max_deliveries,
	         sizeof(queue->max_deliveries));
	copy_out(queue->dead_letter, queue->view.shared->dead_letter,
	         NAME_LONGEST);
}

/* The handle of what the home has; takes it over, on failure too. */
static int begin(struct weir_queue **out, struct weir_queue *queue)
{
	struct home *home = &queue->home;
	int64_t bytes = home_bytes(home);
	int code = (int)bytes;

	if (bytes >= 0)
		code = queue_look(&queue->view, home->at, (uint64_t)bytes);

	if (code < 0) {
		home_close(home);
		free(queue);
		return code;
	}
	queue->view.pool.home = home;
	read_letter(queue);
	if (home->region->segment.fenced)
		store32_relaxed(&queue->view.shared->unfenced, 1);
	registry_lock();
	desks_begin(queue);
	registry_unlock();
	*out = queue;
	return 0;
}

int weir_queue_create(struct weir_queue **queue, const char *name,
                      const struct weir_queue_options *options)
{
	struct queue_birth birth = { .options = options ? options : &defaults };
	struct home_plan plan = { .type = OBJECT_QUEUE };
	struct weir_queue *made;
	int code;

	if (!queue)
		return -EINVAL;
	code = queue_plan(birth.options, &birth.geometry);
	if (code < 0)
		return code;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	plan.bytes = birth.geometry.bytes;
	plan.taken = birth.geometry.taken;
	code = home_create(&made->home, name, &plan, &birth.options->segment,
	                   format, &birth);
	if (code < 0) {
		free(made);
		return code;
	}
	return begin(queue, made);
}

static int open_with(struct weir_queue **queue, const char *name,
                     struct weir_region *region, int fd)
{
	struct weir_queue *opened = calloc(1, sizeof(*opened));
	int code;

	if (!opened)
		return -ENOMEM;
	if (region)
		code = home_open_in(&opened->home, region, name, OBJECT_QUEUE);
	else if (name)
		code = home_open(&opened->home, name, OBJECT_QUEUE);
	else
		code = home_open_fd(&opened->home, fd, OBJECT_QUEUE);
	if (code < 0) {
		free(opened);
		return code;
	}
	return begin(queue, opened);
}

int weir_queue_open_or_create(struct weir_queue **queue, const char *name,
                              const struct weir_queue_options *options)
{
	struct queue_birth birth = { .options = options ? options : &defaults };
	struct home_plan plan = { .type = OBJECT_QUEUE };
	struct weir_queue *opened;
	int code;

	if (!queue || !name)
		return -EINVAL;
	code = queue_plan(birth.options, &birth.geometry);
	if (code < 0)
		return code;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	plan.bytes = birth.geometry.bytes;
	plan.taken = birth.geometry.taken;
	code = home_open_or_create(&opened->home, name, &plan,
	                           &birth.options->segment, format, &birth);
	if (code < 0) {
		free(opened);
		return code;
	}
	return begin(queue, opened);
}

int weir_queue_open(struct weir_queue **queue, const char *name)
{
	if (!queue || !name)
		return -EINVAL;
	return open_with(queue, name, NULL, -1);
}

int weir_queue_open_in(struct weir_queue **queue, struct weir_region *region,
                       const char *name)
{
	if (!queue || !region || !name)
		return -EINVAL;
	return open_with(queue, name, region, -1);
}

int weir_queue_open_fd(struct weir_queue **queue, int fd)
{
	if (!queue)
		return -EINVAL;
	return open_with(queue, NULL, NULL, fd);
}

int weir_queue_fd(const struct weir_queue *queue)
{
	return queue ? home_fd(&queue->home) : -EINVAL;
}

int weir_queue_backing(const struct weir_queue *queue)
{
	return queue ? home_backing(&queue->home) : -EINVAL;
}

void weir_queue_close(struct weir_queue *queue)
{
	if (!queue)
		return;
	letters_close(queue);
	registry_lock();
	desks_end(queue);
	registry_unlock();
	home_close(&queue->home);
	free(queue);
}
