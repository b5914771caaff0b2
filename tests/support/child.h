/* SPDX-License-Identifier: MIT */
/*
 * Child processes: they die with the test, and are waited for by state instead
 * of by sleeping.
 */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Runs body(argument) in a child and ends it with status 0 when it returns. */
pid_t child_start(void (*body)(void *argument), void *argument);

/* Waits for it; it must have ended with status 0. */
void child_join(pid_t child);

/* Kills it with SIGKILL and waits for it. */
void child_kill(pid_t child);

/* Waits for it, however it ends; returns the wait status. */
int child_wait(pid_t child);

/* The calling process gets SIGKILL after so many nanoseconds. */
void die_after(int64_t nanoseconds);

/* Returns when this thread of any process sleeps in the kernel. */
void until_asleep(pid_t task);

/* Returns when it is stopped by a signal. */
void until_stopped(pid_t task);

/* Ends everything that child_start began and nobody waited for. */
int children_forget(void);

/* Memory that parent and children share, zeroed. */
void *shared_new(size_t size);
void shared_free(void *memory, size_t size);

/* A counter that processes pass on: step_await takes one, and waits for it. */
int step_new(void);
void step_post(int step);
void step_await(int step);
void step_free(int step);

#endif
