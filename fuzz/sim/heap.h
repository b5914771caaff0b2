/* SPDX-License-Identifier: MIT */
/*
 * The private memory of actors: who is killed frees nothing, so the run does.
 * Put in front of every source of the library's simulated build.
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdlib.h>

void *sim_malloc(size_t size);
void *sim_calloc(size_t count, size_t size);
void sim_free(void *memory);

#define malloc(size)        sim_malloc(size)
#define calloc(count, size) sim_calloc(count, size)
#define free(memory)        sim_free(memory)

#endif
