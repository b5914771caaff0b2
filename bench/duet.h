/* SPDX-License-Identifier: MIT */
/* Two processes, each on its own CPU, that share some memory. */
#ifndef BENCH_DUET_H
#define BENCH_DUET_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct meeting;

/* Shared with the children of this process, zero; ends the program if there is
   none to be had. */
void *duet_memory(size_t size);
void duet_free(void *memory, size_t size);

/* Returns when both processes are here. */
void duet_meet(struct meeting *meeting);

/*
 * Runs `first(context)` in this process on cpus[0] and `second(context)` in a
 * child on cpus[1].  Both return 0 or -errno; so does this, -EPROTO when the
 * child did not end well.
 */
int duet_run(const int cpus[2], int (*first)(void *context),
             int (*second)(void *context), void *context);

/* As duet_run, with a thread of this process instead of a child. */
int duet_run_threads(const int cpus[2], int (*first)(void *context),
                     int (*second)(void *context), void *context);

#ifdef __cplusplus
}
#endif

#endif
