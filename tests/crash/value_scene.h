/* SPDX-License-Identifier: MIT */
/*
 * Value scene: a value or an array in a state that is the same each time, and
 * the memory that is left of it when somebody is killed.
 */
#ifndef TESTS_CRASH_VALUE_SCENE_H
#define TESTS_CRASH_VALUE_SCENE_H

#include "value/array.h"
#include "value/value.h"

enum { LENGTH = 9, LARGEST = 400, FIRST = 2, COUNT = 5 };

struct scene {
	struct weir_value *value;
	struct weir_array *array;
	struct cells *cells; /* of either */
};

struct operation {
	const char *name;
	size_t record_size; /* of a value; 0: an array */
	void (*prepare)(struct scene *scene);
	int (*call)(struct scene *scene);
	bool stores; /* what it is may be the next one then */
	bool locks;
};

/* What it is before, what the call stores, and what is stored after it. */
extern unsigned char scene_bytes[3][LARGEST];
extern uint64_t scene_numbers[3][LENGTH];

void scene_contents(void);
void scene_begin(struct scene *scene, const struct operation *operation);
void scene_end(struct scene *scene);

/* The memory that a kill leaves. */
size_t scene_size(const struct scene *scene);
void scene_save(const struct scene *scene, unsigned char *image);
void scene_load(struct scene *scene, const unsigned char *image);

/* As recover_all, without asking after those who were never there. */
int scene_bury(struct scene *scene);

#endif
