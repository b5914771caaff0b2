/* SPDX-License-Identifier: MIT */
/*
 * Names of objects: unique to this process, and gone when the test case is,
 * also when it fails or hangs.
 */
#ifndef TESTS_SUPPORT_NAMES_H
#define TESTS_SUPPORT_NAMES_H

#include <stdbool.h>

enum { NAME_PATH = 256 };

/* Valid until the test case ends. */
const char *name_new(const char *label);

/* The file that an object of this name is. */
void name_path(char path[NAME_PATH], const char *name);
bool name_exists(const char *name);

/* Async-signal-safe. */
void names_forget(void);

#endif
