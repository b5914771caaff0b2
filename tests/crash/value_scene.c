/* SPDX-License-Identifier: MIT */
#include "crash/value_scene.h"

#include "doors/locks.h"
#include "members/recovery.h"
#include "must.h"
#include "pattern.h"

unsigned char scene_bytes[3][LARGEST];
uint64_t scene_numbers[3][LENGTH];

void scene_contents(void)
{
	for (uint64_t i = 0; i < 3; i++) {
		pattern_fill(scene_bytes[i], LARGEST, i);
		for (uint64_t at = 0; at < LENGTH; at++)
			scene_numbers[i][at] = 1000 * i + at;
	}
	/* The call stores some of them. */
	memcpy(scene_numbers[1], scene_numbers[0], sizeof(scene_numbers[0]));
	for (int at = FIRST; at < FIRST + COUNT; at++)
		scene_numbers[1][at] += 1000;
}

void scene_begin(struct scene *scene, const struct operation *operation)
{
	struct weir_value_options value = {
		.record_size = operation->record_size,
		.initial = scene_bytes[0],
	};
	struct weir_array_options array = { .initial = scene_numbers[0] };

	*scene = (struct scene){ .value = NULL };
	if (operation->record_size) {
		must_be(weir_value_create(&scene->value, NULL, WEIR_RECORD,
		                          &value),
		        0);
		scene->cells = &scene->value->cells;
	} else {
		must_be(weir_array_create(&scene->array, NULL, 'Q', LENGTH,
		                          &array),
		        0);
		scene->cells = &scene->array->cells;
	}
	if (operation->prepare)
		operation->prepare(scene);
}

void scene_end(struct scene *scene)
{
	weir_value_close(scene->value);
	weir_array_close(scene->array);
}

/* The front: up to the end of the object.  The back: the tables. */
static size_t front(const struct scene *scene)
{
	const struct home *home = &scene->cells->sync.home;

	return (size_t)(home->at - home->region->segment.base) +
	       (size_t)home_bytes(home);
}

static size_t back_size(const struct scene *scene)
{
	const struct geometry *geometry =
		&scene->cells->sync.home.region->geometry;

	return geometry->seats - geometry->entries + REGION_PAGE;
}

static unsigned char *back(const struct scene *scene)
{
	const struct weir_region *region = scene->cells->sync.home.region;

	return region->segment.base + region->geometry.entries;
}

size_t scene_size(const struct scene *scene)
{
	return front(scene) + back_size(scene);
}

void scene_save(const struct scene *scene, unsigned char *image)
{
	memcpy(image, scene->cells->sync.home.region->segment.base,
	       front(scene));
	memcpy(image + front(scene), back(scene), back_size(scene));
}

void scene_load(struct scene *scene, const unsigned char *image)
{
	memcpy(scene->cells->sync.home.region->segment.base, image,
	       front(scene));
	memcpy(back(scene), image + front(scene), back_size(scene));
}

int scene_bury(struct scene *scene)
{
	struct membership *membership =
		&scene->cells->sync.home.region->membership;
	int fd = membership->place.probe_fd;
	int code = lock_try_exclusive(fd, LOCK_MEMBERS + 1);

	if (code == 0)
		code = recover_member(membership, 1);
	lock_release(fd, LOCK_MEMBERS + 1);
	return code;
}
