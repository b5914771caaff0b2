/* SPDX-License-Identifier: MIT */
/*
 * A child whose system calls are stopped at, one by one: between them anything
 * can be done to what it works on, and each can be made to fail.
 */
#ifndef TESTS_PROCESS_TRACER_H
#define TESTS_PROCESS_TRACER_H

#include <sys/types.h>

/* NULL, or why it cannot be done here. */
const char *trace_refused(void);

/* Before system call `ordinal` (from 0) of the traced part, which is number
   `number`.  0: it is made; else it fails with this errno. */
typedef int (*trace_intrude)(void *intruder, int ordinal, long number);

/*
 * Runs body(argument) in a child.  The traced part of it lies between
 * trace_begin and trace_end, which the body calls.  Returns how many system
 * calls that part made; the child must have ended with status 0.
 */
int trace(void (*body)(void *argument), void *argument, trace_intrude intrude,
          void *intruder);
void trace_begin(void);
void trace_end(void);

#endif
