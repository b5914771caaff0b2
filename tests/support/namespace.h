/* SPDX-License-Identifier: MIT */
/* Processes that are the first of a PID namespace, where their number is 1. */
#ifndef TESTS_SUPPORT_NAMESPACE_H
#define TESTS_SUPPORT_NAMESPACE_H

#include <sys/types.h>

/* Leaves the test as skipped where nobody may make a namespace. */
void needs_namespaces(void);

struct pioneer {
	void (*body)(void *argument);
	void *argument;
	pid_t *number; /* shared: its number out here; or NULL */
};

/* A body of a child: founds a namespace, and waits for the first process in
   it, which runs the pioneer's body; with the founder it dies as well. */
void found_a_namespace(void *pioneer);

#endif
